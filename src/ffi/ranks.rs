//! What each rank of a process grid holds, in C.

use super::budget::{budget_in, number, qube_budget};
use super::guard::{guard, reference_mut};
use super::status::Failure;
use super::structs::{self, Growable, given};
use super::text::position;
use crate::budget::{Budget, Grid, LocalTooLarge};

/// A grid of ranks over which matrices are spread in blocks, as ScaLAPACK does. Begin with
/// qube_grid_init(); 40 bytes.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_grid {
    /// sizeof(qube_grid)
    pub struct_size: usize,
    /// Rows of the grid, 1 to 2^30. No default.
    pub nprow: i64,
    /// Columns of the grid, 1 to 2^30. No default.
    pub npcol: i64,
    /// Rows and columns of a block, 1 to 2^30. No default.
    pub block: i64,
    /// Ranks of the run, to be compared with nprow x npcol; 0, the default: nothing to compare.
    pub ranks: i64,
}

// SAFETY: repr(C), struct_size first, numbers without padding.
unsafe impl Growable for qube_grid {
    const NAME: &'static str = "qube_grid";
    const BASELINE: usize = 40;
    fn defaults() -> Self {
        qube_grid { struct_size: size_of::<Self>(), nprow: 0, npcol: 0, block: 0, ranks: 0 }
    }
}

impl qube_grid {
    unsafe fn checked(grid: *const qube_grid) -> Result<Grid, Failure> {
        let grid = unsafe { structs::read(grid, "grid") }?;
        Ok(Grid::new(grid.nprow, grid.npcol, grid.block, given(grid.ranks))?)
    }
}

/// What one rank holds at the peak of a stage, filled by qube_budget_per_rank(); 32 bytes.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_rank_stage {
    /// sizeof(qube_rank_stage), set by the caller
    pub struct_size: usize,
    /// Bytes on the rank that holds most, (0, 0).
    pub fullest_bytes: i64,
    /// Bytes on the rank that holds least, the last one.
    pub least_bytes: i64,
    /// Bytes of all ranks by their number, rounded up.
    pub mean_bytes: i64,
}

// SAFETY: repr(C), struct_size first, numbers without padding.
unsafe impl Growable for qube_rank_stage {
    const NAME: &'static str = "qube_rank_stage";
    const BASELINE: usize = 32;
    fn defaults() -> Self {
        let struct_size = size_of::<Self>();
        qube_rank_stage { struct_size, fullest_bytes: 0, least_bytes: 0, mean_bytes: 0 }
    }
}

/// Fills a grid with the defaults: all is 0; nprow, npcol and block must be set.
///
/// @param grid  the struct to fill
/// @param size  sizeof *grid
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (size)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_grid_init(grid: *mut qube_grid, size: usize) -> i32 {
    guard(|| unsafe { structs::init(grid, size, "grid") })
}

/// What a rank holds at the peak of a stage, where all matrices are spread block-cyclically over
/// the grid.
///
/// @param budget  the budget, of ECLIPSE or of another run that spreads its matrices like that
/// @param grid    the grid
/// @param stage   the stage's number, counted from 0
/// @param out     receives the bytes; its struct_size must be set
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size, or unknown fields set),
///         QUBE_ERR_POSITION, QUBE_ERR_INPUT (a size of the grid outside its range),
///         QUBE_ERR_CONFLICT (ranks that do not fill the grid), QUBE_ERR_OVERFLOW
///
/// The rank at (r, c) holds max(1, numroc(rows, block, r, nprow)) max(1, numroc(columns, block, c,
/// npcol)) elements of a matrix. Source: ScaLAPACK Users' Guide, section 4.3.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_per_rank(
    budget: *const qube_budget,
    grid: *const qube_grid,
    stage: i64,
    out: *mut qube_rank_stage,
) -> i32 {
    guard(|| {
        let budget = unsafe { budget_in(budget) }?;
        let per_rank = budget.per_rank(unsafe { qube_grid::checked(grid) }?)?;
        let stage = &per_rank.stages[position("stage", stage, per_rank.stages.len())?];
        let held = qube_rank_stage {
            fullest_bytes: stage.fullest.signed(),
            least_bytes: stage.least.signed(),
            mean_bytes: stage.mean.signed(),
            ..qube_rank_stage::defaults()
        };
        unsafe { structs::write(&held, out, "out") }
    })
}

