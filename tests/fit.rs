//! Verdicts, single changes and the choice of path, against brute force and hand-made sums.

use proptest::prelude::*;
use qube_budget::budget::{
    Code, EclipseConfig, Fields, Grid, HarmonicConfig, Path, PixelDirectConfig, Release, Survey,
    TraditionalConfig,
};
use qube_budget::run::{Job, Measure, QubeConfig, Run, path_by_time};

const GIB: i64 = 1 << 30;

/// Nothing but the arrays.
fn bare() -> Job {
    Job { input_matrices: Some(0), baseline_bytes: Some(0), margin: Some(0), ..Job::default() }
}

fn need(run: &Run, job: &Job) -> i64 {
    run.budget().unwrap().request(job).unwrap().per_node_bytes().signed()
}

fn qu_64() -> PixelDirectConfig {
    PixelDirectConfig::new(9800, 256, 6, 18)
}

fn survey() -> Survey {
    Survey {
        nside: Some(64),
        fsky: Some(0.1),
        polar_cap: true,
        lmax: Some(64),
        n_bins: Some(6),
        ..Survey::new(Fields::Qu, 256)
    }
}

/// QUBE's calibrated run needs 138.9 GiB and its margin of 8.1 %; whoever holds the covariance.
#[test]
fn the_eclipse_qu_run() {
    let config = HarmonicConfig { lmax: Some(128), ..HarmonicConfig::new(59136, 33274, 256) };
    let run = Run::new(config.clone());
    let fit = run.fit(&Job::default(), 151 * GIB).unwrap();
    assert!(fit.fits() && fit.over().is_none() && fit.changes().is_empty());
    assert!(fit.message().starts_with("Fits: a node holds 150.13 GiB"), "{}", fit.message());

    let fit = run.fit(&Job::default(), 139 * GIB).unwrap();
    assert!(!fit.fits() && fit.spare() < 0);
    let over = fit.over().unwrap();
    assert_eq!((over.stage_position, &*over.term), (1, "margin"));
    // V is released already, and no survey tells the other path's sizes.
    assert!(fit.changes().is_empty());
    assert_eq!(fit.advice(), "No single change makes it fit.");

    let fit = run.fit(&Job::default(), 130 * GIB).unwrap();
    let read = "noise covariance as read (C order, dropped after setup)";
    assert_eq!(fit.over().unwrap().term, read);
    let by_caller = HarmonicConfig { covariance_by_caller: true, ..config };
    let run = Run::new(by_caller);
    let fit = run.fit(&Job::default(), 120 * GIB).unwrap();
    assert_eq!(fit.over().unwrap().term, "S_fixed (switch optimisation)");
    assert!(
        fit.message().contains(
            "adding the transient array 'S_fixed (switch optimisation)' (26.06 GiB) exceeds"
        ),
        "{}",
        fit.message()
    );
    let fit = run.fit(&Job::default(), GIB / 4).unwrap();
    assert_eq!((fit.over().unwrap().stage_position, &*fit.over().unwrap().term), (0, "baseline"));
    let fit = run.fit(&Job::default(), GIB).unwrap();
    assert_eq!(fit.over().unwrap().term, "input");
}

/// The process was measured at 1174 MiB; QUBE's own calculator says 0.62 GiB with the interpreter.
#[test]
fn a_run_that_does_not_fit_is_not_let_through() {
    let run = Run::new(HarmonicConfig::new(1624, 4221, 64));
    for mib in [700, 1174] {
        let fit = run.fit(&Job::default(), mib << 20).unwrap();
        assert!(!fit.fits(), "{}", fit.message());
        assert_eq!(fit.request().largest().name(), "spectra_run");
    }
}

/// Ranks that share a node's copy: their processes first, then one copy of everything else.
#[test]
fn the_term_that_goes_over_on_a_shared_node() {
    let run = Run::new(PixelDirectConfig::new(1000, 8, 1, 1));
    // fisher_run holds 6 matrices and spectra_run 8.
    let matrix = 8_000_000;
    let job = Job {
        ranks_per_node: 3,
        share_node: true,
        baseline_bytes: Some(100),
        margin: Some(1000),
        input_matrices: Some(1),
        ..Job::default()
    };
    // A tenth more as margin, and an input.
    let all = 300 + matrix + 8 * matrix + 8 * matrix / 10;
    assert_eq!(need(&run, &job), all);
    assert!(run.fit(&job, all).unwrap().fits());
    for (limit, stage, term) in [
        (all - 1, 3, "margin"),
        (299, 0, "baseline"),
        (300, 0, "input"),
        (299 + matrix, 0, "input"),
        (300 + matrix, 0, "Cov_T"),
    ] {
        let fit = run.fit(&job, limit).unwrap();
        let over = fit.over().unwrap();
        assert_eq!((over.stage_position, &*over.term), (stage, term), "at {limit}");
    }
}

