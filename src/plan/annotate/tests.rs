//! Trees made by hand: a tensor that waits between loops, and more tensors than a `Subset` holds.

use super::super::Live;
use super::*;
use crate::network::{Network, Spaces, einsum, parse};
use crate::policy::Role;
use crate::problem::Objective;
use crate::{BatchPolicy, Options};

fn leaf(tensor: usize) -> TreeNode {
    TreeNode::Leaf(tensor)
}

fn contraction(first: usize, second: usize, opened: &[usize]) -> TreeNode {
    TreeNode::Contraction { first, second, opened: opened.to_vec() }
}

fn planned(
    network: &Network,
    policy: &BatchPolicy,
    options: &Options,
    nodes: Vec<TreeNode>,
) -> Plan {
    let resolved = policy.resolve(network).unwrap();
    let problem = Problem::bind(network, &resolved, options).unwrap();
    Draft::of(&problem, &Tree { nodes })
        .unwrap()
        .finish(Vec::new(), Method::Other("by hand".into()))
}

/// iK (KJ Jl), a loop over K around the whole and one over J inside, each in batches of 10. When
/// iK is taken, KJ waits inside the first loop alone.
#[test]
fn a_tensor_waits_inside_some_of_its_loops() {
    let mut letters = Spaces::new();
    for (letter, extent) in [("i", 3), ("K", 100), ("J", 40), ("l", 7)] {
        letters.add(letter, extent).unwrap();
    }
    let network = einsum("iK,KJ,Jl->il", &letters).unwrap();
    let mut policy = BatchPolicy::new();
    policy.batch_index(Role::Contracted, "K", 10).unwrap();
    policy.batch_index(Role::Contracted, "J", 10).unwrap();
    let options = Options { objective: Objective::PeakBatched, ..Options::default() };
    let tree = vec![leaf(0), leaf(1), leaf(2), contraction(1, 2, &[1]), contraction(0, 3, &[0])];
    let plan = planned(&network, &policy, &options, tree);
    let live = |at| -> Vec<(usize, f64)> {
        plan.live(at).iter().map(|&Live { node, elements }| (node, elements)).collect()
    };
    assert_eq!(live(0), [(0, 30.0), (1, 400.0), (2, 280.0)]);
    assert_eq!(live(1), [(0, 30.0), (1, 100.0), (2, 70.0)]);
    assert_eq!(live(3), [(0, 30.0), (1, 100.0), (2, 70.0), (3, 70.0)]);
    assert_eq!(live(4), [(0, 30.0), (3, 70.0), (4, 21.0)]);
    assert_eq!((plan.nodes[0].live, plan.peak), (710.0, 710.0));
    assert_eq!((plan.nest(1), plan.nest(3)), (vec!["K", "J"], vec!["K"]));
    plan.verify(&network, &policy, &options).unwrap();
    // Documents say when it is live; a size that cannot be derived from another is read.
    let document = plan.to_json();
    assert_eq!(Plan::from_json(&document), Ok(plan));
    let waits = r#""elements":400.0"#;
    assert_eq!(document.matches(waits).count(), 1);
    let more = Plan::from_json(&document.replace(waits, r#""elements":4001.0"#)).unwrap_err();
    assert!(
        more.to_string().contains("its life has 4001 elements; give its sliced_footprint"),
        "{more}"
    );
}

/// A chain of 150 matrices, halved again and again, one of them volatile and an index in batches:
/// more tensors than a `Subset` holds.
#[test]
fn trees_may_be_larger_than_any_subset() {
    const TENSORS: usize = 150;
    fn halve(tensors: std::ops::Range<usize>, nodes: &mut Vec<TreeNode>) -> usize {
        let (begin, end) = (tensors.start, tensors.end);
        let node = if end - begin == 1 {
            leaf(begin)
        } else {
            let middle = (begin + end) / 2;
            let first = halve(begin..middle, nodes);
            let second = halve(middle..end, nodes);
            let opened: &[usize] = if middle == TENSORS / 2 { &[0] } else { &[] };
            contraction(first, second, opened)
        };
        nodes.push(node);
        nodes.len() - 1
    }
    let mut spaces = Spaces::new();
    spaces.add("i", 4).unwrap();
    let text = |at| format!("{}{{i_{at};i_{}}} ", if at == 3 { "t" } else { "f" }, at + 1);
    let network = parse(&(0..TENSORS).map(text).collect::<String>(), &spaces).unwrap();
    let mut policy = BatchPolicy::new();
    policy.batch_index(Role::Contracted, "i_75", 1).unwrap();
    policy.volatile("t");
    let options = Options { objective: Objective::PeakBatched, ..Options::default() };
    let mut tree = Vec::new();
    halve(0..TENSORS, &mut tree);
    let plan = planned(&network, &policy, &options, tree);
    plan.verify(&network, &policy, &options).unwrap();
    let root = plan.nodes.len() - 1;
    assert_eq!(plan.open(root), ["i_0", "i_150"]);
    assert_eq!(plan.members(root), (0..TENSORS).collect::<Vec<_>>());
    assert_eq!(plan.flops, (TENSORS - 1) as f64 * 64.0);
    // Both halves only ever exist in slices; the second one is persistent.
    let halves = plan.nodes[root].operands().unwrap();
    let cache = [halves.0, halves.1].map(|at| plan.nodes[at].cache);
    assert_eq!(cache, [Cache::Transient, Cache::Sliced]);
    assert_eq!(Plan::from_json(&plan.to_json()), Ok(plan));
}
