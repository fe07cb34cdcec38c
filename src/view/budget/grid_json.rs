//! A process grid in JSON documents.

use serde::Serialize;

use crate::budget::Grid;

#[derive(Serialize)]
pub(super) struct GridView {
    nprow: u64,
    npcol: u64,
    block: u64,
}

impl From<Grid> for GridView {
    fn from(grid: Grid) -> Self {
        GridView { nprow: grid.rows(), npcol: grid.columns(), block: grid.block() }
    }
}
