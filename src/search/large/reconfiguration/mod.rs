//! Subtree reconfiguration (Gray and Kourtis 2021): small subtrees of a tree are replaced by the
//! best ones, found by subset DP.

mod cost;
mod peak;
mod subtree;

pub use self::cost::lower_cost;
pub use self::peak::improve_peak;
use self::subtree::Subtree;
use super::branches::Branches;
use crate::allocation::{self, Granted};

/// The least saving of a reconfiguration, relative to the peak or cost of the subtree; less may be
/// rounding.
const SAVED: f64 = 1e-9;

/// Passes over all contractions until none is replaced, `rounds` are done, `goes_on` returns false,
/// or there is no memory for a subtree. `replace` returns the subtree that it replaced below a
/// contraction. Contractions near a replaced subtree are tried again; the others are settled.
fn reconfigure<'a>(
    tree: &mut Branches<'a>,
    rounds: usize,
    mut goes_on: impl FnMut() -> bool,
    mut replace: impl FnMut(&mut Branches<'a>, usize) -> Granted<Option<Subtree>>,
) -> Granted<()> {
    let mut settled = allocation::filled(tree.nodes(), false)?;
    for _ in 0..rounds {
        let mut changed = false;
        for root in tree.upwards() {
            if std::mem::replace(&mut settled[root], true) {
                continue;
            }
            if !goes_on() {
                return Ok(());
            }
            let Some(subtree) = replace(tree, root)? else { continue };
            changed = true;
            subtree.leaves.iter().chain(&subtree.inner).for_each(|&node| settled[node] = false);
            let above = std::iter::successors(tree.parent(root), |&node| tree.parent(node));
            above.take(subtree.leaves.len()).for_each(|node| settled[node] = false);
        }
        if !changed {
            break;
        }
    }
    Ok(())
}
