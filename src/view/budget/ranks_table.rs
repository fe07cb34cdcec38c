//! Memory per rank of a grid as a table, at most 100 columns, below the table of the budget.

use super::table::Columns;
use super::text::paragraph;
use crate::budget::ranks::{GridAdvice, LocalTooLarge, OneRank, PerRank};
use crate::budget::stages::Budget;

impl Budget {
    /// The fullest rank, the least full rank and the mean at the peak of every stage; matrices too
    /// large for a ScaLAPACK with 32-bit integers; the best grid for as many ranks. Ends with a
    /// newline.
    pub fn ranks_table(&self, advice: &GridAdvice) -> String {
        let GridAdvice { asked, best, one } = advice;
        let columns = Columns::of(self);
        let mut text = format!("per rank, {}\n", asked.grid_words());
        text += &columns.line("", "", "", "bytes");
        for stage in &asked.stages {
            text += &columns.row(&stage.name, "fullest rank", stage.fullest);
            text += &columns.row("", "mean", stage.mean);
            text += &columns.row("", "least full rank", stage.least);
        }
        if let Some(OneRank { rank, stages }) = one {
            text += &format!("\nthe rank at row {}, column {}\n", rank.row, rank.column);
            for stage in stages {
                for term in &stage.terms {
                    text += &columns.row("", &term.name, term.bytes);
                }
                text += &columns.row(&stage.name, "in all", stage.bytes);
            }
        }
        text += "\n";
        for LocalTooLarge { stage, term, elements } in &asked.too_large {
            text += &paragraph(&format!(
                "too large for ScaLAPACK with 32-bit integers: a rank holds {elements} elements of \
                 '{term}' in stage '{stage}'; take more ranks, for at most 2147483647 (2^31 - 1)"
            ));
        }
        text += &paragraph(&if best.fullest() < asked.fullest() {
            format!(
                "best of the grids and blocks that were tried: {}, at most {:#} on a rank instead of {:#}",
                best.grid_words(),
                best.fullest(),
                asked.fullest()
            )
        } else {
            format!(
                "no rank holds more than {:#}; no other grid or block that was tried is better",
                asked.fullest()
            )
        });
        text
    }
}

impl PerRank {
    /// `4 x 9 ranks, blocks of 64`
    fn grid_words(&self) -> String {
        let grid = self.grid;
        format!("{} x {} ranks, blocks of {}", grid.rows(), grid.columns(), grid.block())
    }
}
