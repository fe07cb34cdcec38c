//! What drawings in SVG are checked for.

/// The texts of a drawing, unescaped.
pub fn texts(svg: &str) -> Vec<String> {
    let plain = |text: &str| {
        text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
    };
    let text = |piece: &str| plain(&piece[piece.find('>').unwrap() + 1..piece.find('<').unwrap()]);
    svg.split("<text").skip(1).map(text).collect()
}

/// Tags are closed in their order, and attributes and texts hold no bare markup.
pub fn check_well_formed(svg: &str) {
    let mut open = Vec::new();
    for piece in svg.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').expect("a tag ends");
        assert!(!text.contains('>') && tag.matches('"').count() % 2 == 0, "{piece}");
        let name = tag.split(' ').next().unwrap();
        if let Some(name) = name.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name));
        } else if !tag.ends_with('/') {
            open.push(name);
        }
        assert!(!tag.contains("NaN") && !tag.contains("inf"), "{tag}");
    }
    assert!(open.is_empty());
    assert!(svg.chars().all(|c| c == '\n' || !c.is_control()));
}

/// The number that an element has as an attribute.
pub fn number(tag: &str, name: &str) -> f64 {
    let from = tag.find(&format!(" {name}=\"")).unwrap() + name.len() + 3;
    tag[from..].split('"').next().unwrap().parse().unwrap()
}
