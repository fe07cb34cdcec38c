//! Requests against the calibrated runs, and against the same sums done by hand.

use proptest::prelude::*;
use qube_budget::Error;
use qube_budget::budget::{
    Budget, Calibration, Code, EclipseConfig, Grid, HarmonicConfig, PixelDirectConfig, Rank,
    Release,
};
use qube_budget::run::{Holding, Job, Request};

const GIB: f64 = 1_073_741_824.0;
/// 0.26 GiB, rounded up to a byte.
const PYTHON: u64 = 279_172_875;

/// The QU run of the ECLIPSE comparison in QUBE's calibration, whose caller holds the covariance.
fn eclipse_qu() -> Budget {
    let sizes = HarmonicConfig::new(59136, 33274, 256);
    let config = HarmonicConfig { lmax: Some(128), covariance_by_caller: true, ..sizes };
    config.budget().unwrap()
}

/// QU at nside 64, fsky 0.1, 6 bins of 3 spectra.
fn qu_64() -> PixelDirectConfig {
    PixelDirectConfig::new(9800, 256, 6, 18)
}

/// NSide 64 of ECLIPSE's guide.
fn teb() -> Budget {
    let pixels = Some(29009);
    let config =
        EclipseConfig { pix_t: pixels, pix_p: pixels, ..EclipseConfig::new(Code::Teb, 192) };
    config.budget().unwrap()
}

fn request(budget: &Budget) -> Request {
    budget.request(&Job::default()).unwrap()
}

/// arXiv 2605.21149: 138.9 GiB predicted for a process, 139.5 measured.
#[test]
fn resident_size_of_the_eclipse_qu_run() {
    let request = request(&eclipse_qu());
    let covariance = 8 * 59136u64.pow(2);
    assert_eq!(request.input_bytes().get(), covariance);
    assert_eq!(request.baseline_bytes().get(), PYTHON);
    assert_eq!(request.resident_bytes().get(), 120_892_199_488 + covariance + PYTHON);
    assert_eq!((request.resident_bytes().gib() * 10.0).round(), 1389.0);
    assert!(request.per_node_bytes().gib() >= 139.5, "the margin is short of the measured run");
    assert_eq!(request.largest().name(), "basis_setup");
}

/// With its margin a request covers every measured peak of the calibration; GiB of two decimals.
#[test]
fn margins_cover_the_measured_peaks() {
    // The calibration was made before release 1.3.
    let qu = PixelDirectConfig { release: Release::V1_2, ..qu_64() };
    let cached = PixelDirectConfig { cache_derivatives: true, ..qu.clone() };
    let temperature = PixelDirectConfig { n_pix: 4900, n_params: 6, ..cached.clone() };
    for (budget, stage, measured) in [
        (eclipse_qu(), "basis_setup", 113.2),
        (qu.budget().unwrap(), "fisher_run", 17.54),
        (cached.budget().unwrap(), "fisher_run", 28.69),
        (temperature.budget().unwrap(), "fisher_run", 3.00),
    ] {
        let request = request(&budget);
        let stage = request.stages().iter().find(|asked| asked.name() == stage).unwrap();
        let with_margin = (stage.peak_bytes().get() + stage.margin_bytes().get()) as f64 / GIB;
        assert!(with_margin >= measured - 0.01, "{with_margin} for {measured}");
        assert!(stage.calibration().is_calibrated());
    }
}

/// The largest excess of a stage; nothing where nothing was measured, and a note that says so.
#[test]
fn a_margin_is_exact_and_a_stage_without_says_so() {
    let request_of = |n_pix| request(&PixelDirectConfig { n_pix, ..qu_64() }.budget().unwrap());
    let request = request_of(9800);
    let fisher = &request.stages()[2];
    assert_eq!(fisher.calibration(), Calibration::Measured { model: 1717, measured: 1754 });
    let exact = (u128::from(fisher.peak_bytes().get()) * 37).div_ceil(1717);
    assert_eq!(u128::from(fisher.margin_bytes().get()), exact);
    assert_eq!(request.stages()[0].margin_bytes().get(), 0);

    let says =
        |request: &Request, start: &str| request.notes().iter().any(|note| note.starts_with(start));
    assert!(says(&request_of(2047), "Stage 'fisher_run' has few pixels"));
    assert!(!says(&request, "Stage"));
    let filtered = PixelDirectConfig { working_dim: Some(9000), ..qu_64() }.budget().unwrap();
    let request = filtered.request(&Job::default()).unwrap();
    assert!(says(&request, "Stage 'fisher_run' is not calibrated"));
    assert!(request.stages().iter().all(|stage| stage.margin_bytes().get() == 0));
}

