//! Budgets of QUBE: sums, checks against limits, tables and documents, and what is refused. What they
//! say is held to runs in tests/held.rs and to the published calculator in tests/published.rs.

use proptest::prelude::*;
use qube_budget::Error;
use qube_budget::budget::{
    Budget, HarmonicConfig, Model, PixelDirectConfig, Release, Stage, TraditionalConfig,
};

/// The QU run of the ECLIPSE comparison in QUBE's calibration, as QUBE's own calculator has it.
fn eclipse_qu() -> Budget {
    let sizes = HarmonicConfig::new(59136, 33274, 256);
    HarmonicConfig { lmax: Some(128), model: Model::Published, ..sizes }.budget().unwrap()
}

/// QU at nside 64, fsky 0.1, 6 bins of 3 spectra.
fn qu_64() -> PixelDirectConfig {
    PixelDirectConfig::new(9800, 256, 6, 18)
}

/// Persistent, transient and peak bytes.
fn sums(stage: &Stage) -> [u64; 3] {
    [stage.persistent_bytes(), stage.transient_bytes(), stage.peak_bytes()].map(|sum| sum.get())
}

fn harmonic_configs() -> impl Strategy<Value = HarmonicConfig> {
    (1..200_000i64, 1..200_000i64, 1..3000i64, any::<bool>(), any::<bool>()).prop_flat_map(
        |(n_pix, n_modes, lmax_signal, keep, by_caller)| {
            prop_oneof![Just(None), (1..=lmax_signal).prop_map(Some)].prop_map(move |lmax| {
                HarmonicConfig {
                    lmax,
                    keep_pixel_projector: keep,
                    covariance_by_caller: by_caller,
                    ..HarmonicConfig::new(n_pix, n_modes, lmax_signal)
                }
            })
        },
    )
}

fn pixel_configs() -> impl Strategy<Value = PixelDirectConfig> {
    let releases = prop::sample::select(Release::ALL.to_vec());
    (1..100_000i64, 1..500i64, 1..=6i64, any::<bool>(), releases).prop_map(
        |(n_pix, n_bins, n_spectra, cached, release)| PixelDirectConfig {
            release,
            cache_derivatives: cached && release != Release::V1_1,
            ..PixelDirectConfig::new(n_pix, None, n_bins, n_bins * n_spectra)
        },
    )
}

fn budgets() -> impl Strategy<Value = Budget> {
    prop_oneof![
        harmonic_configs().prop_map(|config| config.budget().unwrap()),
        pixel_configs().prop_map(|config| config.budget().unwrap()),
        (1..100_000i64, 1..3000i64).prop_map(|(n_pix, n_params)| TraditionalConfig::new(
            n_pix, n_params
        )
        .budget()
        .unwrap()),
    ]
}

