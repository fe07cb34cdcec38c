//! Budgets of ECLIPSE, the Fortran code for power spectra by quadratic maximum likelihood, in its three
//! codes: T, EB and TEB.
//!
//! With t and q observed pixels in temperature and polarisation, `L = (lmax + 1)^2 - 4` modes for TEB
//! and EB, `(lmax + 1)^2 - 1` for T, Lc the same with the covariance matrix's lmax, M maps and
//! `D` = t + 2q, 2q or t: matrices of doubles, summed over all ranks. Three budgets:
//! - [`Model::Held`], the default: what a run holds on each rank (`held.rs`)
//! - [`Model::Printed`]: the totals of its log, which leave out what its subroutines allocate
//!   (`printed.rs`)
//! - [`Model::Published`]: the sums of the guide, which leave out the third step, too (`published.rs`)
//!
//! Source: ECLIPSE (CosmoTool; JCAP 07 (2021) 034), User Guide V1.02, chapter 6, the run printed in its
//! `Example_NSide8`, and measured runs. Names of arrays are ours.

mod held;
mod printed;
mod published;
mod survey;

use super::input::{Count, Derivation, Input, InputValue};
use super::model::Model;
use super::recorder::Recorder;
use super::stage::Stage;
use super::stages::{Budget, Path};
use super::survey::Fields;
use crate::{Error, Result};

const GUIDE: &str = "ECLIPSE's User Guide V1.02";

/// Maps that are read at a time.
const READ_AT_ONCE: u64 = 50;

/// A program of ECLIPSE.
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

    /// The maps that it takes.
    pub fn fields(self) -> Fields {
        match self {
            Code::T => Fields::T,
            Code::Eb => Fields::Qu,
            Code::Teb => Fields::Tqu,
        }
    }

    /// The code of this name, in capitals or not.
    pub fn named(name: &str) -> Option<Code> {
        Code::ALL.into_iter().find(|code| code.name().eq_ignore_ascii_case(name))
    }
}

/// Config of ECLIPSE: all inputs that its memory depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EclipseConfig {
    pub code: Code,
    /// Observed pixels in temperature, 1 or more; absent for EB.
    pub pix_t: Option<i64>,
    /// Observed pixels in polarisation, 1 or more; absent for T.
    pub pix_p: Option<i64>,
    /// The largest multipole of the spectra, 2 or more; for T 1 or more. ECLIPSE's key
    /// `Lmax_Power_Spectrum`.
    pub lmax: i64,
    /// The same of the covariance matrix, `Lmax_Covariance_Matrix`; absent means `lmax`.
    pub lmax_cov: Option<i64>,
    /// Maps (of each kind, where they are crossed), 1 or more; `Number_of_Maps`.
    pub maps: i64,
    /// HEALPix resolution of the map files, a power of two, 1 to 2^29; absent means the least whose
    /// sphere has as many pixels as are observed. A finer one takes more.
    pub nside: Option<i64>,
    /// Whether the files of T have maps of Q and U, too; for T only.
    pub tqu_maps: bool,
    /// Whether the maps are crossed with others.
    pub cross: bool,
    /// Whether the inverse of the covariance matrix is checked.
    pub check_inverse: bool,
    /// Whether the Fisher matrix is computed; if not, steps 4 to 6 do not run.
    pub fisher: bool,
    /// Held, printed in the log, or published in the guide.
    pub model: Model,
    /// Sizes that a survey derived, and how; every report repeats them.
    pub derivations: Vec<Derivation>,
}

