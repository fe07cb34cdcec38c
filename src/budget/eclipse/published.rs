//! The sums that ECLIPSE's guide gives (Eqs. 6.1 to 6.9), in doubles over all ranks:
//!
//! | code | step 2, if the inverse is checked | step 4 | step 6 |
//! |---|---|---|---|
//! | TEB | 2 (t+2q)^2 | t^2 + 2tq + 3q^2 + tL + 4qL + 6(t+2q)L | 12L^2 + 16qL |
//! | EB  | 2 (2q)^2 | (2q)^2 + 12qL | 16qL + 6L^2 |
//! | T   | 2 t^2 | t^2 + 3tL | 4tL + 2L^2 |

use super::{Code, EclipseConfig, Sizes};
use crate::Result;
use crate::budget::input::Count;
use crate::budget::stage::Stage;
use crate::budget::term::{Layout, Term};

/// The steps that the guide has sums for, each with its terms.
pub fn stages(config: &EclipseConfig, sizes: &Sizes) -> Result<Vec<Stage>> {
    let &Sizes { t, q, all, modes, .. } = sizes;
    let times = |name: &'static str, factor, rows, columns| -> Result<Term> {
        let sum = Term::matrices(name, Count::constant("factor", factor), rows, columns)?;
        Ok(sum.laid_out(Layout::BlockCyclic))
    };
    let mut stages = Vec::new();
    if config.check_inverse {
        stages.push(Stage::new(
            "step_2",
            Vec::new(),
            vec![times("covariance matrix and check of its inverse", 2, all, all)?],
        )?);
    }
    if !config.fisher {
        return Ok(stages);
    }
    let (step_4, step_6) = match config.code {
        Code::Teb => (
            vec![
                times("t^2", 1, t, t)?,
                times("2 t q", 2, t, q)?,
                times("3 q^2", 3, q, q)?,
                times("t L", 1, t, modes)?,
                times("4 q L", 4, q, modes)?,
                times("6 (t + 2 q) L", 6, all, modes)?,
            ],
            vec![times("12 L^2", 12, modes, modes)?, times("16 q L", 16, q, modes)?],
        ),
        Code::Eb => (
            vec![times("(2 q)^2", 1, all, all)?, times("12 q L", 12, q, modes)?],
            vec![times("16 q L", 16, q, modes)?, times("6 L^2", 6, modes, modes)?],
        ),
        Code::T => (
            vec![times("t^2", 1, t, t)?, times("3 t L", 3, t, modes)?],
            vec![times("4 t L", 4, t, modes)?, times("2 L^2", 2, modes, modes)?],
        ),
    };
    stages.push(Stage::new("step_4", Vec::new(), step_4)?);
    stages.push(Stage::new("step_6", Vec::new(), step_6)?);
    Ok(stages)
}
