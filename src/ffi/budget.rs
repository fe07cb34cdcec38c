//! Budgets in C: config structs in, an opaque budget out, which is then asked for its parts.

use std::ffi::c_char;

use super::guard::{free_handle, guard, guard_handle, reference, reference_mut};
use super::status::Failure;
use super::structs::{self, Growable, truth};
use super::text::{text_in, text_out};
use crate::Error;
use crate::budget::{Budget, HarmonicConfig, PixelDirectConfig, Stage, Term};

/// Inputs of qube_budget_harmonic(). Begin with qube_harmonic_config_init(); 48 bytes.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_harmonic_config {
    /// sizeof(qube_harmonic_config)
    pub struct_size: usize,
    /// Pixels of all fields together (T: observed pixels; QU: twice; TQU: T's and twice QU's); > 0.
    /// No default.
    pub n_pix: i64,
    /// Harmonic modes of all fields together, the sum of (lmax + 1)^2 - lmin^2 over fields; > 0.
    /// No default.
    pub n_modes: i64,
    /// Largest multipole in the signal covariance; > 0. No default.
    pub lmax_signal: i64,
    /// Largest multipole that is estimated, 1 to lmax_signal; 0: absent, the default. Below
    /// lmax_signal the switch path is taken, which holds more.
    pub lmax: i64,
    /// 1, the default: the pixel projector V is dropped once the kernels are built. 0: it is kept.
    pub release_pixel_projector: i32,
    /// 1: derivatives stay in memory in the Fisher stage. 0, the default: they do not.
    pub derivative_cache: i32,
}

// SAFETY: repr(C), struct_size first, numbers without padding.
unsafe impl Growable for qube_harmonic_config {
    const NAME: &'static str = "qube_harmonic_config";
    const BASELINE: usize = 48;
    fn defaults() -> Self {
        let HarmonicConfig { release_pixel_projector, derivative_cache, .. } =
            HarmonicConfig::new(0, 0, 0);
        qube_harmonic_config {
            struct_size: size_of::<Self>(),
            n_pix: 0,
            n_modes: 0,
            lmax_signal: 0,
            lmax: 0,
            release_pixel_projector: release_pixel_projector.into(),
            derivative_cache: derivative_cache.into(),
        }
    }
}

impl qube_harmonic_config {
    fn checked(&self) -> Result<HarmonicConfig, Failure> {
        Ok(HarmonicConfig {
            n_pix: self.n_pix,
            n_modes: self.n_modes,
            lmax_signal: self.lmax_signal,
            lmax: (self.lmax != 0).then_some(self.lmax),
            release_pixel_projector: truth(
                self.release_pixel_projector,
                "release_pixel_projector",
            )?,
            derivative_cache: truth(self.derivative_cache, "derivative_cache")?,
        })
    }
}

/// Inputs of qube_budget_pixel_direct(). Begin with qube_pixel_direct_config_init(); 48 bytes.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_pixel_direct_config {
    /// sizeof(qube_pixel_direct_config)
    pub struct_size: usize,
    /// Pixels of all fields together (T: observed pixels; QU: twice; TQU: T's and twice QU's); > 0.
    /// No default.
    pub n_pix: i64,
    /// Largest multipole in the signal covariance; > 0. No default. Reported; no term has it.
    pub lmax_signal: i64,
    /// Bins of multipoles; > 0. No default.
    pub n_bins: i64,
    /// Parameters: n_bins times the number of spectra (T: 1, QU: 3, TQU: 6); > 0. No default.
    pub n_params: i64,
    /// 1, the default: the release holds S_fixed, as qube-qml before 1.2 does. 0: it does not.
    pub has_switch: i32,
    /// 1: binned derivatives stay in memory, which later releases can. 0, the default: they do not.
    pub cache_derivatives: i32,
}

// SAFETY: repr(C), struct_size first, numbers without padding.
unsafe impl Growable for qube_pixel_direct_config {
    const NAME: &'static str = "qube_pixel_direct_config";
    const BASELINE: usize = 48;
    fn defaults() -> Self {
        let PixelDirectConfig { has_switch, cache_derivatives, .. } =
            PixelDirectConfig::new(0, 0, 0, 0);
        qube_pixel_direct_config {
            struct_size: size_of::<Self>(),
            n_pix: 0,
            lmax_signal: 0,
            n_bins: 0,
            n_params: 0,
            has_switch: has_switch.into(),
            cache_derivatives: cache_derivatives.into(),
        }
    }
}