proptest! {
    #[test]
    fn sums_are_those_of_the_terms(budget in budgets()) {
        for stage in budget.stages() {
            let total = |terms: &[qube_budget::budget::Term]| {
                terms.iter().map(|term| term.bytes().get()).sum::<u64>()
            };
            let (persistent, transient) = (total(stage.persistent()), total(stage.transient()));
            prop_assert_eq!(sums(stage), [persistent, transient, persistent + transient]);
        }
        let largest = budget.stages().iter().map(|stage| stage.peak_bytes()).max().unwrap();
        prop_assert_eq!(budget.lifetime_peak_bytes(), largest);
        let first = budget.stages().iter().position(|stage| stage.peak_bytes() == largest);
        prop_assert_eq!(Some(budget.peak_stage_position()), first);
    }

    /// Against every prefix of every stage's terms, at limits around each of these sums.
    #[test]
    fn check_finds_what_brute_force_finds(budget in budgets(), pick in any::<prop::sample::Index>(),
                                          nudge in -1..=1i64) {
        let prefixes: Vec<Vec<u64>> = budget.stages().iter().map(|stage| {
            let terms: Vec<u64> = stage.terms().map(|term| term.bytes().get()).collect();
            (1..=terms.len()).map(|length| terms[..length].iter().sum()).collect()
        }).collect();
        let all: Vec<u64> = prefixes.iter().flatten().copied().collect();
        let limit = *pick.get(&all) as i64 + nudge;
        let check = budget.check(limit).unwrap();

        let over: Vec<_> = prefixes.iter().enumerate().filter_map(|(stage, sums)| {
            let term = sums.iter().position(|&sum| sum > limit as u64)?;
            Some((stage, sums[sums.len() - 1] - limit as u64, term))
        }).collect();
        let found: Vec<_> = check.over().iter()
            .map(|over| (over.stage_position, over.over.get(), over.term_position))
            .collect();
        prop_assert_eq!(found, over.clone());
        prop_assert_eq!(check.fits(), over.is_empty());
        prop_assert_eq!(check.spare(), limit - budget.lifetime_peak_bytes().signed());
        for over in check.over() {
            let stage = &budget.stages()[over.stage_position];
            let term = stage.terms().nth(over.term_position).unwrap();
            prop_assert_eq!((over.stage, over.term), (stage, term));
            prop_assert_eq!(over.term_is_persistent(), stage.persistent().contains(term));
        }
    }

    /// Any input at all: a budget or an error, and tables within 100 columns.
    #[test]
    fn nothing_panics_and_tables_are_narrow(
        n in prop::array::uniform4(any::<i64>()), small in prop::array::uniform4(1..3_000_000i64),
        lmax in any::<Option<i64>>(), flags in prop::array::uniform2(any::<bool>()),
        limit in any::<i64>(),
    ) {
        for n in [n, small] {
            let harmonic = HarmonicConfig {
                lmax, keep_pixel_projector: flags[0], covariance_by_caller: flags[1],
                n_spectra: lmax, working_dim: Some(n[3]),
                ..HarmonicConfig::new(n[0], n[1], n[2])
            };
            let pixel = PixelDirectConfig {
                lmax, cache_derivatives: flags[1], n_spectra: lmax,
                ..PixelDirectConfig::new(n[0], n[1], n[2], n[3])
            };
            let traditional = TraditionalConfig {
                n_bins: Some(n[2]), lmax, ..TraditionalConfig::new(n[0], n[1])
            };
            let budgets = [harmonic.budget(), pixel.budget(), traditional.budget()];
            for budget in budgets.into_iter().flatten() {
                prop_assert!(budget.table().lines().all(|line| line.chars().count() <= 100));
                prop_assert!(!budget.json().is_empty());
                prop_assert_eq!(budget.check(limit).is_ok(), limit >= 1);
            }
        }
    }
}

// ---- what is refused ----

#[test]
fn an_unknown_stage_is_answered_with_the_stages_there_are() {
    let error = eclipse_qu().stage("fisher").unwrap_err();
    assert_eq!(
        error.to_string(),
        "there is no stage 'fisher'; name one of: \
         covariance_setup, basis_setup, fisher_run, spectra_run"
    );
    assert!(matches!(error, Error::UnknownStage { .. }));
}

#[test]
fn every_size_below_1_is_refused_by_name() {
    for value in [0, -1, i64::MIN] {
        let good = HarmonicConfig::new(10, 10, 10);
        let bad = [
            ("n_pix", HarmonicConfig { n_pix: value, ..good.clone() }),
            ("n_modes", HarmonicConfig { n_modes: value, ..good.clone() }),
            ("lmax_signal", HarmonicConfig { lmax_signal: Some(value), ..good.clone() }),
            ("n_spectra", HarmonicConfig { n_spectra: Some(value), ..good.clone() }),
        ];
        for (name, config) in bad {
            let expected = Error::Input { name, value, allowed: "1 or more" };
            assert_eq!(config.budget().unwrap_err(), expected);
        }
        let lmax = HarmonicConfig { lmax: Some(value), ..good };
        let expected =
            Error::Input { name: "lmax", value, allowed: "1 to `lmax_signal`, or leave it out" };
        assert_eq!(lmax.budget().unwrap_err(), expected);

        let good = qu_64();
        let bad = [
            ("n_pix", PixelDirectConfig { n_pix: value, ..good.clone() }),
            ("lmax_signal", PixelDirectConfig { lmax_signal: Some(value), ..good.clone() }),
            ("n_bins", PixelDirectConfig { n_bins: value, ..good.clone() }),
            ("n_params", PixelDirectConfig { n_params: value, ..good.clone() }),
            ("n_spectra", PixelDirectConfig { n_spectra: Some(value), ..good.clone() }),
        ];
        for (name, config) in bad {
            let expected = Error::Input { name, value, allowed: "1 or more" };
            assert_eq!(config.budget().unwrap_err(), expected);
        }
        let expected = Error::Input { name: "limit_bytes", value, allowed: "1 or more" };
        assert_eq!(eclipse_qu().check(value).unwrap_err(), expected);
    }
}

