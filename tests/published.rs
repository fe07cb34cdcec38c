//! What QUBE's own calculator prints: to the byte, by its names, for each release, and against the
//! calculator's arithmetic stated a second time.

use proptest::prelude::*;
use qube_budget::Error;
use qube_budget::budget::{
    Budget, HarmonicConfig, Model, PixelDirectConfig, Release, Stage, Term, TraditionalConfig,
};

const PUBLISHED: Model = Model::Published;

/// The QU run of the ECLIPSE comparison in QUBE's calibration.
fn eclipse_qu() -> HarmonicConfig {
    let sizes = HarmonicConfig::new(59136, 33274, 256);
    HarmonicConfig { lmax: Some(128), model: PUBLISHED, ..sizes }
}

/// QU at nside 64, fsky 0.1, 6 bins of 3 spectra.
fn qu_64() -> PixelDirectConfig {
    PixelDirectConfig { model: PUBLISHED, ..PixelDirectConfig::new(9800, 256, 6, 18) }
}

fn names(terms: &[Term]) -> Vec<&str> {
    terms.iter().map(|term| term.name()).collect()
}

/// `qube.memory_budget` for this configuration, in all releases.
#[test]
fn harmonic_budget_of_the_eclipse_qu_run() {
    for release in Release::ALL {
        let budget = HarmonicConfig { release, ..eclipse_qu() }.budget().unwrap();
        let basis = budget.stage("basis_setup").unwrap();
        assert_eq!(basis.persistent_bytes().get(), 61_432_607_296);
        assert_eq!(basis.peak_bytes().get(), 120_892_199_488);
        assert_eq!(budget.stage("spectra_run").unwrap().peak_bytes().get(), 70_289_879_904);
        assert_eq!(budget.lifetime_peak_bytes().get(), 120_892_199_488);
        assert_eq!(budget.peak_stage().name(), "basis_setup");
        assert_eq!(budget.release(), format!("qube-qml {}", release.name()));
        assert_eq!(budget.model(), PUBLISHED);
    }
}

/// `qube.memory_budget` for this configuration, p = 768320000: 3p, 23p and 12p of 1.1 with switch, which
/// is one p less without; cached 40p since 1.2.
#[test]
fn pixel_direct_budget_of_the_qu_64_run() {
    let stages = |config: PixelDirectConfig| {
        let budget = config.budget().unwrap();
        ["basis_setup", "fisher_run", "spectra_run"]
            .map(|stage| budget.stage(stage).unwrap().peak_bytes().get() / 768_320_000)
    };
    let with_switch = PixelDirectConfig { release: Release::V1_1, lmax: Some(128), ..qu_64() };
    assert_eq!(stages(with_switch), [3, 23, 12]);
    for release in Release::ALL {
        assert_eq!(stages(PixelDirectConfig { release, ..qu_64() }), [2, 22, 11]);
    }
    for release in [Release::V1_2, Release::V1_3] {
        let cached = PixelDirectConfig { release, cache_derivatives: true, ..qu_64() };
        assert_eq!(stages(cached), [2, 40, 29]);
    }
}

