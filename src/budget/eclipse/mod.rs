//! Budgets of ECLIPSE, the Fortran code for power spectra by quadratic maximum likelihood, in its three
//! codes: T, EB and TEB.
//!
//! With t and q observed pixels in temperature and polarisation, `L = (lmax + 1)^2 - 4` modes for TEB
//! and EB, `(lmax + 1)^2 - 1` for T, Lc the same with the covariance matrix's lmax, M maps and
//! `D` = t + 2q, 2q or t: matrices of doubles, summed over all ranks. Two budgets:
//! - [`EclipseConfig::budget`], the default: every array as the steps allocate and free it (`codes.rs`)
//! - [`EclipseConfig::published`]: the sums of the guide, which leave out the third step (`published.rs`)
//!
//! Source: ECLIPSE (CosmoTool; JCAP 07 (2021) 034), User Guide V1.02, chapter 6, and the run printed in
//! its `Example_NSide8`. Names of arrays are ours.

mod codes;
mod published;
use super::events::Recorder;
use super::input::{Count, Input, InputValue};
use super::model::Model;
use super::stage::{Budget, Path};
use crate::{Error, Result};

const GUIDE: &str = "ECLIPSE's User Guide V1.02";

/// Which of ECLIPSE's programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// Temperature alone.
    T,
    /// Polarisation alone.
    Eb,
    /// Both.
    Teb,
}

impl Code {
    pub const ALL: [Code; 3] = [Code::T, Code::Eb, Code::Teb];

    pub fn name(self) -> &'static str {
        match self {
            Code::T => "T",
            Code::Eb => "EB",
            Code::Teb => "TEB",
        }
    }

    /// The code of this name, in capitals or not.
    pub fn named(name: &str) -> Option<Code> {
        Code::ALL.into_iter().find(|code| code.name().eq_ignore_ascii_case(name))
    }

    fn note(self) -> &'static str {
        match self {
            Code::Teb => {
                "the trace gives all totals that the program prints in its shipped example"
            }
            Code::T | Code::Eb => "not checked against a run",
        }
    }
}

/// What ECLIPSE's memory depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EclipseConfig {
    pub code: Code,
    /// Observed pixels in temperature, 1 or more; absent for EB.
    pub pix_t: Option<i64>,
    /// Observed pixels in polarisation, 1 or more; absent for T.
    pub pix_p: Option<i64>,
    /// The largest multipole of the spectra, 2 or more; for T 1 or more.
    pub lmax: i64,
    /// The same of the covariance matrix; absent means `lmax`.
    pub lmax_cov: Option<i64>,
    /// Maps (of each kind, where they are crossed), 1 or more.
    pub maps: i64,
    /// Whether the maps are crossed with others.
    pub cross: bool,
    /// Whether the inverse of the covariance matrix is checked.
    pub check_inverse: bool,
    /// Whether the Fisher matrix is computed; if not, steps 4 to 6 do not run.
    pub fisher: bool,
}

/// The sizes that all arrays are made of.
struct Sizes {
    t: Count,
    q: Count,
    all: Count,
    modes: Count,
    modes_cov: Count,
    maps: Count,
}

impl EclipseConfig {
    /// One map, not crossed, no check of the inverse, with the Fisher matrix.
    pub fn new(code: Code, lmax: i64) -> EclipseConfig {
        EclipseConfig {
            code,
            pix_t: None,
            pix_p: None,
            lmax,
            lmax_cov: None,
            maps: 1,
            cross: false,
            check_inverse: false,
            fisher: true,
        }
    }

    /// What the program holds, step by step. Errors: `Input`, a size outside its range; `Missing`,
    /// pixels that the code needs; `Figure`, pixels that it has no use for; `Overflow`.
    pub fn budget(&self) -> Result<Budget> {
        let sizes = self.sizes()?;
        let mut recorder = Recorder::new();
        match self.code {
            Code::T => codes::t(self, &sizes, &mut recorder)?,
            Code::Eb => codes::eb(self, &sizes, &mut recorder)?,
            Code::Teb => codes::teb(self, &sizes, &mut recorder)?,
        }
        let (stages, trace) = recorder.ended()?;
        let budget = Budget::new(Path::Eclipse, GUIDE, self.inputs(&sizes), stages);
        let published = published::stages(self, &sizes)?;
        Ok(budget.with_trace(trace, published).with_note(self.code.note()))
    }

