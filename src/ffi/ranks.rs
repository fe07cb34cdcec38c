//! Ranks: bytes on each rank of a grid, with block-cyclic matrices.

use std::ffi::c_char;

use super::arena::{Arena, View, viewed};
use super::budget::qube_budget;
use super::guard::{free_handle, guard_handle, reference};
use super::job::{Asked, qube_grid};
use super::render::{QUBE_FORMAT_TABLE, no_such_format, rendered};
use super::status::Failure;
use super::structs::{self, growable, number};
use crate::budget::{Budget, Grid, GridAdvice, LocalTooLarge, Rank, RankStage, Stage};

/// Bytes of the ranks of a grid.
pub struct qube_ranks {
    budget: Budget,
    advice: GridAdvice,
    rank: Option<Rank>,
    view: View<qube_ranks_view>,
}

/// Bytes of a term, or of all terms at the peak of a stage.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_rank_bytes {
    /// The term or stage.
    pub name: *const c_char,
    /// On the rank that holds most in the stage.
    pub fullest_bytes: i64,
    /// On the rank that holds least in the stage.
    pub least_bytes: i64,
    /// Mean of all ranks, rounded up.
    pub mean_bytes: i64,
    /// On the reported rank; -1 if there is none.
    pub own_bytes: i64,
}

/// A stage on the ranks of a grid.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_rank_stage {
    /// Each rank at its own peak of the stage.
    pub held: qube_rank_bytes,
    /// The terms live at the peak of all ranks together, in the order of the budget. A rank that
    /// peaks at another moment holds more than their sum.
    pub terms: *const qube_rank_bytes,
    pub n_terms: i64,
    /// The reported rank at its own peak; none without a rank.
    pub own_terms: *const qube_own_bytes,
    pub n_own_terms: i64,
    /// Process row of the rank that holds most, the first of several.
    pub fullest_row: i64,
    /// Its process column.
    pub fullest_column: i64,
    /// Process row of the rank that holds least, the last of several.
    pub least_row: i64,
    /// Its process column.
    pub least_column: i64,
}

/// A term on one rank.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_own_bytes {
    pub name: *const c_char,
    pub bytes: i64,
}

/// A matrix with more than 2^31 - 1 elements on one rank, too large for a ScaLAPACK with 32-bit
/// integers.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_local_matrix {
    /// The term.
    pub name: *const c_char,
    /// The first stage that has it.
    pub stage: i64,
    /// The term's number in that stage.
    pub term: i64,
    /// Elements of one matrix on the rank that holds most.
    pub elements: i64,
}

/// Bytes of the ranks of a grid, and the best grid of as many ranks: of all factorizations of their
/// number with blocks of 16, 32, 64, 128 and 256 the one whose fullest rank holds least, then the
/// squarest, then the one with the largest block.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_ranks_view {
    pub struct_size: usize,
    /// Rows of the grid.
    pub nprow: i64,
    /// Columns of the grid.
    pub npcol: i64,
    /// Rows and columns of a block.
    pub block: i64,
    /// The stages of the budget, in its order.
    pub stages: *const qube_rank_stage,
    pub n_stages: i64,
    /// The first stage in which the fullest rank holds most.
    pub peak_stage: i64,
    /// Matrices too large for 32-bit integers.
    pub too_large: *const qube_local_matrix,
    pub n_too_large: i64,
    /// Rows of the best grid.
    pub best_nprow: i64,
    /// Its columns.
    pub best_npcol: i64,
    /// Rows and columns of its blocks.
    pub best_block: i64,
    /// Bytes of its fullest rank.
    pub best_fullest_bytes: i64,
}

growable!(qube_ranks_view);

/// Computes the bytes of each rank at the peak of each stage, with matrices block-cyclic over a
/// grid, and the best grid of as many ranks. The rank at (r, c) holds max(1, numroc(rows, block, r,
/// nprow)) max(1, numroc(columns, block, c, npcol)) elements of a matrix.
/// Source: ScaLAPACK Users' Guide, section 4.3.
/// @param budget  the budget, with block-cyclic matrices such as ECLIPSE's
/// @param grid    a grid, or a number of ranks alone, and perhaps a rank to report
/// @param ranks   the new handle
/// @return QUBE_OK; QUBE_ERR_INPUT (a size out of range), QUBE_ERR_CONFLICT (ranks do not fill the
///         grid), QUBE_ERR_POSITION (a rank outside the grid), QUBE_ERR_OVERFLOW
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_per_rank(
    budget: *const qube_budget,
    grid: *const qube_grid,
    ranks: *mut *mut qube_ranks,
) -> i32 {
    guard_handle(ranks, "ranks", || {
        let budget = &unsafe { reference(budget, "budget") }?.budget;
        let asked = unsafe { structs::read(grid, "grid") }?;
        let advice = match asked.asked()? {
            Asked::Grid(grid) => budget.grid_advice(grid)?,
            Asked::Squarest(ranks) => budget.squarest_grid_advice(ranks)?,
        };
        let rank = asked.rank(advice.asked.grid)?;
        Ok(qube_ranks { budget: budget.clone(), advice, rank, view: View::default() })
    })
}