impl qube_pixel_direct_config {
    fn checked(&self) -> Result<PixelDirectConfig, Failure> {
        Ok(PixelDirectConfig {
            n_pix: self.n_pix,
            lmax_signal: self.lmax_signal,
            n_bins: self.n_bins,
            n_params: self.n_params,
            has_switch: truth(self.has_switch, "has_switch")?,
            cache_derivatives: truth(self.cache_derivatives, "cache_derivatives")?,
        })
    }
}

/// A stage of a budget, filled by qube_budget_stage(); 48 bytes.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_stage {
    /// sizeof(qube_stage), set by the caller
    pub struct_size: usize,
    /// Sum of the terms alive when the stage ends.
    pub persistent_bytes: i64,
    /// Sum of the terms alive only at the stage's peak.
    pub transient_bytes: i64,
    /// persistent_bytes + transient_bytes.
    pub peak_bytes: i64,
    /// Number of persistent terms; they are numbered 0 to n_persistent - 1.
    pub n_persistent: i64,
    /// Number of transient terms; they are numbered from n_persistent on.
    pub n_transient: i64,
}

// SAFETY: repr(C), struct_size first, numbers without padding.
unsafe impl Growable for qube_stage {
    const NAME: &'static str = "qube_stage";
    const BASELINE: usize = 48;
    fn defaults() -> Self {
        qube_stage {
            struct_size: size_of::<Self>(),
            persistent_bytes: 0,
            transient_bytes: 0,
            peak_bytes: 0,
            n_persistent: 0,
            n_transient: 0,
        }
    }
}

/// A budget compared with a limit, filled by qube_budget_check(); 56 bytes.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_check {
    /// sizeof(qube_check), set by the caller
    pub struct_size: usize,
    /// Limit minus lifetime peak, in bytes; negative: over by so much.
    pub spare_bytes: i64,
    /// The first stage whose peak exceeds the limit; -1 if it fits.
    pub stage: i64,
    /// How far that stage's peak is beyond the limit, in bytes; 0 if it fits.
    pub stage_over_bytes: i64,
    /// The first term of that stage, persistent before transient, with which the running total
    /// exceeds the limit; -1 if it fits.
    pub term: i64,
    /// The bytes of that term; 0 if it fits.
    pub term_bytes: i64,
    /// 1: the lifetime peak is at most the limit. 0: it is not.
    pub fits: i32,
    /// 0
    pub reserved: i32,
}

// SAFETY: repr(C), struct_size first, numbers without padding.
unsafe impl Growable for qube_check {
    const NAME: &'static str = "qube_check";
    const BASELINE: usize = 56;
    fn defaults() -> Self {
        qube_check {
            struct_size: size_of::<Self>(),
            spare_bytes: 0,
            stage: -1,
            stage_over_bytes: 0,
            term: -1,
            term_bytes: 0,
            fits: 1,
            reserved: 0,
        }
    }
}

/// A memory budget: the stages of a run, each with its named terms in bytes.
///
/// It never changes once made, so any number of threads may read one at the same time.
pub struct qube_budget(Budget);

/// Fills a config with the defaults: V released, no derivative cache, no lmax; the sizes are 0 and
/// must be set.
///
/// @param config  the struct to fill
/// @param size    sizeof *config
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (size)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_harmonic_config_init(
    config: *mut qube_harmonic_config,
    size: usize,
) -> i32 {
    guard(|| unsafe { structs::init(config, size, "config") })
}

/// Fills a config with the defaults: S_fixed held, derivatives not cached; the sizes are 0 and must
/// be set.
///
/// @param config  the struct to fill
/// @param size    sizeof *config
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (size)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_pixel_direct_config_init(
    config: *mut qube_pixel_direct_config,
    size: usize,
) -> i32 {
    guard(|| unsafe { structs::init(config, size, "config") })
}