/// All changes of the pixel-direct path, each with what it comes to by itself.
#[test]
fn changes_of_the_pixel_direct_path() {
    let like = PixelDirectConfig { cache_derivatives: true, release: Release::V1_2, ..qu_64() };
    let survey = || Survey { n_spectra: Some(3), ..survey() };
    let run = Run::pixel_direct(survey(), &like).unwrap();
    let p = 8 * 9800 * 9800;
    assert_eq!(need(&run, &bare()), 40 * p);
    let modes = 2 * (65 * 65 - 4i64);
    let (x, m) = (8 * 9800 * modes, 8 * modes * modes);
    let harmonic = 3 * p + 3 * x + 2 * m;

    // With b bins fisher_run holds 4 + 6 b matrices; with one, spectra_run holds as many.
    for (limit, bins) in [(39 * p, 5), (23 * p, 3), (11 * p, 1), (harmonic, 1)] {
        let fit = run.fit(&bare(), limit).unwrap();
        let found: Vec<_> = fit
            .changes()
            .iter()
            .map(|change| (change.measure.clone(), change.per_node.unwrap().signed()))
            .collect();
        let expected = [
            (Measure::NoDerivativeCache, 24 * p),
            (Measure::NewestRelease, 39 * p),
            (Measure::OtherPath(Path::Harmonic), harmonic),
            (Measure::Bins(bins), (4 + 6 * bins as i64) * p),
        ];
        assert_eq!(found, expected, "at {limit}");
        let first = expected.iter().find(|change| change.1 <= limit).unwrap();
        assert_eq!(fit.cheapest().unwrap().measure, first.0);
    }
    let nothing = run.fit(&bare(), harmonic - 1).unwrap();
    assert!(nothing.cheapest().is_none() && nothing.changes().len() == 4);
}

#[test]
fn changes_of_the_harmonic_path() {
    let like = HarmonicConfig { keep_pixel_projector: true, ..HarmonicConfig::new(1, 1, None) };
    let wide = Survey { lmax: None, lmax_signal: Some(128), ..survey() };
    let run = Run::harmonic(wide, &like).unwrap();
    let job = Job { ranks_per_node: 3, ..bare() };
    let fit = run.fit(&job, 2 * need(&run, &bare())).unwrap();
    let found: Vec<_> = fit.changes().iter().map(|change| change.measure.clone()).collect();
    assert_eq!(
        found,
        [
            Measure::ReleaseProjector,
            Measure::RanksPerNode(2),
            Measure::OtherPath(Path::PixelDirect)
        ]
    );
    assert_eq!(fit.cheapest().unwrap().measure, Measure::RanksPerNode(2));
}

/// Of the traditional path QUBE has no other: fewer ranks or bins.
#[test]
fn changes_of_the_traditional_path() {
    let run = Run::traditional(survey(), &TraditionalConfig::new(1, 1)).unwrap();
    let p = 8 * 9800 * 9800;
    assert_eq!(need(&run, &bare()), 24 * p); // 18 + 6
    let fit = run.fit(&Job { ranks_per_node: 2, ..bare() }, 24 * p).unwrap();
    let found: Vec<_> = fit.changes().iter().map(|change| change.measure.clone()).collect();
    assert_eq!(found, [Measure::RanksPerNode(1), Measure::Bins(2)]);
    assert!(fit.paths().is_none() && fit.no_paths().is_none());
    let alone = Run::new(TraditionalConfig::new(9800, 18)).fit(&bare(), p).unwrap();
    assert!(alone.changes().is_empty()); // how many bins is not known
}

/// On a tall grid the first row holds all maps: another grid, fewer maps or more nodes help. Without the
/// check of the inverse a node holds as much, so that is no change.
#[test]
fn changes_of_eclipse() {
    let config = EclipseConfig {
        pix_t: Some(580),
        pix_p: Some(395),
        nside: Some(8),
        maps: 1000,
        check_inverse: true,
        ..EclipseConfig::new(Code::Teb, 16)
    };
    let run = Run::new(config.clone());
    let grid = Grid::new(4, 1, 500, None).unwrap();
    let job = Job { ranks_per_node: 4, grid: Some(grid), ..Job::default() };
    let best = run.budget().unwrap().best_grid(4).unwrap().grid;
    let with_best = need(&run, &Job { grid: Some(best), ..job.clone() });
    let limit = with_best - 1;
    let fit = run.fit(&job, limit).unwrap();
    let found: Vec<_> = fit.changes().iter().map(|change| change.measure.clone()).collect();
    let [Measure::Grid(grid), Measure::Maps(maps), Measure::Nodes(nodes)] = found[..] else {
        panic!("{found:?}")
    };
    assert_eq!(grid, best);
    assert_eq!(fit.changes()[0].per_node.unwrap().signed(), with_best);
    assert!(!fit.changes()[0].fits);
    let with =
        |maps: u64| need(&Run::new(EclipseConfig { maps: maps as i64, ..config.clone() }), &job);
    assert!(fit.changes()[1].fits && with(maps) <= limit && with(maps + 1) > limit);
    let on = |nodes: u64| need(&run, &Job { nodes: nodes as i64, grid: None, ..job.clone() });
    assert!(on(nodes) <= limit && (1..nodes).all(|fewer| on(fewer) > limit));
}

