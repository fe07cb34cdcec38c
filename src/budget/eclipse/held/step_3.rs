//! Step 3: harmonics, and the coefficients of the maps.

use super::{Arrays, Step};
use crate::Result;
use crate::budget::eclipse::{Code, Sizes};
use crate::budget::input::Count;
use crate::budget::stage::Stage;
use crate::budget::term::{Holder, Layout, Term};

impl Arrays<'_> {
    pub(super) fn step_3(&self) -> Result<Stage> {
        let &Sizes { all, modes, maps, lmax, .. } = self.sizes;
        let (covariance, harmonics) = (self.covariance()?, self.harmonics()?);
        let message = self.message(true)?;
        let base = [vec![covariance, self.panels(6)?], harmonics.clone()].concat();
        let of_maps = |name: &'static str, n| self.cyclic(name, n, all, maps);
        let of_modes = |n| self.cyclic("coefficients of the maps", n, modes, maps);
        let in_columns = |n, degrees: u64| -> Result<Term> {
            let rows = Count::constant("degrees", degrees);
            Ok(self.plain("spectra of the maps", n, rows, maps)?.laid_out(Layout::Columns))
        };
        let crossed = self.config.cross;
        let read = of_maps("maps", if crossed { 2 } else { 1 })?;
        let mut step = Step::new("step_3", base);
        for load in self.loads()? {
            step = step.moment([vec![read.clone(), message.clone()], load].concat());
        }
        let work = of_maps("work array of the maps", 1)?;
        step = step.moment(vec![read.clone(), work, message.clone()]);
        let one = of_maps("maps", 1)?;
        let moments = match (self.config.code, crossed) {
            (Code::Teb, false) => vec![
                vec![one, of_modes(7)?],
                vec![of_modes(9)?, in_columns(6, lmax.saturating_sub(1))?],
            ],
            (Code::Teb, true) => vec![
                vec![read, of_modes(7)?],
                vec![one, of_modes(13)?],
                vec![of_modes(15)?, in_columns(6, lmax.saturating_sub(1))?],
            ],
            (Code::Eb, false) => {
                vec![vec![one, of_modes(10)?, in_columns(3, lmax.saturating_sub(1))?]]
            }
            (Code::Eb, true) => vec![vec![read, of_modes(14)?]],
            (Code::T, false) => vec![vec![one, of_modes(3)?, in_columns(1, lmax)?]],
            (Code::T, true) => vec![vec![read, of_modes(5)?]],
        };
        for live in moments {
            step = step.moment([live, vec![message.clone()]].concat());
        }
        if self.config.code == Code::Eb {
            let packing =
                self.cyclic("harmonics, while they are packed", 6, self.sizes.q, modes)?;
            step = step.moment(vec![packing]);
        }
        for making in self.making_harmonics(self.config.lmax)? {
            step = step.moment(vec![making]);
        }
        step.keeps([vec![self.covariance()?], harmonics, vec![message]].concat())
    }

    /// Arrays live while maps are read.
    fn loads(&self) -> Result<[Vec<Term>; 3]> {
        let &Sizes { all, sphere, maps, read, map_kinds, code, .. } = self.sizes;
        let whole = |n: u64| self.plain("maps as read, of the whole sphere", n, sphere, read);
        let of_sphere = |n: u64| -> Result<Term> {
            let term = self.plain("maps on the whole sphere", n, sphere, maps)?;
            Ok(term.laid_out(Layout::Columns).held_by(Holder::FirstRow))
        };
        let observed = |n: u64| -> Result<Term> {
            let term = self.plain("observed pixels of the maps", n, all, maps)?;
            Ok(term.laid_out(Layout::Columns).held_by(Holder::FirstRow))
        };
        let first_rank = |n| whole(n).map(|term| term.held_by(Holder::FirstRank));
        let work = self.cyclic("work array of the maps", 1, all, maps)?;
        Ok(match code {
            Code::Teb => [
                vec![first_rank(6)?, of_sphere(3)?],
                vec![first_rank(3)?, of_sphere(3)?, observed(1)?],
                vec![first_rank(3)?, observed(2)?, work],
            ],
            Code::Eb => [
                vec![whole(3)?, of_sphere(2)?],
                vec![of_sphere(2)?, observed(1)?],
                vec![observed(2)?, work],
            ],
            Code::T => [
                vec![whole(map_kinds)?, of_sphere(1)?],
                vec![of_sphere(1)?, observed(1)?],
                vec![observed(2)?, work],
            ],
        })
    }
}
