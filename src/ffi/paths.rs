//! Which of QUBE's two paths, in C: by time and by memory.

use super::guard::{guard, reference_mut};
use super::job::qube_job;
use super::run::{qube_run, run_in};
use super::structs::{self, Growable};
use crate::Error;
use crate::budget::{Bytes, Path, PathSide, Paths, path_by_time};

/// QUBE's harmonic path.
pub const QUBE_PATH_HARMONIC: i32 = 1;
/// QUBE's pixel-direct path.
pub const QUBE_PATH_PIXEL_DIRECT: i32 = 2;

/// Both of QUBE's paths through one survey, filled by qube_run_paths() and qube_fit_paths(); 56
/// bytes.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_paths {
    /// sizeof(qube_paths), set by the caller
    pub struct_size: usize,
    /// Lifetime peak of the harmonic path, one copy; -1: past 2^63 - 1 bytes.
    pub harmonic_peak_bytes: i64,
    /// What a node holds on the harmonic path, as in qube_request_memory(); -1: past 2^63 - 1
    /// bytes.
    pub harmonic_per_node_bytes: i64,
    /// Lifetime peak of the pixel-direct path, likewise.
    pub pixel_direct_peak_bytes: i64,
    /// What a node holds on the pixel-direct path, likewise.
    pub pixel_direct_per_node_bytes: i64,
    /// The path that QUBE takes, by time: QUBE_PATH_HARMONIC or QUBE_PATH_PIXEL_DIRECT. 0: the run
    /// does not tell the sizes of both, and all else here is 0, too.
    pub by_time: i32,
    /// 1: a node holds the limit at most on the harmonic path. 0: it holds more.
    pub harmonic_fits: i32,
    /// 1: a node holds the limit at most on the pixel-direct path. 0: it holds more.
    pub pixel_direct_fits: i32,
    /// 0
    pub reserved: i32,
}

// SAFETY: repr(C), struct_size first, numbers without padding.
unsafe impl Growable for qube_paths {
    const NAME: &'static str = "qube_paths";
    const BASELINE: usize = 56;
    fn defaults() -> Self {
        qube_paths {
            struct_size: size_of::<Self>(),
            harmonic_peak_bytes: 0,
            harmonic_per_node_bytes: 0,
            pixel_direct_peak_bytes: 0,
            pixel_direct_per_node_bytes: 0,
            by_time: 0,
            harmonic_fits: 0,
            pixel_direct_fits: 0,
            reserved: 0,
        }
    }
}

impl qube_paths {
    pub(super) fn of(paths: Option<&Paths>, limit: Bytes) -> qube_paths {
        let Some(Paths { by_time, sides: [harmonic, pixel_direct] }) = paths else {
            return qube_paths::defaults();
        };
        let fits = |side: &PathSide| side.fits(limit).into();
        qube_paths {
            harmonic_peak_bytes: or_overflow(harmonic.lifetime_peak),
            harmonic_per_node_bytes: or_overflow(harmonic.per_node),
            pixel_direct_peak_bytes: or_overflow(pixel_direct.lifetime_peak),
            pixel_direct_per_node_bytes: or_overflow(pixel_direct.per_node),
            by_time: path_number(*by_time),
            harmonic_fits: fits(harmonic),
            pixel_direct_fits: fits(pixel_direct),
            ..qube_paths::defaults()
        }
    }
}

/// Both of QUBE's paths: the one that QUBE takes, by time alone, what each of them holds, and which
/// fit. The run's own path has its switches, the other one the published defaults.
///
/// @param run          the run, made from a survey that tells the sizes of both paths: fields,
///                     pixels, multipoles and bins
/// @param job          nodes and ranks; NULL: defaults, one rank on one node
/// @param limit_bytes  memory of a node in bytes, 1 or more
/// @param out          receives both; its struct_size must be set. by_time is 0 for a run of
///                     ECLIPSE and where the run does not tell the sizes of both paths
/// @return QUBE_OK, whether they fit or not; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size, or unknown
///         fields set), QUBE_ERR_INPUT (limit_bytes, a number of the job outside its range, or one
///         that the code has no use for)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_run_paths(
    run: *const qube_run,
    job: *const qube_job,
    limit_bytes: i64,
    out: *mut qube_paths,
) -> i32 {
    guard(|| {
        let run = unsafe { run_in(run) }?;
        let job = unsafe { qube_job::checked(job) }?;
        let limit = Bytes::limit(limit_bytes)?;
        let paths = qube_paths::of(run.paths(&job)?.as_ref(), limit);
        unsafe { structs::write(&paths, out, "out") }
    })
}

/// The path that QUBE takes, by the time that it expects: harmonic if n_modes^3 <= (n_bins + 1)
/// n_pix^3, else pixel-direct. It never looks at memory. Exact for all sizes.
///
/// @param n_pix    pixels of all fields together; > 0
/// @param n_modes  harmonic modes of all fields together; > 0
/// @param n_bins   bins of multipoles; > 0
/// @param path     receives QUBE_PATH_HARMONIC or QUBE_PATH_PIXEL_DIRECT
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_INPUT (a size below 1)
///
/// Source: QUBE (CosmoForge), arXiv 2605.21149.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_path_by_time(
    n_pix: i64,
    n_modes: i64,
    n_bins: i64,
    path: *mut i32,
) -> i32 {
    guard(|| {
        let path = unsafe { reference_mut(path, "path") }?;
        let size = |name, value: i64| match value {
            1.. => Ok(value.unsigned_abs()),
            _ => Err(Error::Input { name, value, allowed: "1 or more" }),
        };
        let (n_pix, n_modes) = (size("n_pix", n_pix)?, size("n_modes", n_modes)?);
        *path = path_number(path_by_time(n_pix, n_modes, size("n_bins", n_bins)?));
        Ok(())
    })
}

/// One of QUBE's two paths.
fn path_number(path: Path) -> i32 {
    if path == Path::Harmonic { QUBE_PATH_HARMONIC } else { QUBE_PATH_PIXEL_DIRECT }
}

/// Bytes as C has them: -1 where they are past 2^63 - 1.
pub(super) fn or_overflow(bytes: Option<Bytes>) -> i64 {
    bytes.map_or(-1, Bytes::signed)
}
