//! Elements of an SVG document, escaped.

use std::fmt::{Result, Write};

#[derive(Clone, Copy)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

pub(super) fn rectangle(
    out: &mut String,
    (x, y): (f64, f64),
    (width, height): (f64, f64),
    style: &str,
) -> Result {
    writeln!(
        out,
        r#"<rect x="{x:.1}" y="{y:.1}" width="{:.1}" height="{:.1}" {style}/>"#,
        width.max(0.0),
        height.max(0.0)
    )
}

pub(super) fn text(
    out: &mut String,
    (x, y): (f64, f64),
    anchor: Anchor,
    size: f64,
    colour: &str,
    more: &str,
    text: &str,
) -> Result {
    let anchor = match anchor {
        Anchor::Start => "start",
        Anchor::Middle => "middle",
        Anchor::End => "end",
    };
    let more = if more.is_empty() { String::new() } else { format!(" {more}") };
    writeln!(
        out,
        r#"<text x="{x:.1}" y="{y:.1}" font-size="{size}" fill="{colour}" text-anchor="{anchor}"{more}>{}</text>"#,
        escaped(text)
    )
}

/// How wide a text is, about: the mean character of a sans-serif face takes 0.62 of its size;
/// combining marks take nothing.
pub(super) fn text_width(text: &str, size: f64) -> f64 {
    let takes_room = |c: &char| !('\u{300}'..='\u{36f}').contains(c);
    0.62 * size * text.chars().filter(takes_room).count() as f64
}

/// Text as XML: markup characters named, characters that XML cannot have replaced.
pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe += "&amp;",
            '<' => safe += "&lt;",
            '>' => safe += "&gt;",
            '"' => safe += "&quot;",
            '\u{0}'..='\u{8}'
            | '\u{b}'
            | '\u{c}'
            | '\u{e}'..='\u{1f}'
            | '\u{fffe}'
            | '\u{ffff}' => {
                safe.push('\u{fffd}');
            }
            _ => safe.push(c),
        }
    }
    safe
}