/// The budget of QUBE's harmonic path, above the baseline of the process.
///
/// @param config  the inputs
/// @param out     receives the budget, to be freed by qube_budget_free(); NULL on failure
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size, or unknown fields set),
///         QUBE_ERR_INPUT (a size below 1, a negative lmax, a truth value other than 0 and 1),
///         QUBE_ERR_CONFLICT (lmax above lmax_signal), QUBE_ERR_OVERFLOW (a term or sum past
///         2^63 - 1 bytes)
///
/// Dense matrices of doubles; with p = 8 n_pix^2, x = 8 n_pix n_modes, m = 8 n_modes^2 bytes:
/// @verbatim
///   stage             persistent                              transient
///   covariance_setup  p                                       p
///   basis_setup       p + x + m, switch: + m, V kept: + x     V released: x, switch: + p + x
///   fisher_run        as basis_setup                          derivative cache: 5m
///   spectra_run       as basis_setup, + m                     none
/// @endverbatim
/// "switch" means 0 < lmax < lmax_signal. Measured runs were 0 to 5 % above these numbers. Below
/// n_pix of about 2400 they say nothing: the allocator and the interpreter outweigh the matrices.
/// Source: QUBE (CosmoForge), qube.memory_budget, arXiv 2605.21149.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_harmonic(
    config: *const qube_harmonic_config,
    out: *mut *mut qube_budget,
) -> i32 {
    guard_handle(out, "out", || {
        let config = unsafe { structs::read(config, "config") }?;
        Ok(qube_budget(config.checked()?.budget()?))
    })
}

/// The budget of QUBE's pixel-direct path, above the baseline of the process.
///
/// @param config  the inputs
/// @param out     receives the budget, to be freed by qube_budget_free(); NULL on failure
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size, or unknown fields set),
///         QUBE_ERR_INPUT (a size below 1, a truth value other than 0 and 1),
///         QUBE_ERR_OVERFLOW (a term or sum past 2^63 - 1 bytes)
///
/// Dense matrices of doubles; with p = 8 n_pix^2 bytes:
/// @verbatim
///   stage             persistent                              transient
///   covariance_setup  p                                       p
///   basis_setup       2p, has_switch: + p                     none
///   fisher_run        as basis_setup, + p,                    p + n_params p
///                     derivatives cached: + n_params p
///   spectra_run       as fisher_run, + p                      p + n_bins p
/// @endverbatim
/// Measured runs were 0 to 5 % above these numbers, but 11 % above in fisher_run without cache;
/// spectra_run is known to be up to 20 % high. Below n_pix of about 2400 they say nothing.
/// Source: QUBE (CosmoForge), qube.memory_budget, arXiv 2605.21149.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_pixel_direct(
    config: *const qube_pixel_direct_config,
    out: *mut *mut qube_budget,
) -> i32 {
    guard_handle(out, "out", || {
        let config = unsafe { structs::read(config, "config") }?;
        Ok(qube_budget(config.checked()?.budget()?))
    })
}

/// Frees a budget.
///
/// @param budget  the budget, in use by no other thread; NULL does nothing
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_free(budget: *mut qube_budget) {
    unsafe { free_handle(budget) }
}

/// How many stages there are.
///
/// @param budget  the budget
/// @param count   receives the number, 1 or more
/// @return QUBE_OK; QUBE_ERR_NULL
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_stage_count(
    budget: *const qube_budget,
    count: *mut i64,
) -> i32 {
    guard(|| {
        let budget = unsafe { budget_in(budget) }?;
        *unsafe { reference_mut(count, "count") }? = number(budget.stages().len());
        Ok(())
    })
}

/// The number of the stage with a given name.
///
/// @param budget  the budget
/// @param name    the exact name, such as "basis_setup"
/// @param stage   receives the number, counted from 0
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_UTF8, QUBE_ERR_UNKNOWN_STAGE (the message lists
///         the names)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_find_stage(
    budget: *const qube_budget,
    name: *const c_char,
    stage: *mut i64,
) -> i32 {
    guard(|| {
        let budget = unsafe { budget_in(budget) }?;
        let position = budget.position(unsafe { text_in(name, "name") }?)?;
        *unsafe { reference_mut(stage, "stage") }? = number(position);
        Ok(())
    })
}

/// The name of a stage.
///
/// @param budget  the budget
/// @param stage   the stage's number, counted from 0
/// @param buf     receives the name; NULL with cap 0 to ask for the length only
/// @param cap     bytes that buf can hold
/// @param length  receives the length in bytes, without the NUL
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_POSITION, QUBE_ERR_BUFFER (length is given too)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_stage_name(
    budget: *const qube_budget,
    stage: i64,
    buf: *mut c_char,
    cap: usize,
    length: *mut usize,
) -> i32 {
    guard(|| {
        let stage = stage_of(unsafe { budget_in(budget) }?, stage)?;
        unsafe { text_out(stage.name(), buf, cap, length) }
    })
}

