//! The arrays that a run of ECLIPSE holds on each rank, step by step.
//!
//! Its own bookkeeping leaves out the arrays of its subroutines and ScaLAPACK's buffers. Each step here is
//! a list of moments, with what is live at each; a rank holds most at the moment that is worst for it.
//! Sizes in doubles, as in [`super`]; l is the lmax of the spectra, k = min(50, M) maps are read at a
//! time, P = 12 nside^2, N = numroc(M over the process columns). In flight and kept:
//! - `pdgemr2d` allocates whole local blocks to send and to receive, and messages; BLACS keeps the
//!   largest message S until it ends: of the blocks of the covariance matrix that move to their place
//!   (TEB, EB), of the maps that the second process row sends to the first
//! - `pdpotrf` takes (local rows + local columns) NB; pdgemm, pdsymm and pzgemm keep panels of
//!   W = 0.75 (local rows + local columns of D) NB: W/2 in step 1, 2 W in step 6 and spectra, W else
//! - harmonics are made whole along l: each process column has a copy of its rows
//!
//! Source: ECLIPSE's sources, and 26 runs on 4 ranks (T, EB, TEB; nside 8 to 32, up to 3.0 GB), to which
//! 0.75 and the multiples of W were fitted: heap peaks of 60 MB or more are 0.93 to 1.07 of the model.
//! tests/eclipse_runs.rs holds it to 18 of these runs.

mod arrays;
mod step_3;

use super::{Code, EclipseConfig, Sizes};
use crate::Result;
use crate::budget::input::Count;
use crate::budget::stage::Stage;
use crate::budget::term::{Holder, Term};

/// All steps of a run.
pub fn stages(config: &EclipseConfig, sizes: &Sizes) -> Result<Vec<Stage>> {
    let arrays = Arrays { config, sizes };
    let mut stages = vec![arrays.step_1()?, arrays.step_2()?, arrays.step_3()?];
    if config.fisher {
        stages.extend([arrays.step_4()?, arrays.step_5()?, arrays.step_6()?]);
    }
    stages.push(arrays.spectra()?);
    Ok(stages)
}

/// Makes the terms of one run.
struct Arrays<'a> {
    config: &'a EclipseConfig,
    sizes: &'a Sizes,
}

/// A step while its moments are listed.
struct Step {
    name: &'static str,
    /// Live at every moment.
    base: Vec<Term>,
    moments: Vec<Vec<Term>>,
}

impl Step {
    fn new(name: &'static str, base: Vec<Term>) -> Step {
        Step { name, base, moments: Vec::new() }
    }

    /// A moment at which this is live beside the base.
    fn moment(mut self, live: Vec<Term>) -> Step {
        self.moments.push(live);
        self
    }

    /// The stage that ends with `kept` live.
    fn keeps(self, kept: Vec<Term>) -> Result<Stage> {
        let Step { name, base, moments } = self;
        let with_base = |live: Vec<Term>| base.iter().cloned().chain(live).collect();
        Stage::of_moments(name, moments.into_iter().map(with_base).collect(), kept)
    }
}