/// The Spectra stage has the larger peak; the basis with its margin needs more.
#[test]
fn the_largest_stage_is_the_one_with_its_margin() {
    let config = HarmonicConfig { n_spectra: Some(1), ..HarmonicConfig::new(3000, 1680, None) };
    let budget = config.budget().unwrap();
    assert_eq!(budget.peak_stage().name(), "spectra_run");
    assert_eq!(request(&budget).largest().name(), "basis_setup");
    let none = budget.request(&Job { margin: Some(0), ..Job::default() }).unwrap();
    assert_eq!(none.largest().name(), "spectra_run");
}

#[test]
fn a_margin_that_is_asked_for_replaces_the_calibration() {
    let job = Job { margin: Some(1250), ..Job::default() };
    for budget in [eclipse_qu(), teb()] {
        let request = budget.request(&job).unwrap();
        for stage in request.stages() {
            assert_eq!(stage.margin_bytes().get(), stage.peak_bytes().get().div_ceil(8));
        }
        assert!(request.table().contains("12.50 %, as asked"));
    }
}

#[test]
fn every_rank_of_qube_holds_all_unless_they_share() {
    let budget = qu_64().budget().unwrap();
    let job = Job { nodes: 3, ranks_per_node: 4, ..Job::default() };
    let alone = request(&budget).per_node_bytes().get();
    let own = budget.request(&job).unwrap();
    assert_eq!(own.holding(), Holding::Replicated);
    assert_eq!(own.per_node_bytes().get(), 4 * alone);
    assert_eq!(own.own_per_rank_bytes().get(), alone);
    assert_eq!(own.shared_per_node_bytes().get(), 0);
    assert_eq!(own.total_bytes().get(), 12 * alone);

    let shared = budget.request(&Job { share_node: true, ..job.clone() }).unwrap();
    assert_eq!(shared.holding(), Holding::NodeShared);
    assert_eq!(shared.shared_per_node_bytes().get(), alone - PYTHON);
    assert_eq!(shared.own_per_rank_bytes().get(), PYTHON);
    assert_eq!(shared.per_node_bytes().get(), alone + 3 * PYTHON);

    let bare =
        Job { input_matrices: Some(0), baseline_bytes: Some(0), margin: Some(0), ..job.clone() };
    let bare = budget.request(&bare).unwrap();
    assert_eq!(bare.per_node_bytes().get(), 4 * budget.lifetime_peak_bytes().get());
    let two = Job { input_matrices: Some(2), ..Job::default() };
    assert_eq!(budget.request(&two).unwrap().input_bytes().get(), 16 * 9800 * 9800);
}

