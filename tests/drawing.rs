//! Drawings of plans: their content, their form, and equal bytes for equal plans.

mod common;

use common::drawn::{check_well_formed, number, texts};
use common::networks::term;
use common::width::fits_100_columns;
use proptest::prelude::*;
use qube_budget::network::{NetworkBuilder, Spaces, einsum};
use qube_budget::plan::NodeKind;
use qube_budget::policy::Role;
use qube_budget::{BatchPolicy, Limits, Objective, Options, Plan, optimize};

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

#[test]
fn the_peak_is_named_with_its_live_nodes() {
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
fn bars_are_as_high_as_the_live_elements() {
    let plan = product();
    let svg = plan.to_svg();
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
fn the_smallest_and_largest_sizes_are_drawn() {
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
    // The accumulated result stands outside the frame, which closes before it.
    let (frame, after) =
        dot.split_once("subgraph cluster_2 {").unwrap().1.split_once("  }").unwrap();
    assert!(frame.contains("n0 [") && frame.contains("n1 [") && !frame.contains("n2 ["));
    assert!(after.contains("n2 [") && after.contains("peak: 5.112 MiB live"));
}

/// ip pK Kj jl with the external i in batches of 5, K and j in batches of 10: no plan fits, and the
/// least peak repeats ip pK ten times.
fn squeezed(threshold: i64, objective: Objective) -> Plan {
    let mut policy = BatchPolicy::new();
    policy.batch_space(Role::Contracted, "K", 10).unwrap();
    policy.batch_space(Role::Contracted, "j", 10).unwrap();
    policy.batch_space(Role::External, "i", 5).unwrap();
    policy.set_peak_threshold(Some(threshold)).unwrap();
    let extents = [("i", 10), ("p", 10), ("K", 100), ("j", 100), ("l", 10)];
    plan("ip,pK,Kj,jl->il", &extents, &policy, objective)
}

const NOTHING_FITS: [&str; 3] = [
    "no plan fits 1000 bytes",
    "least peak 4.297 KiB (4400 bytes); with batches of one tile 1.016 KiB (1040 bytes)",
    "reached with K in 10 batches of 10, i in 2 blocks of 5, j in 10 batches of 10",
];

#[test]
fn a_threshold_that_no_plan_fits_is_drawn_and_explained() {
    let plan = squeezed(1000, Objective::SpaceTimeBatched);
    let svg = plan.to_svg();
    check_well_formed(&svg);
    let drawn = texts(&svg);
    for text in NOTHING_FITS.iter().chain(&["threshold"]) {
        assert!(drawn.iter().any(|one| one == text), "{text} in {drawn:?}");
    }
    let (report, dot) = (plan.report(), plan.to_dot());
    for text in NOTHING_FITS {
        assert!(report.contains(text) && dot.contains(text), "{text} in {report}");
    }
    // One byte, no loops, and sizes of which a double does not count each byte.
    let mut policy = BatchPolicy::new();
    policy.set_peak_threshold(Some(1)).unwrap();
    let huge = self::plan("i->i", &[("i", i64::MAX)], &policy, Objective::TimeSpaceBatched);
    check_well_formed(&huge.to_svg());
    let report = huge.report();
    for text in ["no plan fits 1 byte\n", "least peak 64.000 EiB; with", "reached without loops"] {
        assert!(report.contains(text), "{text} in {report}");
    }
    // A plan that fits has no such lines.
    let fits = squeezed(4400, Objective::SpaceTimeBatched);
    assert!(fits.infeasible.is_none());
    for text in [fits.report(), fits.to_dot(), fits.to_svg()] {
        assert!(!text.contains("no plan fits") && !text.contains("threshold"), "{text}");
    }
}

/// The line agrees with the axis: at 4399 of 4800 bytes.
#[test]
fn the_line_of_the_threshold_is_at_its_height() {
    let svg = squeezed(4399, Objective::TimeSpaceBatched).to_svg();
    let height = |piece: &str| -> f64 {
        let line = svg.lines().find(|line| line.contains(piece)).unwrap();
        let y = line.split_once("<path d=\"M84.0 ").unwrap().1.split_once('H').unwrap().0;
        y.parse().unwrap()
    };
    let threshold = height("stroke=\"#c81e1e\" stroke-width=\"1.6\"");
    let (peak, bottom) =
        (height("stroke-dasharray"), height("stroke=\"#2b2f36\" stroke-width=\"1\""));
    assert!(((bottom - threshold) / (bottom - peak) - 4399.0 / 4800.0).abs() < 1e-3);
}

#[test]
fn loops_are_drawn_by_their_role() {
    let plan = squeezed(1000, Objective::SpaceTimeBatched);
    let svg = plan.to_svg();
    let band = |label: &str| {
        let line = svg.lines().find(|line| line.contains(label)).unwrap();
        line.split_once("fill=\"").unwrap().1.split_once('"').unwrap().0.to_owned()
    };
    let bands = ["i in 2 blocks of 5", "j in 10 batches of 10", "K in 10 batches of 10"];
    assert_eq!(bands.map(|label| band(&format!(">{label}<"))), ["#1f7153", "#2f5d9b", "#2f5d9b"]);
    let row = |label: &str| {
        let line = svg.lines().find(|line| line.contains(&format!(">{label}<"))).unwrap();
        let y = line.split_once(" y=\"").unwrap().1.split_once('"').unwrap().0;
        y.parse::<f64>().unwrap()
    };
    assert!(bands.map(row).is_sorted(), "the outermost on top");
    let dot = plan.to_dot();
    let external = dot.find("i in 2 blocks of 5\", labeljust").unwrap();
    assert!(dot[external..].contains("style=\"rounded,dashed\""));
    assert_eq!(dot.matches("rounded,dashed").count(), 1);
    assert_eq!(dot.matches('{').count(), dot.matches('}').count());
    let report = plan.report();
    let row = "[i l], i in 2 blocks of 5,\n";
    assert!(report.contains(row) && report.contains("  j in 10 batches of 10\n"), "{report}");
}

#[test]
fn repeated_nodes_and_assembled_results_are_named() {
    let plan = squeezed(1000, Objective::SpaceTimeBatched);
    let (report, dot, svg) = (plan.report(), plan.to_dot(), plan.to_svg());
    assert!(report.contains("ip(0) pK(1) -> (2) [i K], 10 times\n"), "{report}");
    assert!(report.contains("Kj(3) jl(5), and being assembled (4) (6)\n"), "{report}");
    assert_eq!(report.matches(" times").count(), 1);
    assert!(dot.contains("work 1.000e4, 10 times") && dot.matches("peripheries=2").count() == 1);
    let drawn = texts(&svg);
    for text in ["ip(0) pK(1) → (2), 10 times", "(4), being assembled", "(6), being assembled"] {
        assert!(drawn.iter().any(|one| one == text), "{text} in {drawn:?}");
    }
    // (6) at the 6 columns before its own, (4) at the 4 before its own; and two in the list.
    assert_eq!(svg.matches("url(#assembled)").count(), 6 + 4 + 2);
    // None of this where no loop assembles results.
    let svg = product().to_svg();
    assert!(!svg.contains("assembled"), "{svg}");
}

/// A loop over an external index alone makes one block at a time beside the result.
#[test]
fn a_block_being_made_is_named() {
    let mut policy = BatchPolicy::new();
    policy.batch_space(Role::External, "i", 10).unwrap();
    policy.set_peak_threshold(Some(8 * 3000)).unwrap();
    let extents = [("i", 100), ("k", 20), ("j", 20)];
    let plan = plan("ik,kj->ij", &extents, &policy, Objective::SpaceTimeBatched);
    // 200 of ik, 400 of kj, 2000 of the result, and 200 of it beside.
    assert_eq!(plan.peak, 2800.0);
    assert!(texts(&plan.to_svg()).contains(&"block being made".to_owned()));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// The parts of each moment sum to its live elements, drawings are well-formed, and equal plans
    /// give equal drawings.
    #[test]
    fn random_plans_are_drawn(term in term(1..7)) {
        let options = Options { objective: Objective::PeakBatched, ..Options::default() };
        let plan = optimize(&term.network, &term.policy, &options).unwrap();
        for (at, node) in plan.nodes.iter().enumerate() {
            let live = plan.live(at);
            let nodes: Vec<usize> = live.iter().map(|one| one.node).collect();
            prop_assert_eq!(nodes, plan.live_at(at));
            let own = live.iter().find(|one| one.node == at).unwrap().elements;
            prop_assert_eq!(own, node.sliced_footprint);
            let mut sum: f64 = live.iter().map(|one| one.elements).sum();
            if matches!(node.kind, NodeKind::Contraction { .. }) && !node.loops.is_empty() {
                sum += term.policy.accumulation_factor() * own;
            }
            prop_assert!((sum - node.live).abs() <= 1e-12 * node.live, "{} {}", sum, node.live);
        }
        check_well_formed(&plan.to_svg());
        fits_100_columns(&plan.report(), "report");
        prop_assert_eq!(plan.to_dot().matches(" -> ").count(), plan.nodes.len() - 1);
        let again = optimize(&term.network, &term.policy, &options).unwrap();
        prop_assert_eq!(again.to_svg(), plan.to_svg());
        prop_assert_eq!(again.to_dot(), plan.to_dot());
    }
}

/// A chain of `tensors` tensors; loops where `policy` has them.
fn chain(tensors: usize, policy: &BatchPolicy) -> Plan {
    let mut builder = NetworkBuilder::new();
    let labels: Vec<String> = (0..=tensors).map(|at| format!("i_{at}")).collect();
    for (at, label) in labels.iter().enumerate() {
        builder.index(label, None, 2 + at as i64 * 7 % 23).unwrap();
    }
    for (at, pair) in labels.windows(2).enumerate() {
        builder.tensor(&format!("t<{at}>"), &[&pair[0], &pair[1]]).unwrap();
    }
    let limits = Limits { max_seconds: 0.5, ..Limits::default() };
    let options = Options { objective: Objective::PeakBatched, limits, ..Options::default() };
    optimize(&builder.build().unwrap(), policy, &options).unwrap()
}

/// Any viewer opens a megabyte, but not a hundred: 4096 columns of up to 4096 parts.
#[test]
fn drawings_of_any_size_stay_below_a_megabyte() {
    let mut policy = BatchPolicy::new();
    (0..32).for_each(|at| {
        policy.batch_index(Role::Contracted, &format!("i_{}", 1 + 11 * at), 3).unwrap();
    });
    for (tensors, together) in [(20, 1), (100, 1), (101, 2), (200, 2), (2000, 20), (4096, 41)] {
        let plan = chain(tensors, &policy);
        let begun = std::time::Instant::now();
        let (svg, dot, report) = (plan.to_svg(), plan.to_dot(), plan.report());
        let elapsed = begun.elapsed();
        let sizes = (svg.len(), dot.len(), report.len());
        println!("{tensors} tensors: svg, dot, report {sizes:?} bytes in {elapsed:?}");
        if let Some(folder) = std::env::var_os("DRAWINGS") {
            for (text, end) in [(&svg, "svg"), (&dot, "dot"), (&report, "txt")] {
                let path = std::path::Path::new(&folder).join(format!("chain_{tensors}.{end}"));
                std::fs::write(path, text).unwrap();
            }
        }
        check_well_formed(&svg);
        assert!(sizes.0 < 1_000_000 && sizes.1 < 1_000_000, "{tensors}: {sizes:?}");
        fits_100_columns(&report, "report");
        assert_eq!(report.lines().filter(|line| line.contains(" -> ")).count(), tensors - 1);
        let merged = format!("columns merged: each shows the largest of {together} nodes");
        let drawn = texts(&svg);
        assert_eq!(drawn.contains(&merged), together > 1);
        let peak = plan.peak_node;
        let name = format!("({peak})");
        assert!(drawn.iter().any(|text| text.ends_with(&name)), "the peak has a column");
        assert_eq!(dot.contains("\\nfolded: "), tensors > 200);
        assert!(dot.contains(&format!("  n{peak} [label=")), "the peak has a box");
        assert_eq!(dot.matches('{').count(), dot.matches('}').count());
        // A tree: each box but the result points to one.
        let boxes = dot
            .lines()
            .filter(|line| line.contains("fillcolor") || line.contains("label=\"folded: "));
        assert_eq!(dot.matches(" -> ").count(), boxes.count() - 1);
    }
}

/// A hub with 149 spokes, labels of 200 letters: intermediates of up to 148 open indices.
#[test]
fn long_labels_and_many_indices_are_cut() {
    let mut builder = NetworkBuilder::new();
    let labels: Vec<String> = (0..149).map(|at| format!("{}_{at}", "μ̃".repeat(200))).collect();
    labels.iter().for_each(|label| {
        builder.index(label, Some("μ"), 2).unwrap();
    });
    builder
        .tensor(&"<\"&".repeat(70), &labels.iter().map(String::as_str).collect::<Vec<_>>())
        .unwrap();
    for label in &labels {
        builder.tensor(label, &[label]).unwrap();
    }
    let mut policy = BatchPolicy::new();
    labels.iter().take(32).for_each(|label| {
        policy.batch_index(Role::Contracted, label, 1).unwrap();
    });
    let limits = Limits { max_seconds: 0.5, ..Limits::default() };
    let options = Options { objective: Objective::PeakBatched, limits, ..Options::default() };
    let plan = optimize(&builder.build().unwrap(), &policy, &options).unwrap();
    let (svg, dot, report) = (plan.to_svg(), plan.to_dot(), plan.report());
    check_well_formed(&svg);
    fits_100_columns(&report, "report");
    assert!(svg.len() < 1_000_000 && dot.len() < 1_000_000, "{} {}", svg.len(), dot.len());
    assert!(report.contains(" and 108 more]") && dot.contains(" and 136 more]"), "{report}");
    assert_eq!(Plan::from_json(&plan.to_json()), Ok(plan));
}