/// QUBE takes the harmonic path iff n_modes^3 <= (n_bins + 1) n_pix^3.
#[test]
fn the_path_by_time_is_exact() {
    // Equal at n_bins + 1 = 8 and n_modes = 2 n_pix, for sizes whose cubes need 192 bits.
    for n_pix in [1, 9800, 1 << 40, (1 << 63) - 1] {
        assert_eq!(path_by_time(n_pix, 2 * n_pix, 7), Path::Harmonic);
        assert_eq!(path_by_time(n_pix, 2 * n_pix + 1, 7), Path::PixelDirect);
        assert_eq!(path_by_time(n_pix, 2 * n_pix, 6), Path::PixelDirect);
    }
    let most = u64::MAX;
    assert_eq!(path_by_time(most, most, most), Path::Harmonic);
    assert_eq!(path_by_time(most, most, 0), Path::Harmonic);
    assert_eq!(path_by_time(most - 1, most, 0), Path::PixelDirect);
    assert_eq!(path_by_time(1, most, most), Path::PixelDirect);
}

#[test]
fn both_paths_side_by_side() {
    let run = Run::pixel_direct(survey(), &qu_64()).unwrap();
    let fit = run.fit(&bare(), 20 * 8 * 9800 * 9800).unwrap();
    let paths = fit.paths().unwrap();
    let modes = 2 * (65 * 65 - 4);
    assert_eq!(paths.by_time, path_by_time(9800, modes, 6));
    let harmonic = survey().harmonic().unwrap().budget().unwrap();
    assert_eq!(paths.sides[0].lifetime_peak.unwrap(), harmonic.lifetime_peak_bytes());
    assert_eq!(paths.sides[1].lifetime_peak.unwrap().get(), 23 * 8 * 9800 * 9800);
    assert_eq!(paths.sides.map(|side| side.fits(fit.limit())), [true, false]);
    let same = Run::harmonic(survey(), &survey().harmonic().unwrap()).unwrap();
    assert_eq!(same.paths(&bare()).unwrap().unwrap(), *paths);
    let no_bins = Survey { n_bins: None, ..survey() };
    let alone = Run::harmonic(no_bins, &HarmonicConfig::new(1, 1, 1)).unwrap();
    assert!(alone.paths(&bare()).unwrap().is_none());
    // It says what it lacks.
    let fit_alone = alone.fit(&bare(), 1 << 40).unwrap();
    let why = fit_alone.no_paths().unwrap();
    assert_eq!(why, "cannot derive n_bins: give the number of bins, 1 or more");
    assert!(fit_alone.table().contains(&format!("\nThe other path is not compared: {why}.\n")));
    assert!(fit.no_paths().is_none() && !fit.table().contains("not compared"));
    assert!(Run::new(qu_64()).paths(&bare()).unwrap().is_none());
    let refused = Run::new(qu_64()).paths(&Job { nodes: 0, ..bare() });
    assert!(matches!(refused, Err(qube_budget::Error::Input { name: "nodes", .. })));

    let document: serde_json::Value = serde_json::from_str(&fit.json(None)).unwrap();
    assert_eq!(document["schema"], "qube-fit/2");
    assert_eq!(document["fits"], false);
    assert_eq!(document["over"]["stage"], "fisher_run");
    assert_eq!(document["paths"]["sides"][0]["fits"], true);
    assert_eq!(document["request"]["schema"], "qube-request/2");
    let cheapest = document["cheapest_change"].as_u64().unwrap() as usize;
    assert_eq!(document["changes"][cheapest]["fits"], true);
    assert_eq!(document["changes"][cheapest]["change"], "other_path");
}