/// Frees ranks.
/// @param ranks  NULL does nothing
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_ranks_free(ranks: *mut qube_ranks) {
    unsafe { free_handle(ranks) }
}

/// Fills the view of ranks.
/// @param ranks  the ranks
/// @param view   the view, with struct_size set
/// @return QUBE_OK; QUBE_ERR_OVERFLOW
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_ranks_get(
    ranks: *const qube_ranks,
    view: *mut qube_ranks_view,
) -> i32 {
    unsafe { viewed(ranks, "ranks", view, |handle| &handle.view, view_of) }
}

/// Renders the bytes of ranks.
/// @param ranks   the ranks
/// @param format  QUBE_FORMAT_TABLE
/// @param text    the new document
/// @return QUBE_OK
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_ranks_render(
    ranks: *const qube_ranks,
    format: i32,
    text: *mut *mut c_char,
) -> i32 {
    rendered(text, || {
        let handle = unsafe { reference(ranks, "ranks") }?;
        match format {
            QUBE_FORMAT_TABLE => Ok(handle.budget.ranks_table(&handle.advice)),
            _ => Err(no_such_format(format, "QUBE_FORMAT_TABLE (1)")),
        }
    })
}

fn view_of(handle: &qube_ranks, arena: &mut Arena) -> Result<qube_ranks_view, Failure> {
    let GridAdvice { asked, best, .. } = &handle.advice;
    let grid = asked.grid;
    let stages = handle.budget.stages().iter().zip(&asked.stages);
    let (stages, n_stages) = arena.array_of(stages, |arena, (stage, held)| {
        let own = handle.rank.map(|rank| handle.budget.on_rank(grid, stage, rank)).transpose()?;
        let own_bytes = own.as_deref().map_or(-1, |terms| {
            terms.iter().map(|term| term.bytes.signed()).sum::<i64>() // as `on_rank` has it
        });
        let (terms, n_terms) = terms_of(stage, grid, held, handle.rank, arena)?;
        let (own_terms, n_own_terms) = arena.array_of(own.iter().flatten(), |arena, term| {
            Ok(qube_own_bytes { name: arena.text(&term.name)?, bytes: term.bytes.signed() })
        })?;
        Ok(qube_rank_stage {
            held: qube_rank_bytes {
                name: arena.text(&held.name)?,
                fullest_bytes: held.fullest.signed(),
                least_bytes: held.least.signed(),
                mean_bytes: held.mean.signed(),
                own_bytes,
            },
            terms,
            n_terms,
            own_terms,
            n_own_terms,
            // Numbers of a grid are 2^30 at most.
            fullest_row: held.fullest_rank.row as i64,
            fullest_column: held.fullest_rank.column as i64,
            least_row: held.least_rank.row as i64,
            least_column: held.least_rank.column as i64,
        })
    })?;
    let (too_large, n_too_large) = local_matrices(&handle.budget, &asked.too_large, arena)?;
    Ok(qube_ranks_view {
        // Numbers of a grid are 2^30 at most.
        nprow: grid.rows() as i64,
        npcol: grid.columns() as i64,
        block: grid.block() as i64,
        stages,
        n_stages,
        peak_stage: number(asked.peak_stage),
        too_large,
        n_too_large,
        best_nprow: best.grid.rows() as i64,
        best_npcol: best.grid.columns() as i64,
        best_block: best.grid.block() as i64,
        best_fullest_bytes: best.fullest().signed(),
        ..structs::Growable::defaults()
    })
}

fn terms_of(
    stage: &Stage,
    grid: Grid,
    held: &RankStage,
    rank: Option<Rank>,
    arena: &mut Arena,
) -> Result<(*const qube_rank_bytes, i64), Failure> {
    arena.array_of(stage.terms(), |arena, term| {
        let on = |rank: Rank| grid.part(term, rank.row, rank.column);
        let own = rank.map(on).transpose()?;
        Ok(qube_rank_bytes {
            name: arena.text(term.name())?,
            fullest_bytes: on(held.fullest_rank)?.signed(),
            least_bytes: on(held.least_rank)?.signed(),
            mean_bytes: term.bytes().shared_by(grid.ranks()).signed(),
            own_bytes: own.map_or(-1, |bytes| bytes.signed()),
        })
    })
}

/// Matrices too large for a ScaLAPACK with 32-bit integers, by stage and term of their budget.
pub(super) fn local_matrices(
    budget: &Budget,
    too_large: &[LocalTooLarge],
    arena: &mut Arena,
) -> Result<(*const qube_local_matrix, i64), Failure> {
    arena.array_of(too_large, |arena, local| {
        let stage = budget.position(&local.stage)?;
        let named = budget.stages()[stage].terms().position(|term| term.name() == local.term);
        Ok(qube_local_matrix {
            name: arena.text(&local.term)?,
            stage: number(stage),
            term: named.map_or(-1, number), // it is there: the stage was found by it
            // 8 bytes each come to 2^63 - 1 at most, or there would be no ranks.
            elements: local.elements as i64,
        })
    })
}
