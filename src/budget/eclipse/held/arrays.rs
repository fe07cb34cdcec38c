//! Arrays that several steps share.

use std::sync::Arc;

use super::Arrays;
use crate::Result;
use crate::budget::eclipse::{Code, Sizes};
use crate::budget::input::Count;
use crate::budget::term::{Layout, Move, Shape, Term};

impl Arrays<'_> {
    pub(super) fn covariance(&self) -> Result<Term> {
        self.cyclic("covariance matrix", 1, self.sizes.all, self.sizes.all)
    }

    pub(super) fn harmonics_for_covariance(&self) -> Result<Vec<Term>> {
        let &Sizes { t, q, modes_cov, code, .. } = self.sizes;
        let of_t = || self.cyclic("harmonics of T, for the covariance", 2, t, modes_cov);
        let of_q = || self.cyclic("harmonics of Q and U, for the covariance", 8, q, modes_cov);
        self.of_code(code, of_t, of_q)
    }

    pub(super) fn harmonics(&self) -> Result<Vec<Term>> {
        let &Sizes { t, q, modes, code, .. } = self.sizes;
        let of_t = || self.cyclic("harmonics of T", 2, t, modes);
        let of_q = || self.cyclic("harmonics of Q and U", 8, q, modes);
        self.of_code(code, of_t, of_q)
    }

    /// Work arrays of the harmonics of either side, which are made one after the other.
    pub(super) fn making_harmonics(&self, lmax: i64) -> Result<Vec<Term>> {
        let &Sizes { t, q, code, .. } = self.sizes;
        // 3 (l + 1) + 2 + 2 (2 l + 1) and 5 (l + 1) + 6 + 8 (2 l + 1); lmax was checked.
        let l = lmax.unsigned_abs();
        let making = |name: &'static str, pixels, per_pixel: u128| -> Result<Term> {
            let per_pixel = u64::try_from(per_pixel).unwrap_or(u64::MAX);
            let columns = Count::constant("work of a pixel", per_pixel);
            Ok(self.plain(name, 1, pixels, columns)?.laid_out(Layout::Rows))
        };
        let l = u128::from(l);
        let of_t = || making("harmonics of T, while they are made", t, 7 * l + 7);
        let of_q = || making("harmonics of Q and U, while they are made", q, 21 * l + 19);
        self.of_code(code, of_t, of_q)
    }

    pub(super) fn of_code(
        &self,
        code: Code,
        of_t: impl Fn() -> Result<Term>,
        of_q: impl Fn() -> Result<Term>,
    ) -> Result<Vec<Term>> {
        match code {
            Code::T => Ok(vec![of_t()?]),
            Code::Eb => Ok(vec![of_q()?]),
            Code::Teb => Ok(vec![of_t()?, of_q()?]),
        }
    }

    /// The largest message so far, which BLACS keeps.
    pub(super) fn message(&self, with_maps: bool) -> Result<Term> {
        let &Sizes { t, q, all, maps, code, .. } = self.sizes;
        let [t, q, all, maps] = [t, q, all, maps].map(|count| count.value());
        let block = |rows, columns, down, right| Move::Block { rows, columns, down, right };
        let mut moves = match code {
            Code::T => Vec::new(),
            Code::Eb => vec![block(q, q, 0, 0), block(q, q, 0, q), block(q, q, q, q)],
            Code::Teb => vec![
                block(t, t, 0, 0),
                block(t, q, 0, t),
                block(t, q, 0, t + q),
                block(q, q, t, t),
                block(q, q, t, t + q),
                block(q, q, t + q, t + q),
            ],
        };
        if with_maps {
            moves.push(Move::ToFirstRow { rows: all, columns: maps });
        }
        let shape = Shape { matrices: 1, rows: all, columns: all, element_bytes: 8 };
        Term::work("largest message, kept by BLACS", shape, Layout::Message(Arc::from(moves)))
    }

    /// Panels of PBLAS over the covariance matrix, with `element_bytes` for each element.
    pub(super) fn panels(&self, element_bytes: u64) -> Result<Term> {
        self.panels_of("panels of PBLAS", element_bytes)
    }

    pub(super) fn panels_of(&self, name: &'static str, element_bytes: u64) -> Result<Term> {
        let all = self.sizes.all.value();
        let shape = Shape { matrices: 1, rows: all, columns: all, element_bytes };
        Term::work(name, shape, Layout::Panels)
    }

    /// Block-cyclic matrices.
    pub(super) fn cyclic(
        &self,
        name: &'static str,
        n: u64,
        rows: Count,
        columns: Count,
    ) -> Result<Term> {
        Ok(self.plain(name, n, rows, columns)?.laid_out(Layout::BlockCyclic))
    }

    pub(super) fn plain(
        &self,
        name: &'static str,
        n: u64,
        rows: Count,
        columns: Count,
    ) -> Result<Term> {
        Term::matrices(name, Count::constant("copies", n), rows, columns)
    }
}