/// How many terms have a matrix of which one rank holds more than 2^31 - 1 elements, which a
/// ScaLAPACK with 32-bit integers cannot number.
///
/// @param budget  the budget
/// @param grid    the grid
/// @param count   receives the number; 0 is good
/// @return QUBE_OK; as qube_budget_per_rank()
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_too_large_count(
    budget: *const qube_budget,
    grid: *const qube_grid,
    count: *mut i64,
) -> i32 {
    guard(|| {
        let budget = unsafe { budget_in(budget) }?;
        let per_rank = budget.per_rank(unsafe { qube_grid::checked(grid) }?)?;
        *unsafe { reference_mut(count, "count") }? = number(per_rank.too_large.len());
        Ok(())
    })
}

/// One of these terms, where it first occurs.
///
/// @param budget    the budget
/// @param grid      the grid
/// @param which     0 to qube_budget_too_large_count() - 1
/// @param stage     receives the number of the first stage that has it, counted from 0
/// @param term      receives the term's number in that stage, as in qube_budget_term()
/// @param elements  receives the elements of one matrix on the fullest rank
/// @return QUBE_OK; as qube_budget_per_rank()
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_too_large(
    budget: *const qube_budget,
    grid: *const qube_grid,
    which: i64,
    stage: *mut i64,
    term: *mut i64,
    elements: *mut i64,
) -> i32 {
    guard(|| {
        let budget = unsafe { budget_in(budget) }?;
        let too_large = budget.per_rank(unsafe { qube_grid::checked(grid) }?)?.too_large;
        let local = &too_large[position("too large term", which, too_large.len())?];
        let stage = unsafe { reference_mut(stage, "stage") }?;
        let term = unsafe { reference_mut(term, "term") }?;
        let elements = unsafe { reference_mut(elements, "elements") }?;
        (*stage, *term, *elements) = located(budget, local)?;
        Ok(())
    })
}

/// The numbers of a term's stage and of the term in it, and the elements of one matrix.
pub(super) fn located(budget: &Budget, local: &LocalTooLarge) -> Result<(i64, i64, i64), Failure> {
    let stage = budget.position(local.stage)?;
    let named = budget.stages()[stage].terms().position(|term| term.name() == local.term);
    let term = named.map_or(-1, number); // it is there: the stage was found by it
    // 8 bytes each come to 2^63 - 1 at most, or per_rank had failed.
    let elements = i64::try_from(local.elements).unwrap_or(i64::MAX);
    Ok((number(stage), term, elements))
}

/// The grid and the block with which the fullest rank holds least, of those that are tried: every
/// way to write the number of ranks as a product, blocks of 16, 32, 64, 128 and 256. Of equal ones
/// the squarest grid, then the largest block.
///
/// @param budget  the budget
/// @param ranks   the number of ranks, 1 to 2^30
/// @param out     receives the grid; its struct_size must be set
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size), QUBE_ERR_INPUT (ranks),
///         QUBE_ERR_OVERFLOW
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_best_grid(
    budget: *const qube_budget,
    ranks: i64,
    out: *mut qube_grid,
) -> i32 {
    guard(|| {
        let best = unsafe { budget_in(budget) }?.best_grid(ranks)?.grid;
        // All four are 2^30 at most, as `Grid` checks.
        let grid = qube_grid {
            nprow: best.rows() as i64,
            npcol: best.columns() as i64,
            block: best.block() as i64,
            ranks,
            ..qube_grid::defaults()
        };
        unsafe { structs::write(&grid, out, "out") }
    })
}