/// Term names are keys that people look up; these are QUBE's own.
#[test]
fn terms_carry_the_names_of_the_source() {
    let budget = eclipse_qu().budget().unwrap();
    let basis = budget.stage("basis_setup").unwrap();
    assert_eq!(
        names(basis.persistent()),
        [
            "L (Cholesky factor of N, in-place)",
            "V_N_inv",
            "V_Ninv_VT (M kernel)",
            "T (noise-bias kernel, switch path)"
        ]
    );
    assert_eq!(
        names(basis.transient()),
        [
            "V (transient before release)",
            "S_fixed (switch optimisation)",
            "corr intermediate (V_N_inv @ S_fixed)"
        ]
    );
    let kept = HarmonicConfig { keep_pixel_projector: true, lmax: None, ..eclipse_qu() };
    let kept = kept.budget().unwrap();
    assert_eq!(names(kept.stages()[0].persistent()), ["Cov_T"]);
    assert_eq!(names(kept.stages()[0].transient()), ["Cov_T (asfortranarray copy on read)"]);
    let basis = kept.stage("basis_setup").unwrap();
    assert_eq!(basis.persistent().last().unwrap().name(), "V (pixel projector)");
    assert!(basis.transient().is_empty());
    assert!(kept.stage("fisher_run").unwrap().transient().is_empty());
    let spectra = kept.stage("spectra_run").unwrap();
    assert_eq!(spectra.persistent().last().unwrap().name(), "noise_cov_T (Spectra)");

    let filtered = HarmonicConfig { working_dim: Some(40_000), ..eclipse_qu() }.budget().unwrap();
    assert_eq!(
        names(filtered.stages()[0].transient()),
        [
            "Cov_T (asfortranarray copy on read)",
            "N (unrestricted, alive during restriction)",
            "W^T N intermediate"
        ]
    );
    assert_eq!(
        names(filtered.stages()[1].persistent())[3..],
        ["W (filter basis, held all run)", "T (noise-bias kernel, switch path)"]
    );
    assert_eq!(
        names(filtered.stages()[1].transient()),
        [
            "V (transient before release)",
            "V (unrestricted, alive during V W Σ)",
            "S_fixed (switch optimisation)",
            "S_fixed (restricted copy)",
            "corr intermediate (V_N_inv @ S_fixed)"
        ]
    );

    let pixel = PixelDirectConfig { cache_derivatives: true, working_dim: Some(9000), ..qu_64() };
    let pixel = pixel.budget().unwrap();
    assert_eq!(
        names(pixel.stages()[0].persistent()),
        ["Cov_T (Core retains; not nullified for pixel-direct)"]
    );
    let spectra = pixel.stage("spectra_run").unwrap();
    assert_eq!(
        names(spectra.persistent()),
        [
            "Cov_T (carried from covariance_setup)",
            "basis._N (asfortranarray F-order copy)",
            "W (filter basis, held all run)",
            "_direct_pix_buffer (lazy on first derivative)",
            "binned derivative cache (retained for Spectra)",
            "noise_cov_w (Spectra)"
        ]
    );
    assert_eq!(
        names(spectra.transient()),
        ["C_inv per parameter point", "per-bin C^{-1} dC products"]
    );
    assert_eq!(
        names(pixel.stage("fisher_run").unwrap().transient()),
        [
            "C_inv (basis_manager.get_projected_inverse)",
            "cinv_times_dcb (n_params dense pixel matrices)",
            "binned kernel output (before conjugation)",
            "conjugation intermediate (W^T dC)"
        ]
    );
    let old = PixelDirectConfig { release: Release::V1_1, lmax: Some(8), ..qu_64() };
    assert_eq!(
        names(old.budget().unwrap().stages()[1].persistent())[2],
        "S_fixed (allocator pool retained)"
    );
}

/// A held budget says what the calculator prints; a published one is it.
#[test]
fn a_held_budget_says_what_the_calculator_prints() {
    let held = HarmonicConfig { model: Model::Held, ..eclipse_qu() }.budget().unwrap();
    assert_eq!(held.published(), eclipse_qu().budget().unwrap().stages());
    assert_eq!(held.published_peak_bytes().unwrap().get(), 120_892_199_488);
    let line = "QUBE's own calculator prints 112.59 GiB (120892199488 bytes)";
    assert!(held.table().lines().any(|shown| shown == line), "{}", held.table());
    let document: serde_json::Value = serde_json::from_str(&held.json()).unwrap();
    assert_eq!(document["published_peak_bytes"], 120_892_199_488u64);
    assert_eq!(document["model"], "held");

    let published = eclipse_qu().budget().unwrap();
    assert!(published.published_peak_bytes().is_none());
    assert!(!published.table().contains("calculator prints"));
    assert!(published.note().contains("leaves out 4 to 5 n_modes^2"));
}

/// No release has them; the message names those that do.
#[test]
fn combinations_that_no_release_has_are_refused() {
    let filtered = |release| HarmonicConfig { release, working_dim: Some(9), ..eclipse_qu() };
    for release in [Release::V1_1, Release::V1_2] {
        let message = format!(
            "working_dim is 9 with release {}; give release 1.3, which has it",
            release.name()
        );
        assert_eq!(filtered(release).budget().unwrap_err().to_string(), message);
        let direct = PixelDirectConfig { release, working_dim: Some(9), ..qu_64() };
        assert_eq!(direct.budget().unwrap_err().to_string(), message);
    }
    for model in [Model::Held, PUBLISHED] {
        let cached = PixelDirectConfig { cache_derivatives: true, model, ..qu_64() };
        let cached = PixelDirectConfig { release: Release::V1_1, ..cached };
        assert_eq!(
            cached.budget().unwrap_err().to_string(),
            "cache_derivatives is on with release 1.1; give release 1.2 or 1.3, which have it"
        );
    }
    let traditional = TraditionalConfig { model: PUBLISHED, ..TraditionalConfig::new(9, 6) };
    assert_eq!(
        traditional.budget().unwrap_err().to_string(),
        "model is published; give held: QUBE's own calculator does not model the traditional path"
    );
    let printed = HarmonicConfig { model: Model::Printed, ..eclipse_qu() };
    assert_eq!(
        printed.budget().unwrap_err().to_string(),
        "model is printed; give held or published for QUBE: its runs print no totals"
    );
}