    /// What the guide says that it holds, in the steps that it has sums for. Errors: as `budget`;
    /// `Missing` where none of these steps runs.
    pub fn published(&self) -> Result<Budget> {
        let sizes = self.sizes()?;
        let stages = published::stages(self, &sizes)?;
        if stages.is_empty() {
            let needs = "`check_inverse`, or `fisher`: it has sums for these steps only";
            return Err(Error::Missing { name: "the sums of ECLIPSE's guide", needs });
        }
        let note = "the guide leaves out step 3, which grows with the number of maps";
        let budget = Budget::new(Path::Eclipse, GUIDE, self.inputs(&sizes), stages);
        Ok(budget.with_model(Model::Published).with_note(note))
    }

    fn sizes(&self) -> Result<Sizes> {
        let [t, q] = [
            self.pixels("pix_t", self.pix_t, self.code != Code::Eb)?,
            self.pixels("pix_p", self.pix_p, self.code != Code::T)?,
        ];
        let pixels = u128::from(t.value()) + 2 * u128::from(q.value());
        let all = u64::try_from(pixels).map_err(|_| Error::Overflow {
            what: "the number of pixels of all maps".into(),
            value: pixels.to_string(),
            allowed: "at most 2^64 - 1",
        })?;
        Ok(Sizes {
            t,
            q,
            all: Count::constant("pixels of all maps", all),
            modes: self.modes("lmax", "modes", self.lmax)?,
            modes_cov: match self.lmax_cov {
                Some(lmax) => self.modes("lmax_cov", "modes of the covariance", lmax)?,
                None => self.modes("lmax", "modes of the covariance", self.lmax)?,
            },
            maps: Count::input("maps", self.maps)?,
        })
    }

    /// Observed pixels, if the code needs them; 0 else.
    fn pixels(&self, name: &'static str, given: Option<i64>, needed: bool) -> Result<Count> {
        match (given, needed) {
            (Some(value), true) => Count::input(name, value),
            (None, false) => Ok(Count::constant(name, 0)),
            (None, true) => {
                Err(Error::Missing { name, needs: "`pix_t` for T, `pix_p` for EB, both for TEB" })
            }
            (Some(value), false) => Err(Error::Figure {
                name,
                value: format!("{value} with the code {}", self.code.name()),
                allowed: "`pix_t` for T, `pix_p` for EB, both for TEB",
            }),
        }
    }

    /// The least multipole with a mode.
    pub(super) fn least_lmax(&self) -> i64 {
        if self.code == Code::T { 1 } else { 2 }
    }

    /// Modes up to a multipole.
    fn modes(&self, name: &'static str, modes: &'static str, lmax: i64) -> Result<Count> {
        let (allowed, below) = match self.code {
            Code::T => ("1 or more", 1),
            Code::Eb | Code::Teb => ("2 or more", 4),
        };
        if lmax < self.least_lmax() {
            return Err(Error::Input { name, value: lmax, allowed });
        }
        let count = (u128::from(lmax.unsigned_abs()) + 1).pow(2) - below;
        let count = u64::try_from(count).map_err(|_| Error::Overflow {
            what: modes.into(),
            value: format!("({lmax} + 1)^2 - {below}"),
            allowed: "at most 2^64 - 1",
        })?;
        Ok(Count::constant(modes, count))
    }

    fn inputs(&self, sizes: &Sizes) -> Vec<Input> {
        let count = |name, value: Option<i64>| {
            let value = value.map(|value| InputValue::Count(value.unsigned_abs()));
            Input::given(name, value.unwrap_or(InputValue::Absent))
        };
        vec![
            Input::given("code", InputValue::Name(self.code.name().into())),
            count("pix_t", self.pix_t),
            count("pix_p", self.pix_p),
            count("lmax", Some(self.lmax)),
            count("lmax_cov", self.lmax_cov),
            sizes.maps.into(),
            Input::switch("cross", self.cross),
            Input::switch("check_inverse", self.check_inverse),
            Input::switch("fisher", self.fisher),
        ]
    }
}
