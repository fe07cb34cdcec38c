//! Integers are exact or not given: extents, batches, numbers of batches and thresholds are 64-bit
//! integers all the way, and bytes come from doubles only below 2^53 elements, where these count each.
//! The command line's part of this is in tests/cli_plan.rs.

use qube_budget::document::from_json;
use qube_budget::network::{Network, NetworkBuilder, Spaces, einsum, parse};
use qube_budget::policy::Role;
use qube_budget::{BatchPolicy, Error, Objective, Options, Plan, optimize};

const EDGE: i64 = 1 << 53;
const EDGES: [i64; 6] = [EDGE - 1, EDGE, EDGE + 1, EDGE + 2, i64::MAX - 1, i64::MAX];

fn vector(extent: i64) -> Network {
    let mut builder = NetworkBuilder::new();
    builder.index("x", None, extent).unwrap();
    builder.tensor("v", &["x"]).unwrap();
    builder.build().unwrap()
}

fn dot_product(extent: i64) -> Network {
    let mut letters = Spaces::new();
    letters.add("x", extent).unwrap();
    einsum("x,x->", &letters).unwrap()
}

fn under(objective: Objective, bytes_per_element: u64) -> Options {
    Options { objective, bytes_per_element, ..Options::default() }
}

#[test]
fn extents_come_back_in_every_form() {
    for extent in EDGES {
        let mut spaces = Spaces::new();
        spaces.add("x", extent).unwrap();
        let json = format!(
            r#"{{"indices":[{{"label":"x","extent":{extent}}}],"tensors":[{{"label":"v","indices":["x"]}}]}}"#
        );
        let of_json = from_json(&json).unwrap().network;
        for network in [
            vector(extent),
            of_json,
            parse("v{x}", &spaces).unwrap(),
            einsum("x->x", &spaces).unwrap(),
        ] {
            assert_eq!(network.indices()[0].extent, extent as u64);
        }
        // A number with a point is a double, which would be rounded.
        assert!(from_json(&json.replace(&extent.to_string(), &format!("{extent}.0"))).is_err());
    }
    let more = r#"{"indices":[{"label":"x","extent":9223372036854775808}],"tensors":[]}"#;
    assert!(from_json(more).is_err(), "2^63 is no int64_t");
}

#[test]
fn batches_are_counted_exactly() {
    for extent in EDGES {
        for target in [1, 2, 3, 1000, EDGE - 1, EDGE, EDGE + 1, extent - 1, extent, i64::MAX] {
            for tile in [1, 7, EDGE + 1] {
                let mut policy = BatchPolicy::new();
                policy.batch_space(Role::Contracted, "x", target).unwrap();
                policy.tile_space("x", tile).unwrap();
                let whole = (target / tile * tile).max(tile).min(extent);
                let count = (i128::from(extent) + i128::from(whole) - 1) / i128::from(whole);
                let policy = BatchPolicy::from_json(&policy.to_json().unwrap()).unwrap();
                let network = dot_product(extent);
                let plan = optimize(&network, &policy, &under(Objective::PeakBatched, 8)).unwrap();
                let read = Plan::from_json(&plan.to_json()).unwrap();
                for plan in [plan, read] {
                    for one in plan.nodes.iter().flat_map(|node| &node.loops) {
                        assert_eq!(one.batch, whole as u64, "{extent} {target} {tile}");
                        assert_eq!(i128::from(one.batches), count, "{extent} {target} {tile}");
                    }
                    let worth_it = (whole as f64) < extent as f64;
                    assert!(!worth_it || plan.nodes.iter().any(|node| !node.loops.is_empty()));
                }
            }
        }
    }
}