/// The sizes that all arrays are made of.
struct Sizes {
    code: Code,
    lmax: u64,
    /// Pixels of a map of the whole sphere.
    sphere: Count,
    /// Maps that are read at a time.
    read: Count,
    /// Maps of each file that T reads.
    map_kinds: u64,
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
            nside: None,
            tqu_maps: false,
            model: Model::Held,
            derivations: Vec::new(),
        }
    }

    /// The budget of its model. Errors: `Input`, a size outside its range; `Missing`, pixels that the
    /// code needs, or a published budget without a step that the guide has a sum for; `Figure`,
    /// something that the code has no use for; `Conflict`, more pixels than the sphere has;
    /// `Overflow`.
    pub fn budget(&self) -> Result<Budget> {
        let sizes = self.sizes()?;
        let published = published::stages(self, &sizes)?;
        let budget = |stages| Budget::new(Path::Eclipse, GUIDE, self.inputs(&sizes), stages);
        match self.model {
            Model::Held => {
                let (printed, _) = self.log(&sizes)?;
                let held = budget(held::stages(self, &sizes)?).with_note(self.held_note());
                Ok(held.with_published(published).with_printed(printed))
            }
            Model::Printed => {
                let (stages, trace) = self.log(&sizes)?;
                let note = "the log leaves out what subroutines and ScaLAPACK allocate: runs held \
                            1.03 to 2.3 times as much";
                let printed = budget(stages).with_trace(trace).with_published(published);
                Ok(printed.with_model(Model::Printed).with_note(note))
            }
            Model::Published if published.is_empty() => {
                let needs = "`check_inverse`, or `fisher`: it has sums for these steps only";
                Err(Error::Missing { name: "the sums of ECLIPSE's guide", needs })
            }
            Model::Published => {
                let note = "the guide leaves out step 3, which grows with the number of maps, and \
                            all work arrays";
                Ok(budget(published).with_model(Model::Published).with_note(note))
            }
        }
    }

    /// The steps and events that the log counts.
    fn log(&self, sizes: &Sizes) -> Result<(Vec<Stage>, Vec<super::Event>)> {
        let mut recorder = Recorder::new();
        match self.code {
            Code::T => printed::t(self, sizes, &mut recorder)?,
            Code::Eb => printed::eb(self, sizes, &mut recorder)?,
            Code::Teb => printed::teb(self, sizes, &mut recorder)?,
        }
        recorder.ended()
    }

    fn held_note(&self) -> String {
        let mut note = "arrays on one rank alone, in bytes of the heap: ranks of a grid hold work \
                        arrays and messages beside their share (see per rank); 26 runs on 4 ranks \
                        held 0.93 to 1.07 times what a rank is given"
            .to_owned();
        match self.nside {
            None => {
                note +=
                    "; nside is the least that has the observed pixels, and a finer one takes more";
            }
            Some(nside) if self.lmax > nside.saturating_mul(4) => {
                let (lmax, most) = (self.lmax, nside.saturating_mul(4));
                note += &format!(
                    "; lmax {lmax} is above 4 nside = {most}, the most that nside {nside} resolves"
                );
            }
            Some(_) => {}
        }
        note
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
        let maps = Count::input("maps", self.maps)?;
        if self.tqu_maps && self.code != Code::T {
            return Err(Error::Figure {
                name: "tqu_maps",
                value: format!("given with the code {}", self.code.name()),
                allowed: "it for T only: the other codes know what their files have",
            });
        }
        Ok(Sizes {
            code: self.code,
            lmax: self.lmax.unsigned_abs(),
            sphere: Count::constant("pixels of the sphere", self.sphere(t, q)?.1),
            read: Count::constant("maps read at once", maps.value().min(READ_AT_ONCE)),
            map_kinds: if self.tqu_maps { 3 } else { 1 },
            t,
            q,
            all: Count::constant("pixels of all maps", all),
            modes: self.modes("lmax", "modes", self.lmax)?,
            modes_cov: match self.lmax_cov {
                Some(lmax) => self.modes("lmax_cov", "modes of the covariance", lmax)?,
                None => self.modes("lmax", "modes of the covariance", self.lmax)?,
            },
            maps,
        })
    }

    /// The nside of the maps, and the pixels of the sphere.
    fn sphere(&self, t: Count, q: Count) -> Result<(u64, u64)> {
        let observed = t.value().max(q.value());
        let pixels = |nside: u64| 12 * nside * nside;
        let Some(nside) = self.nside else {
            let mut powers = (0..30).map(|power| 1 << power);
            let least = powers.find(|&nside| pixels(nside) >= observed);
            let nside = least.ok_or_else(|| Error::Input {
                name: if t.value() >= q.value() { "pix_t" } else { "pix_p" },
                value: i64::try_from(observed).unwrap_or(i64::MAX),
                allowed: "at most 12 x 2^58, the pixels of the finest HEALPix map",
            })?;
            return Ok((nside, pixels(nside)));
        };
        let whole = super::survey::sphere(nside)?;
        if whole < observed {
            let name = if t.value() >= q.value() { "pix_t" } else { "pix_p" };
            return Err(Error::Conflict {
                name,
                value: observed as i64, // it was one
                other: "the number of pixels at this `nside`",
                other_value: whole as i64, // 12 x 2^58 at most
                allowed: "at most that many",
            });
        }
        Ok((nside.unsigned_abs(), whole))
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
    pub(crate) fn least_lmax(&self) -> i64 {
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
        let derived = |name: &'static str, value: Option<i64>| {
            let from = self.derivations.iter().find(|known| known.name == name);
            Input { from: from.map(|known| known.from.clone()), ..count(name, value) }
        };
        // The sizes were checked.
        let nside = self.sphere(sizes.t, sizes.q).ok().map(|(nside, _)| nside as i64);
        let least = "the least with as many pixels as are observed".to_owned();
        let nside = match self.nside {
            Some(_) => derived("nside", nside),
            None => Input { from: Some(least), ..count("nside", nside) },
        };
        vec![
            Input::given("code", InputValue::Name(self.code.name().into())),
            derived("pix_t", self.pix_t),
            derived("pix_p", self.pix_p),
            nside,
            count("lmax", Some(self.lmax)),
            count("lmax_cov", self.lmax_cov),
            sizes.maps.into(),
            Input::switch("cross", self.cross),
            Input::switch("check_inverse", self.check_inverse),
            Input::switch("fisher", self.fisher),
            Input::switch("tqu_maps", self.tqu_maps),
        ]
    }
}
