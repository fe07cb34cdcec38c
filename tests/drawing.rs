//! Drawings of plans: what stands in them, that they are well-formed, and that equal plans give equal
//! bytes.

mod common;

use common::networks::term;
use proptest::prelude::*;
use qube_budget::network::{NetworkBuilder, Spaces, einsum};
use qube_budget::plan::NodeKind;
use qube_budget::policy::Role;
use qube_budget::{BatchPolicy, Objective, Options, Plan, optimize};

fn plan(text: &str, extents: &[(&str, i64)], policy: &BatchPolicy, objective: Objective) -> Plan {
    let mut letters = Spaces::new();
    extents.iter().for_each(|&(letter, extent)| letters.add(letter, extent).unwrap());
    let options = Options { objective, ..Options::default() };
    optimize(&einsum(text, &letters).unwrap(), policy, &options).unwrap()
}

/// iK Kj with K in 8 batches, of 300 x 5000 and 5000 x 400 doubles.
fn product() -> Plan {
    let mut policy = BatchPolicy::new();
    policy.batch_index(Role::Contracted, "K", 700).unwrap();
    policy.set_accumulation_factor(0.5).unwrap();
    let extents = [("i", 300), ("K", 5000), ("j", 400)];
    plan("iK,Kj->ij", &extents, &policy, Objective::PeakBatched)
}

/// The texts of a drawing, unescaped.
fn texts(svg: &str) -> Vec<String> {
    let plain = |text: &str| {
        text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
    };
    let text = |piece: &str| plain(&piece[piece.find('>').unwrap() + 1..piece.find('<').unwrap()]);
    svg.split("<text").skip(1).map(text).collect()
}

/// Tags are closed in their order, and attributes and texts hold no bare markup.
fn check_well_formed(svg: &str) {
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

#[test]
fn the_peak_is_named_with_what_is_alive() {
    let svg = product().to_svg();
    check_well_formed(&svg);
    let texts = texts(&svg);
    // In doubles: 700 x 300 + 700 x 400 + 1.5 x 300 x 400.
    let expected = [
        "peak-batched plan of 2 tensors",
        "peak 5.112 MiB at result (2) · work 6.000e8 multiply-add pairs",
        "K in 8 batches of 700",
        "5 MiB",
        "iK(0) Kj(1) → (2)",
        "1.602 MiB",
        "2.136 MiB",
        "937.500 KiB",
        "contribution",
        "468.750 KiB",
    ];
    for text in expected {
        assert!(texts.iter().any(|one| one == text), "{text} in {texts:?}");
    }
}

#[test]
fn bars_are_as_high_as_what_is_alive() {
    let plan = product();
    let svg = plan.to_svg();
    let number = |tag: &str, name: &str| -> f64 {
        let from = tag.find(&format!(" {name}=\"")).unwrap() + name.len() + 3;
        tag[from..].split('"').next().unwrap().parse().unwrap()
    };
    // Segments have a white edge; those of the last column are its operands, result, contribution.
    let segments: Vec<f64> = svg
        .lines()
        .filter(|line| line.contains("stroke=\"#ffffff\""))
        .map(|line| number(line, "height"))
        .collect();
    assert_eq!(segments.len(), 2 + 2 + 4);
    let scale = segments[4] / 210_000.0;
    for (segment, elements) in segments[4..].iter().zip([210_000.0, 280_000.0, 120_000.0, 60_000.0])
    {
        assert!((segment - scale * elements).abs() < 0.2, "{segments:?}");
    }
}

#[test]
fn labels_are_escaped() {
    let mut builder = NetworkBuilder::new();
    builder.index("a_1<i&j>", None, 3).unwrap();
    builder.tensor("<g & \"h\"> \\n", &["a_1<i&j>"]).unwrap();
    builder.tensor("μ̃ &lt;", &["a_1<i&j>"]).unwrap();
    let plan =
        optimize(&builder.build().unwrap(), &BatchPolicy::new(), &Options::default()).unwrap();
    let svg = plan.to_svg();
    check_well_formed(&svg);
    assert!(texts(&svg).contains(&"<g & \"h\"> \\n(0)".to_owned()), "{svg}");
    let dot = plan.to_dot();
    assert!(dot.contains(r#"label="<g &amp; \"h\"> \\n(0)\n[a_1<i&amp;j>]\n24 B"#), "{dot}");
    assert!(dot.contains("μ̃ &amp;lt;(1)"), "{dot}");
}

#[test]
fn nothing_and_everything_can_be_drawn() {
    let policy = BatchPolicy::new();
    let scalar = plan("->", &[], &policy, Objective::Peak).to_svg();
    assert!(texts(&scalar).iter().any(|text| text.starts_with("peak 0 B")));
    check_well_formed(&scalar);
    let huge = [("i", i64::MAX), ("j", i64::MAX), ("k", i64::MAX)];
    let huge = plan("ijk,ijk->ijk", &huge, &policy, Objective::Peak).to_svg();
    check_well_formed(&huge);
    assert!(texts(&huge).iter().any(|text| text.ends_with(" EiB")));
}

#[test]
fn the_tree_has_every_node_and_frames_its_loops() {
    let dot = product().to_dot();
    for piece in
        ["n0 -> n2 [label=\"1st\"]", "n1 -> n2 [label=\"2nd\"]", "[K j]\\n15.259 MiB, 2.136"]
    {
        assert!(dot.contains(piece), "{piece} in {dot}");
    }
    // What is accumulated stands outside of the frame, which closes before it.
    let (frame, after) =
        dot.split_once("subgraph cluster_2 {").unwrap().1.split_once("  }").unwrap();
    assert!(frame.contains("n0 [") && frame.contains("n1 [") && !frame.contains("n2 ["));
    assert!(after.contains("n2 [") && after.contains("peak: 5.112 MiB alive"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// The parts of each moment add up to what is alive, drawings are well-formed, and a plan found
    /// again is drawn alike.
    #[test]
    fn random_plans_are_drawn(term in term(1..7)) {
        let options = Options { objective: Objective::PeakBatched, ..Options::default() };
        let plan = optimize(&term.network, &term.policy, &options).unwrap();
        for (at, node) in plan.nodes.iter().enumerate() {
            let alive: Vec<usize> = node.alive.iter().map(|one| one.node).collect();
            prop_assert_eq!(alive, plan.alive_at(at));
            let own = node.alive.iter().find(|one| one.node == at).unwrap().elements;
            prop_assert_eq!(own, node.sliced_footprint);
            let mut sum: f64 = node.alive.iter().map(|one| one.elements).sum();
            if matches!(node.kind, NodeKind::Contraction { .. }) && !node.loops.is_empty() {
                sum += term.policy.accumulation_factor() * own;
            }
            prop_assert!((sum - node.live).abs() <= 1e-12 * node.live, "{} {}", sum, node.live);
        }
        check_well_formed(&plan.to_svg());
        prop_assert_eq!(plan.to_dot().matches(" -> ").count(), plan.nodes.len() - 1);
        let again = optimize(&term.network, &term.policy, &options).unwrap();
        prop_assert_eq!(again.to_svg(), plan.to_svg());
        prop_assert_eq!(again.to_dot(), plan.to_dot());
    }
}