impl Arrays<'_> {
    fn step_1(&self) -> Result<Stage> {
        let &Sizes { t, q, modes_cov, .. } = self.sizes;
        let of_t = |name, n| self.cyclic(name, n, t, modes_cov);
        let of_q = |name, n| self.cyclic(name, n, q, modes_cov);
        let in_flight = self.cyclic("block on its way between ranks", 1, q, q)?;
        let harmonics = self.harmonics_for_covariance()?;
        let covariance = self.covariance()?;
        let held = |work: Vec<Term>| [vec![covariance.clone()], harmonics.clone(), work].concat();
        let mut step = Step::new("step_1", vec![self.panels(3)?]);
        step = match self.config.code {
            Code::T => {
                // The matrix is made beside its own copy, and of one more array of harmonics.
                let work = vec![
                    self.cyclic("work array of the covariance matrix", 1, t, t)?,
                    of_t("work harmonics", 1)?,
                ];
                step.moment(held(work))
            }
            Code::Eb => step.moment(held(vec![
                of_q("work harmonics", 1)?,
                self.cyclic("work arrays of the blocks", 5, q, q)?,
                in_flight,
            ])),
            Code::Teb => step
                .moment(held(vec![
                    self.cyclic("work arrays of the block TT", 3, t, t)?,
                    in_flight.clone(),
                ]))
                .moment(held(vec![
                    of_t("work harmonics of T", 1)?,
                    self.cyclic("work arrays of the blocks TQ and TU", 3, t, q)?,
                    in_flight.clone(),
                ]))
                .moment(held(vec![
                    of_q("work harmonics of Q and U", 1)?,
                    self.cyclic("work arrays of the blocks QQ, QU and UU", 4, q, q)?,
                    in_flight,
                ])),
        };
        let lmax = self.config.lmax_cov.unwrap_or(self.config.lmax);
        for making in self.making_harmonics(lmax)? {
            step = step.moment([harmonics.clone(), vec![making]].concat());
        }
        step.keeps(vec![covariance, self.message(false)?])
    }

    fn step_2(&self) -> Result<Stage> {
        let (covariance, message) = (self.covariance()?, self.message(false)?);
        let mut live = vec![covariance.clone(), message.clone()];
        if self.config.check_inverse {
            let all = self.sizes.all;
            live.push(self.cyclic("product of the matrix and its inverse", 1, all, all)?);
        }
        live.push(self.panels_of("work array of pdpotrf", 8)?);
        Step::new("step_2", live).moment(Vec::new()).keeps(vec![covariance, message])
    }

    fn step_4(&self) -> Result<Stage> {
        let &Sizes { t, q, modes, .. } = self.sizes;
        let (covariance, message) = (self.covariance()?, self.message(true)?);
        let products = self.products()?;
        let kept = [products.clone(), vec![message.clone()]].concat();
        match self.config.code {
            Code::Teb => {
                let blocks = [
                    self.cyclic("inverse covariance, TT", 1, t, t)?,
                    self.cyclic("inverse covariance, TQ and TU", 2, t, q)?,
                    self.cyclic("inverse covariance, QQ, QU and UU", 3, q, q)?,
                ];
                let larger = if t.value() >= q.value() { t } else { q };
                let harmonics = self.harmonics()?;
                let imaginary = [
                    self.cyclic("harmonics of T, imaginary part", 1, t, modes)?,
                    self.cyclic("harmonics of Q and U, imaginary part", 4, q, modes)?,
                ];
                let real = [
                    self.cyclic("products with T, real part", 3, t, modes)?,
                    self.cyclic("products with Q and U, real part", 6, q, modes)?,
                ];
                let unpacking = vec![
                    covariance,
                    self.cyclic("work arrays of the blocks", 2, larger, larger)?,
                    self.cyclic("block on its way between ranks", 1, larger, larger)?,
                ];
                Step::new("step_4", [blocks.to_vec(), vec![message]].concat())
                    .moment([harmonics.clone(), unpacking].concat())
                    .moment([harmonics, real.to_vec()].concat())
                    .moment([imaginary.to_vec(), products].concat())
                    .keeps(kept)
            }
            Code::Eb | Code::T => Step::new("step_4", vec![covariance, self.panels(6)?, message])
                .moment(products)
                .keeps(kept),
        }
    }

    /// Arrays that outlive steps 4 and 5: harmonics and products with the inverse, in their places.
    fn products(&self) -> Result<Vec<Term>> {
        let &Sizes { t, q, modes, .. } = self.sizes;
        Ok(match self.config.code {
            Code::Teb => vec![
                self.cyclic("products with T", 6, t, modes)?,
                self.cyclic("products with Q and U", 12, q, modes)?,
            ],
            Code::Eb => vec![self.cyclic("harmonics and products", 12, q, modes)?],
            Code::T => vec![self.cyclic("harmonics and products", 3, t, modes)?],
        })
    }

    fn step_5(&self) -> Result<Stage> {
        let &Sizes { t, q, modes, .. } = self.sizes;
        let (products, message) = (self.products()?, self.message(true)?);
        let work = match self.config.code {
            Code::Teb => {
                let larger = if t.value() >= q.value() { t } else { q };
                vec![self.cyclic("work array of the products", 1, larger, modes)?]
            }
            Code::Eb => vec![self.cyclic("work arrays of the products", 6, q, modes)?],
            Code::T => Vec::new(),
        };
        let kept = [products.clone(), vec![message]].concat();
        Step::new("step_5", [kept.clone(), vec![self.panels(6)?]].concat()).moment(work).keeps(kept)
    }

    fn step_6(&self) -> Result<Stage> {
        let &Sizes { t, q, modes, lmax, .. } = self.sizes;
        let message = self.message(true)?;
        let of_t = |n| self.cyclic("packed harmonics and products with T", n, t, modes);
        let of_q = |n| self.cyclic("packed harmonics and products with Q and U", n, q, modes);
        let of_modes = |name: &'static str, n| self.cyclic(name, n, modes, modes);
        let (fisher, bigger) =
            ("Fisher matrix by modes", "Fisher matrix by modes, with its work arrays");
        let mut step = Step::new("step_6", vec![self.panels(12)?, message.clone()]);
        let before = match self.config.code {
            Code::Teb => {
                let larger = if t.value() >= q.value() { t } else { q };
                let binned = Count::constant("multipoles", lmax.saturating_sub(1));
                let packing =
                    self.cyclic("work arrays, while they are packed", 2, larger, modes)?;
                step = step
                    .moment(vec![of_t(6)?, of_q(8)?, packing])
                    .moment(vec![of_t(8)?, of_q(8)?, of_modes(fisher, 6)?])
                    .moment(vec![of_q(16)?, of_modes(fisher, 12)?])
                    .moment(vec![
                        of_modes(bigger, 19)?,
                        self.plain("Fisher matrix by multipoles", 37, binned, binned)?,
                    ]);
                vec![of_t(8)?, of_q(8)?]
            }
            Code::Eb => {
                step = step
                    .moment(vec![of_q(16)?, of_modes(fisher, 6)?])
                    .moment(vec![of_modes(bigger, 9)?]);
                vec![of_q(16)?]
            }
            Code::T => {
                step = step
                    .moment(vec![of_t(4)?, of_modes(fisher, 2)?])
                    .moment(vec![of_modes(bigger, 3)?]);
                vec![of_t(4)?]
            }
        };
        for making in self.making_harmonics(self.config.lmax)? {
            step = step.moment([before.clone(), vec![making]].concat());
        }
        step.keeps(vec![message])
    }

    fn spectra(&self) -> Result<Stage> {
        let &Sizes { maps, lmax, code, .. } = self.sizes;
        let message = self.message(true)?;
        let multipoles = match code {
            Code::T => lmax,
            Code::Eb | Code::Teb => lmax.saturating_sub(1),
        };
        let (matrices, of_maps) = match code {
            Code::Teb => (72, 12),
            Code::Eb => (18, 6),
            Code::T => (2, 2),
        };
        let multipoles = Count::constant("multipoles", multipoles);
        let mut live = vec![
            self.plain("Fisher matrix and its inverse", matrices, multipoles, multipoles)?
                .held_by(Holder::FirstRank),
            self.plain("spectra of all maps", of_maps, multipoles, maps)?
                .held_by(Holder::FirstRank),
            self.panels(12)?,
        ];
        // Without a Fisher matrix ECLIPSE never frees them.
        let mut kept = vec![message];
        if !self.config.fisher {
            kept.push(self.covariance()?);
            kept.extend(self.harmonics()?);
        }
        live.extend(kept.iter().cloned());
        Step::new("spectra", live).moment(Vec::new()).keeps(kept)
    }
}