/// The sums of a stage.
///
/// @param budget  the budget
/// @param stage   the stage's number, counted from 0
/// @param out     receives the sums; its struct_size must be set
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size), QUBE_ERR_POSITION
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_stage(
    budget: *const qube_budget,
    stage: i64,
    out: *mut qube_stage,
) -> i32 {
    guard(|| {
        let stage = stage_of(unsafe { budget_in(budget) }?, stage)?;
        let sums = qube_stage {
            persistent_bytes: stage.persistent_bytes().signed(),
            transient_bytes: stage.transient_bytes().signed(),
            peak_bytes: stage.peak_bytes().signed(),
            n_persistent: number(stage.persistent().len()),
            n_transient: number(stage.transient().len()),
            ..qube_stage::defaults()
        };
        unsafe { structs::write(&sums, out, "out") }
    })
}

/// The size of a term, and whether it is persistent.
///
/// @param budget      the budget
/// @param stage       the stage's number, counted from 0
/// @param term        the term's number in the stage, counted from 0, persistent terms first
/// @param bytes       receives its bytes
/// @param persistent  receives 1 if it is alive when the stage ends, 0 if only at the stage's peak
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_POSITION
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_term(
    budget: *const qube_budget,
    stage: i64,
    term: i64,
    bytes: *mut i64,
    persistent: *mut i32,
) -> i32 {
    guard(|| {
        let stage = stage_of(unsafe { budget_in(budget) }?, stage)?;
        let (position, term) = term_of(stage, term)?;
        let bytes = unsafe { reference_mut(bytes, "bytes") }?;
        let persistent = unsafe { reference_mut(persistent, "persistent") }?;
        *bytes = term.bytes().signed();
        *persistent = (position < stage.persistent().len()).into();
        Ok(())
    })
}

/// The name of a term, as its source names the array.
///
/// @param budget  the budget
/// @param stage   the stage's number, counted from 0
/// @param term    the term's number in the stage, counted from 0, persistent terms first
/// @param buf     receives the name; NULL with cap 0 to ask for the length only
/// @param cap     bytes that buf can hold
/// @param length  receives the length in bytes, without the NUL
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_POSITION, QUBE_ERR_BUFFER (length is given too)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_term_name(
    budget: *const qube_budget,
    stage: i64,
    term: i64,
    buf: *mut c_char,
    cap: usize,
    length: *mut usize,
) -> i32 {
    guard(|| {
        let (_, term) = term_of(stage_of(unsafe { budget_in(budget) }?, stage)?, term)?;
        unsafe { text_out(term.name(), buf, cap, length) }
    })
}

/// The largest peak of all stages.
///
/// @param budget  the budget
/// @param bytes   receives the bytes
/// @return QUBE_OK; QUBE_ERR_NULL
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_lifetime_peak(
    budget: *const qube_budget,
    bytes: *mut i64,
) -> i32 {
    guard(|| {
        let budget = unsafe { budget_in(budget) }?;
        *unsafe { reference_mut(bytes, "bytes") }? = budget.lifetime_peak_bytes().signed();
        Ok(())
    })
}

/// The stage with the largest peak; the first one where several have it.
///
/// @param budget  the budget
/// @param stage   receives its number, counted from 0
/// @return QUBE_OK; QUBE_ERR_NULL
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_peak_stage(
    budget: *const qube_budget,
    stage: *mut i64,
) -> i32 {
    guard(|| {
        let budget = unsafe { budget_in(budget) }?;
        *unsafe { reference_mut(stage, "stage") }? = number(budget.peak_stage_position());
        Ok(())
    })
}

/// The release whose memory use the budget follows, such as "qube-qml 1.1".
///
/// @param budget  the budget
/// @param buf     receives the text; NULL with cap 0 to ask for the length only
/// @param cap     bytes that buf can hold
/// @param length  receives the length in bytes, without the NUL
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_BUFFER (length is given too)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_release(
    budget: *const qube_budget,
    buf: *mut c_char,
    cap: usize,
    length: *mut usize,
) -> i32 {
    guard(|| unsafe { text_out(budget_in(budget)?.release(), buf, cap, length) })
}