#[test]
fn lmax_above_lmax_signal_is_a_conflict() {
    let config = HarmonicConfig { lmax: Some(257), ..HarmonicConfig::new(10, 10, 256) };
    assert_eq!(
        config.budget().unwrap_err().to_string(),
        "lmax is 257, but lmax_signal is 256; give 1 to lmax_signal, or leave it out"
    );
}

/// Bins have multipoles, parameters are bins times spectra, and there are six spectra at most.
#[test]
fn sizes_that_contradict_each_other_are_refused() {
    let direct = |n_bins, n_params, n_spectra| {
        let config = PixelDirectConfig {
            n_spectra,
            lmax: Some(64),
            ..PixelDirectConfig::new(100, 128, n_bins, n_params)
        };
        config.budget().map(|_| ()).map_err(|error| error.to_string())
    };
    assert_eq!(direct(6, 12, None), Ok(()));
    assert_eq!(direct(6, 36, None), Ok(()));
    assert_eq!(direct(6, 12, Some(2)), Ok(()));
    assert_eq!(direct(65, 65, None), Ok(())); // 0 to 64
    let refused = |message: &str| Err(message.to_owned());
    let spectra = "1 to 6 times as many: T has 1 spectrum, QU 3, TQU 6";
    assert_eq!(
        direct(6, 17, None),
        refused(&format!("n_params is 17, but n_bins is 6; give {spectra}"))
    );
    assert_eq!(
        direct(6, 42, None),
        refused(&format!("n_params is 42, but n_bins is 6; give {spectra}"))
    );
    assert_eq!(
        direct(6, 12, Some(3)),
        refused("n_params is 12, but 6 bins x 3 spectra makes 18; give 18, or leave n_params out")
    );
    assert_eq!(
        direct(6, 42, Some(7)),
        refused("n_spectra is 7; give 1 to 6: T has 1 spectrum, QU 3, TQU 6")
    );
    assert_eq!(
        direct(66, 66, None),
        refused("n_bins is 66, but the number of multipoles is 65; give at most that many")
    );
    let traditional = TraditionalConfig { n_bins: Some(6), ..TraditionalConfig::new(100, 17) };
    assert!(matches!(traditional.budget(), Err(Error::Conflict { name: "n_params", .. })));
    assert!(TraditionalConfig::new(100, 17).budget().is_ok());
    let harmonic = HarmonicConfig { n_spectra: Some(7), ..HarmonicConfig::new(9, 9, None) };
    assert!(matches!(harmonic.budget(), Err(Error::Input { name: "n_spectra", .. })));
}

/// `lmax_signal` is needed where something depends on it: with an lmax, whose switch it decides.
#[test]
fn lmax_signal_is_needed_beside_lmax_only() {
    let without = HarmonicConfig::new(500, 40, None).budget().unwrap();
    assert_eq!(without.stages(), HarmonicConfig::new(500, 40, 64).budget().unwrap().stages());
    let lmax = HarmonicConfig { lmax: Some(64), ..HarmonicConfig::new(500, 40, None) };
    assert_eq!(
        lmax.budget().unwrap_err().to_string(),
        "cannot derive the switch path: give lmax_signal beside lmax, or neither"
    );
    let equal = HarmonicConfig { lmax: Some(64), ..HarmonicConfig::new(500, 40, 64) };
    assert_eq!(equal.budget().unwrap().stages(), without.stages());
    let below = HarmonicConfig { lmax: Some(63), ..HarmonicConfig::new(500, 40, 64) };
    assert_ne!(below.budget().unwrap().stages(), without.stages());
}