#[test]
fn a_filter_leaves_1_to_n_pix() {
    for value in [0, -1, i64::MIN] {
        let config = HarmonicConfig { working_dim: Some(value), ..eclipse_qu() };
        let allowed = "1 to `n_pix`, or leave it out";
        let expected = Error::Input { name: "working_dim", value, allowed };
        assert_eq!(config.budget().unwrap_err(), expected);
    }
    let config = PixelDirectConfig { working_dim: Some(9801), ..qu_64() };
    assert_eq!(
        config.budget().unwrap_err().to_string(),
        "working_dim is 9801, but n_pix is 9800; give 1 to n_pix, or leave it out"
    );
    // One that leaves all is none.
    for model in [Model::Held, PUBLISHED] {
        let none = PixelDirectConfig { model, ..qu_64() }.budget().unwrap();
        let all = PixelDirectConfig { working_dim: Some(9800), model, ..qu_64() };
        assert_eq!(all.budget().unwrap().stages(), none.stages());
    }
    // Nothing was measured with one: the held budget has the published terms, and says so.
    let filtered = |model| {
        let config = PixelDirectConfig { working_dim: Some(9000), model, ..qu_64() };
        config.budget().unwrap()
    };
    assert_eq!(filtered(Model::Held).stages(), filtered(PUBLISHED).stages());
    assert!(filtered(Model::Held).note().contains("modelled, not measured"));
}

#[test]
fn releases_have_two_numbers_or_three() {
    for (name, release) in [
        ("1.1", Release::V1_1),
        ("1.1.0", Release::V1_1),
        ("1.2", Release::V1_2),
        ("1.3.0", Release::V1_3),
    ] {
        assert_eq!(Release::named(name), Some(release), "{name}");
    }
    for name in ["", "1", "1.0", "1.4", "1.3.1", "v1.3", "1.3.0.0", "1.30", ".0"] {
        assert_eq!(Release::named(name), None, "{name}");
    }
    assert_eq!(Release::NEWEST, Release::default());
}

/// Sums of a stage: persistent and transient.
fn sums(stage: &Stage) -> (u64, u64) {
    (stage.persistent_bytes().get(), stage.transient_bytes().get())
}

/// The harmonic stages in doubles, as the calculator adds them up.
fn harmonic(n: u64, r: u64, k: u64, switch: bool, kept: bool) -> [(u64, u64); 4] {
    let filter = r < n;
    let when = |condition: bool, size: u64| if condition { size } else { 0 };
    let basis =
        r * r + k * r + k * k + when(filter, n * r) + when(switch, k * k) + when(kept, k * r);
    let building = when(!kept, k * r)
        + when(filter, k * n)
        + when(switch, n * n + k * r)
        + when(switch && filter, r * r);
    let reading = n * n + when(filter, n * n + r * n);
    [(r * r, reading), (basis, building), (basis, 0), (basis + k * k, 0)]
}

/// The pixel-direct ones, likewise.
fn direct(n: u64, r: u64, bins: u64, params: u64, fixed: bool, cached: bool) -> [(u64, u64); 4] {
    let filter = r < n;
    let when = |condition: bool, size: u64| if condition { size } else { 0 };
    let basis = 2 * r * r + when(filter, n * r) + when(fixed, n * n);
    let fisher = basis + n * n + when(cached, params * r * r);
    [
        (r * r, n * n + when(filter, n * n)),
        (basis, 0),
        (fisher, r * r + params * r * r + when(filter, n * n + r * n)),
        (fisher + r * r, r * r + bins * r * r),
    ]
}

fn all(budget: &Budget) -> Vec<(u64, u64)> {
    budget.stages().iter().map(sums).map(|(a, b)| (a / 8, b / 8)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn any_input_is_added_up_as_the_calculator_does(
        n in 1..60_000u64, share in 0.0..1.3f64, k in 1..60_000u64, bins in 1..200u64,
        spectra in 1..=6u64, release in prop::sample::select(Release::ALL.to_vec()), lmax in 1..512i64,
        kept: bool, cached: bool,
    ) {
        // Without a filter in a quarter of the cases and in the releases that have none.
        let rank = ((n as f64 * share) as u64).clamp(1, n);
        let working_dim = (release == Release::V1_3).then_some(rank as i64);
        let rank = if working_dim.is_some() { rank } else { n };
        let switch = lmax < 256;
        let lmax = lmax.min(256);
        let config = HarmonicConfig {
            lmax: Some(lmax), working_dim, release, keep_pixel_projector: kept, model: PUBLISHED,
            ..HarmonicConfig::new(n as i64, k as i64, 256)
        };
        prop_assert_eq!(all(&config.budget().unwrap()), harmonic(n, rank, k, switch, kept));

        let cached = cached && release != Release::V1_1;
        let fixed = switch && release == Release::V1_1;
        let bins = bins.min(lmax as u64);
        let params = bins * spectra;
        let config = PixelDirectConfig {
            lmax: Some(lmax), working_dim, release, cache_derivatives: cached, model: PUBLISHED,
            ..PixelDirectConfig::new(n as i64, 256, bins as i64, params as i64)
        };
        let expected = direct(n, rank, bins, params, fixed, cached);
        prop_assert_eq!(all(&config.budget().unwrap()), expected);
    }
}