/// The budget as a table for people: inputs, stages with their terms, GiB (2^30 bytes) and bytes.
/// Lines are at most 100 columns and end with a newline. The layout may change between releases.
///
/// @param budget  the budget
/// @param buf     receives the text; NULL with cap 0 to ask for the length only
/// @param cap     bytes that buf can hold
/// @param length  receives the length in bytes, without the NUL
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_BUFFER (length is given too)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_table(
    budget: *const qube_budget,
    buf: *mut c_char,
    cap: usize,
    length: *mut usize,
) -> i32 {
    guard(|| unsafe { text_out(&budget_in(budget)?.table(), buf, cap, length) })
}

/// The budget as a JSON document on one line, without a newline.
///
/// @param budget  the budget
/// @param buf     receives the text; NULL with cap 0 to ask for the length only
/// @param cap     bytes that buf can hold
/// @param length  receives the length in bytes, without the NUL
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_BUFFER (length is given too)
///
/// Fields: schema ("qube-budget/1"), path, release, stages (each: name, persistent and transient,
/// which are arrays of {name, bytes}, persistent_bytes, transient_bytes, peak_bytes),
/// lifetime_peak_bytes, peak_stage (its name), inputs (by name: {value, derived}; a value is a
/// number, true, false or null for one that is absent). Fields may be added, none renamed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_json(
    budget: *const qube_budget,
    buf: *mut c_char,
    cap: usize,
    length: *mut usize,
) -> i32 {
    guard(|| unsafe { text_out(&budget_in(budget)?.json(), buf, cap, length) })
}

/// Compares the budget with a limit: whether it fits, and if not, which stage and term first exceed
/// it. A peak equal to the limit fits.
///
/// @param budget       the budget
/// @param limit_bytes  the limit in bytes, 1 or more, such as qube_memory_limit() gives
/// @param out          receives the comparison; its struct_size must be set
/// @return QUBE_OK, whether it fits or not; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size),
///         QUBE_ERR_INPUT
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_check(
    budget: *const qube_budget,
    limit_bytes: i64,
    out: *mut qube_check,
) -> i32 {
    guard(|| {
        let check = unsafe { budget_in(budget) }?.check(limit_bytes)?;
        let mut verdict = qube_check { spare_bytes: check.spare(), ..qube_check::defaults() };
        if let Some(first) = check.over().first() {
            verdict.fits = 0;
            verdict.stage = number(first.stage_position);
            verdict.stage_over_bytes = first.over.signed();
            verdict.term = number(first.term_position);
            verdict.term_bytes = first.term.bytes().signed();
        }
        unsafe { structs::write(&verdict, out, "out") }
    })
}

/// The same comparison in words: one paragraph, no newline.
///
/// @param budget       the budget
/// @param limit_bytes  the limit in bytes, 1 or more
/// @param buf          receives the text; NULL with cap 0 to ask for the length only
/// @param cap          bytes that buf can hold
/// @param length       receives the length in bytes, without the NUL
/// @return QUBE_OK, whether it fits or not; QUBE_ERR_NULL, QUBE_ERR_INPUT, QUBE_ERR_BUFFER (length
///         is given too)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_check_message(
    budget: *const qube_budget,
    limit_bytes: i64,
    buf: *mut c_char,
    cap: usize,
    length: *mut usize,
) -> i32 {
    guard(|| {
        let check = unsafe { budget_in(budget) }?.check(limit_bytes)?;
        unsafe { text_out(&check.message(), buf, cap, length) }
    })
}

unsafe fn budget_in<'a>(budget: *const qube_budget) -> Result<&'a Budget, Failure> {
    Ok(&unsafe { reference(budget, "budget") }?.0)
}

fn stage_of(budget: &Budget, stage: i64) -> Result<&Stage, Error> {
    let stages = budget.stages();
    usize::try_from(stage).ok().and_then(|position| stages.get(position)).ok_or(Error::Position {
        what: "stage",
        value: stage,
        count: stages.len(),
    })
}

fn term_of(stage: &Stage, term: i64) -> Result<(usize, &Term), Error> {
    usize::try_from(term)
        .ok()
        .and_then(|position| Some((position, stage.terms().nth(position)?)))
        .ok_or_else(|| Error::Position { what: "term", value: term, count: stage.terms().count() })
}

/// A count or position as C has it; a Vec holds at most 2^63 - 1 items.
fn number(count: usize) -> i64 {
    count as i64
}