#[test]
fn overflow_names_the_first_term_that_is_too_large() {
    let message = |n_pix, n_modes| {
        let error = HarmonicConfig::new(n_pix, n_modes, 10).budget().unwrap_err();
        assert!(matches!(error, Error::Overflow { .. }));
        error.to_string()
    };
    assert_eq!(
        message(1, i64::MAX),
        "term 'V_N_inv' is too large: 8 * n_pix * n_modes = \
         8 * 1 * 9223372036854775807 bytes; choose smaller sizes (at most 2^63 - 1 bytes)"
    );
    assert!(message(2_000_000_000, 1).starts_with("term 'Cov_T' "));
    assert!(message(1, 2_000_000_000).starts_with("term 'V_Ninv_VT (M kernel)' "));

    // 2^63 bytes are one too many: 8 * 2^30 * 2^30, though 64 bits without a sign would hold them.
    assert!(message(1 << 30, 1).starts_with("term 'Cov_T' "));
    // Each term fits, 8 * 10^18 bytes, but not their sum.
    assert_eq!(
        message(1_000_000_000, 1),
        "stage 'covariance_setup' up to term 'Cov_T (asfortranarray copy on read)' is too \
         large: 8000000000000000000 + 8000000000000000000 bytes; \
         choose smaller sizes (at most 2^63 - 1 bytes)"
    );

    let many = |model| {
        let bins = i64::MAX / 4;
        let config = PixelDirectConfig::new(9800, None, bins, 3 * bins);
        PixelDirectConfig { model, ..config }.budget().unwrap_err().to_string()
    };
    let published = "term 'cinv_times_dcb (n_params dense pixel matrices)' ";
    assert!(many(Model::Published).starts_with(published));
    assert!(many(Model::Held).starts_with(published)); // it says what the calculator prints, too
}

// ---- check, table, document ----

#[test]
fn a_peak_equal_to_the_limit_fits() {
    let budget = eclipse_qu();
    let exact = budget.check(120_892_199_488).unwrap();
    assert!(exact.fits());
    assert_eq!(exact.spare(), 0);
    assert_eq!(
        exact.message(),
        "Fits: the lifetime peak is 112.59 GiB, in stage 'basis_setup'; \
         the limit of 112.59 GiB leaves 0 bytes spare."
    );

    let short = budget.check(120_892_199_487).unwrap();
    assert!(!short.fits());
    assert_eq!(short.spare(), -1);
    assert_eq!(short.over().len(), 1);
    assert_eq!(
        short.message(),
        "Does not fit: the lifetime peak of 112.59 GiB in stage 'basis_setup' exceeds the limit of \
         112.59 GiB by 1 byte. Its largest parts are 'L (Cholesky factor of N, in-place)' \
         (26.06 GiB), 'S_fixed (switch optimisation)' (26.06 GiB) and 'V_N_inv' (14.66 GiB). Stage \
         'basis_setup' is the first over: adding the transient array 'corr intermediate (V_N_inv @ \
         S_fixed)' (14.66 GiB) exceeds the limit."
    );
}

#[test]
fn the_message_also_names_the_largest_stage_when_it_is_not_the_first_over() {
    let budget = eclipse_qu();
    assert_eq!(
        budget.check(50 << 30).unwrap().message(),
        "Does not fit: the lifetime peak of 112.59 GiB in stage 'basis_setup' exceeds the limit of \
         50.00 GiB by 62.59 GiB (67205108288 bytes). Its largest parts are 'L (Cholesky factor of N, \
         in-place)' (26.06 GiB), 'S_fixed (switch optimisation)' (26.06 GiB) and 'V_N_inv' (14.66 GiB). \
         Stage 'covariance_setup' is the first over, by 2.11 GiB (2265972736 bytes): adding the \
         transient array 'Cov_T (asfortranarray copy on read)' (26.06 GiB) exceeds the limit."
    );
}