/// A node's bytes are the sum of its own ranks, which fill the grid row by row; the fullest node counts.
#[test]
fn eclipse_is_spread_over_all_ranks() {
    let budget = teb();
    let on_node = |grid: Grid, job: &Job, stage: &str, node: u64| -> u64 {
        let stage = budget.stage(stage).unwrap();
        let ranks = job.ranks_per_node as u64;
        let held = |number: u64| -> u64 {
            let rank = Rank { row: number / grid.columns(), column: number % grid.columns() };
            let terms = budget.on_rank(grid, stage, rank).unwrap();
            terms.iter().map(|term| term.bytes.get()).sum()
        };
        (node * ranks..(node + 1) * ranks).map(held).sum()
    };
    let bare = Job { margin: Some(0), baseline_bytes: Some(0), ..Job::default() };
    for (nodes, ranks_per_node, grid) in [
        (4, 16, None),
        (4, 16, Some((2, 32, 512))),
        (5, 6, Some((10, 3, 64))),  // a node has two rows
        (3, 8, Some((4, 6, 1000))), // a node has a row and a part of the next
        (6, 4, Some((24, 1, 64))),
    ] {
        let grid =
            grid.map(|(rows, columns, block)| Grid::new(rows, columns, block, None).unwrap());
        let job = Job { nodes, ranks_per_node, grid, ..bare.clone() };
        let found = budget.request(&job).unwrap();
        assert_eq!(found.holding(), Holding::BlockCyclic);
        let grid = grid.unwrap_or(Grid::new(8, 8, 64, None).unwrap());
        assert_eq!(found.grid(), Some(grid));
        for stage in found.stages() {
            let of_nodes = (0..nodes as u64).map(|node| on_node(grid, &job, stage.name(), node));
            assert_eq!(stage.per_node_bytes().get(), of_nodes.max().unwrap(), "{}", stage.name());
        }
        let fullest = budget.per_rank(grid).unwrap().fullest();
        assert_eq!(found.own_per_rank_bytes(), fullest);
    }
    // Of many nodes a bound is given, which none exceeds.
    let (nodes, ranks_per_node) = (1100, 2);
    let grid = Grid::new(44, 50, 32, None).unwrap();
    let job = Job { nodes, ranks_per_node, grid: Some(grid), ..bare.clone() };
    for stage in budget.request(&job).unwrap().stages() {
        let of_nodes = (0..nodes as u64).map(|node| on_node(grid, &job, stage.name(), node));
        let (most, bound) = (of_nodes.max().unwrap(), stage.per_node_bytes().get());
        assert!(most <= bound && bound <= most + most / 20, "{}: {most} {bound}", stage.name());
    }
    // A rank of MPI, and what the C library keeps of a rank beyond 300 MB.
    let job = Job { nodes: 4, ranks_per_node: 16, ..Job::default() };
    let whole = budget.request(&job).unwrap();
    let arrays = whole.largest().node().arrays.get();
    assert_eq!(whole.baseline_bytes().get(), 33_400_000);
    assert_eq!(whole.largest().node().baseline.get(), 16 * 33_400_000);
    let margin = whole.largest().node().margin.get();
    assert!(arrays / 10 <= margin && margin <= arrays / 10 + 16, "{margin} of {arrays}");

    let two = budget.request(&Job { ranks_per_node: 2, ..Job::default() }).unwrap();
    assert!(two.notes().iter().any(|note| note.contains("more than 2^31 - 1")));
}

/// 30 % below 100 MB, 10 % above 300 MB, in between in proportion; rounded up.
#[test]
fn the_margin_of_a_rank_falls_with_its_size() {
    let margin = |pixels| {
        let config = EclipseConfig { pix_t: Some(pixels), ..EclipseConfig::new(Code::T, 2) };
        let budget = config.budget().unwrap();
        let request = budget.request(&Job::default()).unwrap();
        let stage = request.largest();
        (stage.peak_bytes().get(), stage.margin_bytes().get())
    };
    let (peak, small) = margin(1000);
    assert!(peak < 100_000_000 && small == (3 * peak).div_ceil(10));
    let (peak, large) = margin(5000);
    assert!(peak > 300_000_000 && large == peak.div_ceil(10));
    let (peak, between) = margin(3500);
    let share = 0.3 - 0.2 * (peak as f64 - 1e8) / 2e8;
    assert!(
        (1e8..3e8).contains(&(peak as f64)) && (between as f64 - share * peak as f64).abs() < 2.0
    );
}

