//! The releases of qube-qml that the formulas follow: those before 1.2 hold S_fixed, the later ones
//! never build it.

pub(super) fn followed(has_switch: bool) -> &'static str {
    if has_switch { "qube-qml 1.1" } else { "qube-qml 1.2" }
}

/// How far the formulas have been compared with runs (tests/budget.rs).
pub(super) const HARMONIC_RUNS: &str = "measured runs held 0 to 5 % more; below n_pix of about 2400 \
    the allocator and the interpreter outweigh the matrices";
pub(super) const PIXEL_DIRECT_RUNS: &str = "measured runs held 0 to 5 % more, 11 % in fisher_run \
    without cache, and up to 20 % less in spectra_run; below n_pix of about 2400 the allocator and \
    the interpreter outweigh the matrices";