#[test]
fn the_table_shows_inputs_terms_totals_and_the_peak() {
    let table = eclipse_qu().table();
    for line in [
        "QUBE memory budget, harmonic path, the published formulas, as in qube-qml 1.3",
        "inputs: n_pix 59136, n_modes 33274, lmax_signal 256, lmax 128, n_spectra absent, \
         working_dim absent,",
        "        keep_pixel_projector no, covariance_by_caller no",
        "basis_setup",
        "lifetime peak: 112.59 GiB (120892199488 bytes), in stage 'basis_setup'",
    ] {
        assert!(table.lines().any(|shown| shown == line), "no line {line:?} in\n{table}");
    }
}

/// The longest term name beside the largest numbers, nearly 2^63 bytes: columns at their widest.
#[test]
fn the_table_keeps_to_100_columns_at_the_largest_numbers() {
    let n_pix = 9800;
    let n_params = (1i64 << 60) / (n_pix * n_pix) - 100;
    let n_params = n_params - n_params % 6;
    let config = PixelDirectConfig::new(n_pix, i64::MAX, n_params / 6, n_params);
    let budget = PixelDirectConfig { model: Model::Published, ..config }.budget().unwrap();
    assert!(budget.lifetime_peak_bytes().get() > 9_200_000_000_000_000_000);
    let widest = budget.table().lines().map(|line| line.chars().count()).max().unwrap();
    assert!((95..=100).contains(&widest), "{widest}\n{}", budget.table());
}

#[test]
fn the_document_has_every_number_under_its_documented_name() {
    let budget = eclipse_qu();
    let text = budget.json();
    assert!(!text.contains('\n'));
    assert!(text.contains(
        r#""inputs":{"n_pix":{"value":59136,"derived":false},"n_modes":{"value":33274,"#
    ));
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(document["schema"], "qube-budget/2");
    assert_eq!(document["path"], "harmonic");
    assert_eq!(document["release"], "qube-qml 1.3");
    assert_eq!(document["model"], "published");
    assert_eq!(document["lifetime_peak_bytes"], 120_892_199_488u64);
    assert_eq!(document["peak_stage"], "basis_setup");
    assert_eq!(document["inputs"]["lmax"]["value"], 128);
    assert_eq!(document["inputs"]["keep_pixel_projector"]["value"], false);
    assert!(document.get("check").is_none());
    let stages = document["stages"].as_array().unwrap();
    assert_eq!(stages.len(), budget.stages().len());
    for (shown, stage) in stages.iter().zip(budget.stages()) {
        assert_eq!(shown["name"], stage.name());
        assert_eq!(shown["persistent_bytes"], stage.persistent_bytes().get());
        assert_eq!(shown["transient_bytes"], stage.transient_bytes().get());
        assert_eq!(shown["peak_bytes"], stage.peak_bytes().get());
        for (kind, terms) in [("persistent", stage.persistent()), ("transient", stage.transient())]
        {
            let shown = shown[kind].as_array().unwrap();
            assert_eq!(shown.len(), terms.len());
            for (shown, term) in shown.iter().zip(terms) {
                assert_eq!(shown["name"], term.name());
                assert_eq!(shown["bytes"], term.bytes().get());
            }
        }
    }

    let check = budget.check(96 << 30).unwrap();
    let document: serde_json::Value = serde_json::from_str(&check.json()).unwrap();
    let verdict = &document["check"];
    assert_eq!(verdict["limit_bytes"], 96u64 << 30);
    assert_eq!(verdict["fits"], false);
    assert_eq!(verdict["spare_bytes"], -17_812_984_384i64);
    assert_eq!(verdict["over"][0]["stage"], "basis_setup");
    assert_eq!(verdict["over"][0]["over_bytes"], 17_812_984_384i64);
    assert_eq!(verdict["over"][0]["term"], "S_fixed (switch optimisation)");
    assert_eq!(verdict["over"][0]["term_bytes"], 27_976_531_968u64);
    assert_eq!(verdict["message"], check.message());

    let absent = HarmonicConfig::new(10, 10, 10).budget().unwrap().json();
    assert!(absent.contains(r#""lmax":{"value":null,"derived":false}"#));
}
