//! Units of a pipeline's own formulas, in bytes: an array missing from a budget shows as a 1 in one
//! unit.
//!
//! QUBE: p = n_pix^2, m = n_modes^2, x = n_pix n_modes, with a pixel filter R = working_dim^2 and
//! W = n_pix working_dim. ECLIPSE: p = D^2 with D = t + 2 q, L^2, tL, qL and DM, as in its guide. A
//! pipeline of the host's own: its largest arrays, by name. All in doubles but the last.

use crate::budget::bytes::Bytes;
use crate::budget::grid::Grid;
use crate::budget::stage::Stage;
use crate::budget::stages::{Budget, Path};
use crate::budget::term::Term;

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    pub symbol: String,
    /// The product that it is: n_modes^2.
    pub words: String,
    pub bytes: Bytes,
}

/// Arrays of a pipeline that serve as units.
const MOST_OF_PIPELINE: usize = 4;

/// Pixels of all fields together: n_pix of QUBE's budgets, t + 2 q of ECLIPSE's. The sum is that of
/// sizes whose squares fitted.
pub(super) fn n_pix(budget: &Budget) -> u64 {
    let pixels = |name| budget.count(name).unwrap_or(0);
    budget.count("n_pix").unwrap_or_else(|| pixels("pix_t") + 2 * pixels("pix_p"))
}

/// The units, the first one that of n_pix^2; on a rank of a grid its share of each.
pub(super) fn of(budget: &Budget, grid: Option<Grid>) -> Vec<Unit> {
    let mut units = match budget.path() {
        Path::Pipeline => of_arrays(budget),
        Path::Eclipse => eclipse(budget),
        _ => qube(budget),
    };
    if let Some(grid) = grid {
        for unit in &mut units {
            unit.bytes = unit.bytes.shared_by(grid.ranks());
        }
    }
    units
}

/// A unit of the product of `sides` doubles; none if it is 0 or overflows.
fn unit(symbol: &str, words: &str, sides: [u64; 2]) -> Option<Unit> {
    let doubles = u128::from(sides[0]) * u128::from(sides[1]);
    let bytes = Bytes::of_wide(symbol, doubles.checked_mul(8)).ok()?;
    let unit = Unit { symbol: symbol.into(), words: words.into(), bytes };
    (bytes > Bytes::ZERO).then_some(unit)
}

fn qube(budget: &Budget) -> Vec<Unit> {
    let n_pix = n_pix(budget);
    let modes = budget.count("n_modes").unwrap_or(0);
    let filter = budget.count("working_dim").filter(|&dim| dim < n_pix).unwrap_or(0);
    let units = [
        unit("p", "n_pix^2", [n_pix, n_pix]),
        unit("m", "n_modes^2", [modes, modes]),
        unit("x", "n_pix n_modes", [n_pix, modes]),
        unit("R", "working_dim^2", [filter, filter]),
        unit("W", "n_pix working_dim", [n_pix, filter]),
    ];
    units.into_iter().flatten().collect()
}

fn eclipse(budget: &Budget) -> Vec<Unit> {
    let count = |name| budget.count(name).unwrap_or(0);
    let (t, q, maps) = (count("pix_t"), count("pix_p"), count("maps"));
    let least = if q == 0 { 1 } else { 4 }; // T begins at l = 1, the others at 2
    let side = count("lmax").saturating_add(1);
    let modes = side.saturating_mul(side).saturating_sub(least);
    let d = n_pix(budget);
    let units = [
        unit("p", "D^2", [d, d]),
        unit("L^2", "L^2", [modes, modes]),
        unit("qL", "q L", [q, modes]),
        unit("tL", "t L", [t, modes]),
        unit("DM", "D M", [d, maps]),
    ];
    units.into_iter().flatten().collect()
}

fn of_arrays(budget: &Budget) -> Vec<Unit> {
    let mut units: Vec<Unit> = Vec::new();
    for term in budget.stages().iter().flat_map(Stage::terms) {
        let matrices = term.shape().matrices.max(1);
        let bytes = term.bytes().shared_by(matrices);
        if bytes > Bytes::ZERO && units.iter().all(|known| known.bytes != bytes) {
            let name = Term::name(term);
            units.push(Unit { symbol: format!("'{name}'"), words: format!("'{name}'"), bytes });
        }
    }
    units.sort_by_key(|unit| std::cmp::Reverse(unit.bytes));
    units.truncate(MOST_OF_PIPELINE);
    if let Some(p) = unit("p", "n_pix^2", [n_pix(budget), n_pix(budget)]) {
        units.insert(0, p);
    }
    units
}