#[test]
fn bytes_are_exact_or_refused() {
    for bytes_per_element in [1, 8, 1024] {
        for extent in [2, EDGE - 2, EDGE - 1] {
            let options = under(Objective::Peak, bytes_per_element);
            let plan = optimize(&vector(extent), &BatchPolicy::new(), &options).unwrap();
            let bytes = extent as u64 * bytes_per_element;
            assert!(bytes <= i64::MAX as u64, "within int64_t");
            assert_eq!(plan.peak_bytes(), Ok(bytes));
            assert!(plan.to_json().contains(&format!("\"peak_bytes\":{bytes},")));
            assert_eq!(Plan::from_json(&plan.to_json()).unwrap(), plan);
        }
        for extent in &EDGES[1..] {
            let options = under(Objective::Peak, bytes_per_element);
            let plan = optimize(&vector(*extent), &BatchPolicy::new(), &options).unwrap();
            assert!(matches!(plan.peak_bytes(), Err(Error::Overflow { .. })), "{extent}");
            assert!(plan.to_json().contains("\"peak_bytes\":null,"));
            assert_eq!(Plan::from_json(&plan.to_json()).unwrap(), plan);
        }
    }
}

/// A part of an element counts whole: 3 pairs with domains of 1.5 on average.
#[test]
fn bytes_are_rounded_up() {
    let mut builder = NetworkBuilder::new();
    builder.index("i", None, 3).unwrap();
    builder.composite("a<i>", None, 2, &["i"], &[1.5]).unwrap();
    builder.tensor("t", &["a<i>", "i"]).unwrap();
    let plan = optimize(&builder.build().unwrap(), &BatchPolicy::new(), &under(Objective::Peak, 8))
        .unwrap();
    assert_eq!((plan.peak, plan.peak_bytes()), (4.5, Ok(40)));
}

/// Where a peak is a whole double, the threshold is compared with it exactly: rounded to the next
/// double, 2^53 + 3 would become 2^53 + 4.
#[test]
fn thresholds_are_compared_exactly() {
    for objective in [Objective::TimeSpaceBatched, Objective::SpaceTimeBatched] {
        for peak in [EDGE - 1, EDGE, EDGE + 2, EDGE + 4, (1 << 62) + 1024] {
            let fits = |threshold: i64| {
                let mut policy = BatchPolicy::new();
                policy.set_peak_threshold(Some(threshold)).unwrap();
                let policy = BatchPolicy::from_json(&policy.to_json().unwrap()).unwrap();
                assert_eq!(policy.peak_threshold(), Some(threshold as u64));
                let plan = optimize(&vector(peak), &policy, &under(objective, 1)).unwrap();
                assert_eq!(plan.peak, peak as f64);
                if let Some(found) = &plan.infeasible {
                    assert_eq!(found.threshold, threshold as u64);
                    assert_eq!(found.least_peak, peak as f64);
                }
                assert_eq!(Plan::from_json(&plan.to_json()).unwrap(), plan);
                plan.infeasible.is_none()
            };
            assert!(fits(peak) && fits(peak + 1) && fits(i64::MAX), "{peak}");
            assert!(!fits(peak - 1) && !fits(1), "{peak}");
        }
        // Whole elements: 8 bytes each.
        let mut policy = BatchPolicy::new();
        let plan = |policy: &BatchPolicy| {
            optimize(&vector(EDGE - 1), policy, &under(objective, 8)).unwrap().infeasible
        };
        for (threshold, fits) in [(8 * (EDGE - 1), true), (8 * (EDGE - 1) - 1, false)] {
            policy.set_peak_threshold(Some(threshold)).unwrap();
            assert_eq!(plan(&policy).is_none(), fits, "{threshold}");
        }
    }
}

/// No text prints digits that a double does not have: sizes from 2^53 elements on are powers of ten.
#[test]
fn texts_claim_no_digits_that_are_not_there() {
    let mut letters = Spaces::new();
    letters.add("i", i64::MAX).unwrap();
    letters.add("j", i64::MAX).unwrap();
    let huge = einsum("i,j->ij", &letters).unwrap();
    let plan = optimize(&huge, &BatchPolicy::new(), &under(Objective::Peak, 8)).unwrap();
    for text in [plan.report(), plan.to_dot(), plan.to_svg()] {
        let longest = text.split(|c: char| !c.is_ascii_digit()).map(str::len).max().unwrap();
        assert!(longest <= 16, "{text}");
    }
}