#[test]
fn bad_jobs_are_named() {
    let refused = |budget: &Budget, job: Job| budget.request(&job).unwrap_err().to_string();
    let (qube, eclipse) = (qu_64().budget().unwrap(), teb());
    let job = Job::default();
    let grid = Some(Grid::new(2, 3, 64, None).unwrap());
    for (budget, job, message) in [
        (&qube, Job { nodes: 0, ..job.clone() }, "nodes is 0; give 1 to 1048576 (2^20)"),
        (
            &qube,
            Job { ranks_per_node: -1, ..job.clone() },
            "ranks_per_node is -1; give 1 to 1048576",
        ),
        (&qube, Job { cpus_per_rank: 0, ..job.clone() }, "cpus_per_rank is 0; give"),
        (&qube, Job { margin: Some(-1), ..job.clone() }, "margin is -1; give 0 to 100000"),
        (&qube, Job { margin: Some(100_001), ..job.clone() }, "margin is 100001; give"),
        (
            &qube,
            Job { baseline_bytes: Some(-1), ..job.clone() },
            "baseline_bytes is -1; give 0 or more",
        ),
        (
            &qube,
            Job { input_matrices: Some(-1), ..job.clone() },
            "input_matrices is -1; give 0 or more",
        ),
        (
            &qube,
            Job { grid, ..job.clone() },
            "grid is given; give it only where a budget has block-cyclic matrices",
        ),
        (
            &eclipse,
            Job { share_node: true, ..job.clone() },
            "share_node is given; give it for QUBE only",
        ),
        (
            &eclipse,
            Job { input_matrices: Some(1), ..job.clone() },
            "input_matrices is given; give it for QUBE only",
        ),
        (
            &eclipse,
            Job { grid, ranks_per_node: 5, ..job.clone() },
            "nodes x ranks_per_node is 5, but nprow x npcol is 6; give as many ranks",
        ),
    ] {
        let said = refused(budget, job);
        assert!(said.starts_with(message), "{said}");
    }
    let huge = HarmonicConfig::new(500_000_000, 1, 2).budget().unwrap();
    let many = Job { nodes: 1 << 20, ranks_per_node: 1 << 20, ..job.clone() };
    for job in [many, Job { input_matrices: Some(i64::MAX), ..job.clone() }] {
        assert!(matches!(huge.request(&job), Err(Error::Overflow { .. })));
    }
}

#[test]
fn documents_say_what_the_request_says() {
    let job = Job { nodes: 4, ranks_per_node: 16, ..Job::default() };
    for budget in [eclipse_qu(), teb()] {
        let request = budget.request(&job).unwrap();
        let document: serde_json::Value = serde_json::from_str(&request.json()).unwrap();
        assert_eq!(document["schema"], "qube-request/2");
        assert_eq!(document["per_node_bytes"], request.per_node_bytes().get());
        assert_eq!(document["resident_bytes"], request.resident_bytes().get());
        assert_eq!(document["peak_stage"], request.largest().name());
        assert_eq!(document["stages"].as_array().unwrap().len(), budget.stages().len());
        assert_eq!(document["job_script"][0], request.job_lines().first().as_str());
        assert_eq!(document["holding"], request.holding().name());
        assert_eq!(document["grid"].is_null(), request.grid().is_none());
        assert_eq!(document["calibrated"], request.largest().calibration().is_calibrated());
    }
}

proptest! {
    #[test]
    fn tables_fit_100_columns(
        n in prop::array::uniform4(1..700_000_000i64), ranks in 1..200i64,
        baseline in prop::option::of(0..i64::MAX), margin in prop::option::of(0..100_000i64),
    ) {
        let [n_pix, n_modes, lmax, maps] = n;
        let job = Job { ranks_per_node: ranks, baseline_bytes: baseline, margin, ..Job::default() };
        let small = Some(1 + n_pix % 100_000);
        let eclipse = EclipseConfig {
            pix_t: small, pix_p: small, maps, ..EclipseConfig::new(Code::Teb, 2 + lmax % 2000)
        };
        for budget in [
            HarmonicConfig::new(n_pix, n_modes, lmax).budget(),
            PixelDirectConfig::new(n_pix, lmax, 1 + maps % 100, 6).budget(),
            eclipse.budget(),
        ].into_iter().flatten() {
            if let Ok(request) = budget.request(&job) {
                let table = request.table();
                prop_assert!(table.lines().all(|line| line.chars().count() <= 100), "{}", table);
            }
        }
    }
}