/// The run on the path that QUBE takes, which says which and why.
#[test]
fn a_run_on_the_path_that_qube_takes() {
    let auto = |config: QubeConfig| {
        let budget = config.auto().unwrap().budget().unwrap();
        (budget.path(), budget.remarks().last().unwrap().clone())
    };
    let given = QubeConfig {
        n_pix: Some(1000),
        n_modes: Some(2000),
        n_bins: Some(7),
        n_spectra: Some(1),
        ..QubeConfig::default()
    };
    // 2000^3 = 8 x 1000^3.
    let (path, why) = auto(given.clone());
    assert_eq!(path, Path::Harmonic);
    assert!(why.contains("harmonic path, by time: n_modes^3 <= (n_bins + 1) n_pix^3"), "{why}");
    let (path, why) = auto(QubeConfig { n_bins: Some(6), ..given.clone() });
    assert_eq!(path, Path::PixelDirect);
    assert!(why.contains("n_modes^3 > (n_bins + 1) n_pix^3, with n_modes 2000, n_bins 6"), "{why}");
    // A filter's rank takes the place of n_pix.
    let (path, why) = auto(QubeConfig { working_dim: Some(999), ..given.clone() });
    assert_eq!(path, Path::PixelDirect);
    assert!(why.contains("(n_bins + 1) working_dim^3"), "{why}");
    let (path, why) = auto(QubeConfig { do_cross: true, ..given.clone() });
    assert_eq!(path, Path::Traditional);
    assert!(why.contains("two data splits (do_cross)"), "{why}");

    // From a survey; a request tells it, too.
    let surveyed = QubeConfig { survey: Some(survey()), ..QubeConfig::default() };
    let run = surveyed.auto().unwrap();
    let harmonic = run.paths(&bare()).unwrap().unwrap();
    assert_eq!(run.budget().unwrap().path(), harmonic.by_time);
    let request = run.budget().unwrap().request(&bare()).unwrap();
    assert!(request.table().contains("Note: QUBE takes the"), "{}", request.table());

    let incomplete = QubeConfig { n_bins: None, ..given };
    assert_eq!(
        incomplete.auto().unwrap_err().to_string(),
        "cannot derive n_bins: give n_bins, 1 or more, or a survey (fields)"
    );
    let other = QubeConfig { lmax: Some(65), ..surveyed };
    assert_eq!(
        other.auto().unwrap_err().to_string(),
        "lmax is 65, but that of the survey is 64; give the same, or only one of them"
    );
}

fn runs() -> impl Strategy<Value = Run> {
    let sizes = (1..5000i64, 1..5000i64, 1..9i64, 1..7i64, any::<bool>(), any::<bool>());
    sizes.prop_flat_map(|(n_pix, n_modes, n_bins, spectra, one, two)| {
        let n_params = n_bins * spectra;
        prop_oneof![
            Just(Run::new(HarmonicConfig {
                lmax: one.then_some(3),
                keep_pixel_projector: two,
                covariance_by_caller: one,
                ..HarmonicConfig::new(n_pix, n_modes, 8)
            })),
            Just(Run::new(PixelDirectConfig {
                release: if one { Release::V1_2 } else { Release::V1_3 },
                cache_derivatives: two,
                ..PixelDirectConfig::new(n_pix, 8, n_bins, n_params)
            })),
            Just(Run::new(TraditionalConfig {
                n_bins: one.then_some(n_bins),
                ..TraditionalConfig::new(n_pix, n_params)
            })),
        ]
    })
}

proptest! {
    /// Of the arrays alone it is what `Budget::check` says.
    #[test]
    fn the_arrays_alone_are_checked_like_a_budget(
        run in runs(), pick in any::<prop::sample::Index>(), nudge in -1..=1i64,
    ) {
        let budget = run.budget().unwrap();
        let sums: Vec<i64> = budget.stages().iter().flat_map(|stage| {
            let terms: Vec<i64> = stage.terms().map(|term| term.bytes().signed()).collect();
            (1..=terms.len()).map(move |length| terms[..length].iter().sum()).collect::<Vec<i64>>()
        }).collect();
        let limit = *pick.get(&sums) + nudge;
        let check = budget.check(limit).unwrap();
        let fit = run.fit(&bare(), limit).unwrap();
        prop_assert_eq!(fit.fits(), check.fits());
        prop_assert_eq!(fit.spare(), check.spare());
        if let Some(first) = check.over().first() {
            let over = fit.over().unwrap();
            prop_assert_eq!(over.stage_position, first.stage_position);
            prop_assert_eq!((&*over.term, over.over), (first.term.name(), first.over));
        }
        for change in fit.changes() {
            prop_assert_eq!(change.fits, change.per_node.unwrap().signed() <= limit);
        }
    }

    #[test]
    fn tables_fit_100_columns(run in runs(), limit in 1..i64::MAX, ranks in 1..1000i64) {
        let job = Job { ranks_per_node: ranks, ..Job::default() };
        for limit in [limit, 1 + limit % 1_000_000_000] {
            let table = run.fit(&job, limit).unwrap().table();
            prop_assert!(table.lines().all(|line| line.chars().count() <= 100), "{}", table);
        }
    }
}
