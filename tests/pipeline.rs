//! Pipelines of the host's own: budgets from documents and builders, and the questions asked of them. Sizes
//! are computed here from the formulas in the sources of the documents, not read from what the library says.

use qube_budget::Error;
use qube_budget::budget::{
    Budget, Bytes, Grid, HarmonicConfig, Holder, Layout, Model, Pipeline, PipelineBuilder,
    PipelineConfig,
};
use qube_budget::run::{Holding, Job, Largest, Measured, Run, Size};

const XQML: &str = include_str!("../examples/pipelines/xqml.json");
const TOAST: &str = include_str!("../examples/pipelines/toast.json");

fn run(text: &str, values: &[(&str, i64)]) -> Run {
    let mut config = PipelineConfig::new(Pipeline::from_json(text).unwrap());
    values.iter().for_each(|(name, value)| config.set(name, *value).unwrap());
    Run::new(config)
}

fn stage_peaks(run: &Run) -> Vec<(String, u64)> {
    let budget = run.budget().unwrap();
    let stages = budget.stages().iter();
    stages.map(|stage| (stage.name().to_owned(), stage.peak_bytes().get())).collect()
}

/// A document with one stage of n x n doubles, block-cyclic or as `layout` says.
fn square(layout: &str) -> String {
    format!(
        r#"{{"schema": "qube-pipeline/1", "name": "square", "source": "a test", "layout": "{layout}",
            "parameters": [{{"name": "n", "default": 1000}}],
            "stages": [{{"name": "only", "events": [{{"allocate": "A", "rows": "n", "columns": "n"}}]}}]}}"#
    )
}

fn value_of(found: Largest) -> (u64, Option<u64>) {
    match found {
        Largest::Value { fits, next } => (fits.value, next.map(|next| next.value)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn xqml_holds_three_lists_where_it_prints_one() {
    let (npix, nspec, nbin) = (768u64, 2, 10);
    let unit = 8 * (2 * npix) * (2 * npix);
    let nl = nspec * nbin;
    let run = run(XQML, &[("npix", 768), ("nbin", 10)]);
    let small = 8 * nl * nl; // invW, GAB
    assert_eq!(
        stage_peaks(&run),
        [
            ("compute_ds_dcb".to_owned(), 8 * npix * npix + (nl + 1) * unit),
            ("construct_esti".to_owned(), (2 * nl + 3) * unit + small),
            ("get_covariance".to_owned(), (3 * nl + 1) * unit + 2 * small),
        ]
    );
    let budget = run.budget().unwrap();
    let printed = budget.inputs().iter().find(|input| input.name == "printed_bytes").unwrap();
    assert_eq!(printed.value.to_string(), (nl * unit).to_string());
    assert_eq!(printed.from.as_deref(), Some("8 * nl * n ^ 2"));
    assert_eq!((budget.program(), budget.path().name()), ("xQML", "pipeline"));
}

#[test]
fn conditions_leave_stages_and_arrays_out() {
    let sizes = [("npix", 768), ("nbin", 10), ("covariance", 0), ("cross", 0)];
    let peaks = stage_peaks(&run(XQML, &sizes));
    let names: Vec<&str> = peaks.iter().map(|(name, _)| &**name).collect();
    assert_eq!(names, ["compute_ds_dcb", "construct_esti"]);
    // Without cross spectra S + NA is made for the covariance, and one noise covariance is read.
    let unit = 8 * 1536 * 1536;
    let one = run(XQML, &[("npix", 768), ("nbin", 10), ("cross", 0)]);
    assert_eq!(stage_peaks(&one)[2].1, 62 * unit + 2 * 8 * 20 * 20);
    let request = one.budget().unwrap().request(&Job::default()).unwrap();
    assert_eq!(request.input_bytes().get(), unit);
}

#[test]
fn toast_counts_bytes_of_each_detector_sample() {
    let (detectors, samples) = (10u64, 3_456_000);
    let sizes = [("n_detectors", 10), ("n_samples", 3_456_000)];
    let boresight = (4 * 8 + 1) * samples;
    let data = detectors * samples;
    let peaks = stage_peaks(&run(TOAST, &sizes));
    assert_eq!(peaks[0].1, boresight);
    assert_eq!(peaks[1].1, boresight + 4 * 8 * 1_000_000 + (8 + 3 * 8) * data);
    assert_eq!(peaks[2].1, boresight + (8 + 3 * 8 + 8 + 1) * data);
    let cached = stage_peaks(&run(TOAST, &[sizes[0], sizes[1], ("cache_quaternions", 1)]));
    assert_eq!(cached[2].1, boresight + (4 * 8 + 8 + 3 * 8 + 8 + 1) * data);
}

#[test]
fn what_is_made_after_the_peak_stays() {
    let text = r#"{"schema": "qube-pipeline/1", "name": "demo", "source": "a test", "stages": [
        {"name": "one", "events": [{"allocate": "kept", "bytes": 100}, {"allocate": "work", "bytes": 50},
            {"free": "work"}, {"allocate": "late", "bytes": 20}]},
        {"name": "two", "events": [{"free": "kept"}, {"allocate": "kept", "bytes": 7},
            {"allocate": "nothing", "bytes": "5 - 5"}, {"free": "nothing"}]}]}"#;
    let budget = run(text, &[]).budget().unwrap();
    let [one, two] = budget.stages() else { panic!() };
    assert_eq!((one.peak_bytes().get(), one.end_bytes().get()), (150, 120));
    assert_eq!((two.peak_bytes().get(), two.end_bytes().get()), (120, 27));
    let names = |terms: &[qube_budget::budget::Term]| -> Vec<String> {
        terms.iter().map(|term| term.name().to_owned()).collect()
    };
    assert_eq!(names(one.post_peak()), ["late"]);
    let events: Vec<(u32, &str, u64)> = budget
        .trace()
        .iter()
        .map(|event| (event.step, &*event.what, event.total_bytes.get()))
        .collect();
    assert_eq!(
        events,
        [
            (1, "+ kept", 100),
            (1, "+ work", 150),
            (1, "- work", 100),
            (1, "+ late", 120),
            (2, "- kept", 20),
            (2, "+ kept", 27),
        ]
    );
    assert!(budget.json().contains(r#""program":"demo","model":"held","release":"a test""#));
    assert!(budget.table().starts_with("demo memory budget, as in a test\n"));
    assert!(budget.svg(None).unwrap().contains("late"));
}

#[test]
fn a_request_has_the_documents_process_and_the_margin_of_its_runs() {
    let text = r#"{"schema": "qube-pipeline/1", "name": "demo", "source": "a test",
        "parameters": [{"name": "n", "default": 1000}],
        "input_bytes": "3 * n", "baseline_bytes": 500,
        "stages": [{"name": "one", "events": [{"allocate": "a", "bytes": "n * n"}]},
            {"name": "two", "events": [{"allocate": "b", "bytes": "n"}]}],
        "measured": [
            {"stage": "one", "predicted_bytes": 100, "measured_bytes": 104, "source": "run 1"},
            {"stage": "one", "predicted_bytes": 200, "measured_bytes": 220, "source": "run 2"},
            {"stage": "two", "predicted_bytes": 200, "measured_bytes": 190, "source": "run 2"}]}"#;
    let budget = run(text, &[]).budget().unwrap();
    let request = budget.request(&Job { ranks_per_node: 3, ..Job::default() }).unwrap();
    // The largest excess of a stage, a tenth.
    assert_eq!(request.per_node_bytes().get(), 3 * (1_000_000 + 100_000 + 3000 + 500));
    assert!(request.table().contains("10.00 %, measured"));
    let two = &request.stages()[1];
    assert_eq!(two.margin_bytes(), Bytes::ZERO);
    assert_eq!(request.margin_words(two), "none: runs held no more");
    let other = Job { baseline_bytes: Some(7), margin: Some(0), ..Job::default() };
    let request = budget.request(&other).unwrap();
    assert_eq!(request.per_node_bytes().get(), 1_001_000 + 3000 + 7);
    for job in [
        Job { share_node: true, ..Job::default() },
        Job { input_matrices: Some(1), ..Job::default() },
        Job { grid: Some(Grid::new(1, 1, 64, None).unwrap()), ..Job::default() },
    ] {
        assert!(matches!(budget.request(&job), Err(Error::Figure { .. })), "{job:?}");
    }
}

#[test]
fn layouts_say_who_holds_what() {
    let request =
        |layout: &str, job: &Job| run(&square(layout), &[]).budget().unwrap().request(job).unwrap();
    let whole = 8 * 1000 * 1000;
    let four = Job { ranks_per_node: 4, ..Job::default() };
    assert_eq!(request("replicated", &four).per_node_bytes().get(), 4 * whole);
    let shared = request("node-shared", &four);
    assert_eq!((shared.holding(), shared.per_node_bytes().get()), (Holding::NodeShared, whole));
    // One copy of A on a node beside one of B for each rank.
    let mixed = square("node-shared")
        .replace("}]}]", r#"}, {"allocate": "B", "bytes": "n", "layout": "replicated"}]}]"#);
    let mixed = run(&mixed, &[]).budget().unwrap().request(&four).unwrap();
    assert_eq!(mixed.per_node_bytes().get(), whole + 4 * 1000);
    assert!(mixed.notes()[0].contains("a node one copy of those that its ranks share"));
    // 1000 rows in blocks of 64 over 2 process rows: 512 and 488.
    let grid = Grid::new(2, 2, 64, None).unwrap();
    let spread = request("block-cyclic", &Job { grid: Some(grid), ..four });
    assert_eq!(spread.holding(), Holding::BlockCyclic);
    let parts: Vec<u64> = spread.stages()[0].parts().iter().map(|part| part.bytes.get()).collect();
    assert_eq!(parts, [8 * 512 * 512]);
    let per_rank = |layout: &str| {
        let ranks = run(&square(layout), &[]).budget().unwrap().per_rank(grid).unwrap();
        (ranks.stages[0].fullest.get(), ranks.stages[0].least.get())
    };
    assert_eq!(per_rank("block-cyclic"), (8 * 512 * 512, 8 * 488 * 488));
    assert_eq!(per_rank("rows"), (8 * 512 * 1000, 8 * 488 * 1000));
    assert_eq!(per_rank("replicated"), (whole, whole));
}

#[test]
fn fit_tries_what_the_document_lets_go_in_its_order() {
    let run = run(XQML, &[("npix", 768), ("nbin", 10)]);
    let unit = 8 * 1536 * 1536;
    // As given: 61 units and 2 of input; without the covariance 43 and 2.
    let fit = run.fit(&Job::default(), 50 * unit).unwrap();
    assert!(!fit.fits());
    let changes: Vec<(String, Option<u64>, bool)> = fit
        .changes()
        .iter()
        .map(|change| (change.measure.words(), change.measure.value(), change.fits))
        .collect();
    let word = |text: &str, value, fits| (text.to_owned(), Some(value), fits);
    assert_eq!(
        changes,
        [
            word("covariance off: no analytical covariance of the spectra", 0, true),
            // 3 lists of 2 x 7 matrices, S and 2 inputs.
            word("nbin 7: wider bins of multipoles", 7, true),
            word("npix 684: a smaller mask or coarser pixels", 684, true),
        ]
    );
    assert_eq!(fit.over().unwrap().term, "El_CAB");
    let none = run.fit(&Job { ranks_per_node: 2, ..Job::default() }, unit).unwrap();
    let words: Vec<String> = none.changes().iter().map(|change| change.measure.words()).collect();
    assert_eq!(words[1], "nbin 1: wider bins of multipoles");
    assert_eq!(words[3], "1 rank on a node");
}

#[test]
fn the_largest_value_fits_and_the_next_does_not() {
    let limit = 1 << 33;
    let sizes = [("npix", 768), ("nbin", 10)];
    let per_node = |name: &'static str, value: u64| {
        let values = [sizes[0], sizes[1], (name, value as i64)];
        run(XQML, &values)
            .budget()
            .unwrap()
            .request(&Job::default())
            .unwrap()
            .per_node_bytes()
            .get()
    };
    for name in ["npix", "nbin"] {
        let found = run(XQML, &sizes).largest(Size::Parameter(name.into()), &Job::default(), limit);
        let (value, next) = value_of(found.unwrap());
        assert_eq!(next, Some(value + 1));
        assert!(per_node(name, value) <= limit as u64 && per_node(name, value + 1) > limit as u64);
    }
    // Names of built-in sizes are a pipeline's own.
    let text = square("replicated").replace('n', "@").replace('@', "n");
    let lmax = text.replace("\"n\"", "\"lmax\"").replace("\"name\": \"n\"", "\"name\": \"lmax\"");
    let found = run(&lmax, &[]).largest(Size::Lmax, &Job::default(), 8 * 5000 * 5000);
    assert_eq!(value_of(found.unwrap()), (5000, Some(5001)));
}

#[test]
fn ranges_and_choices_bound_the_search() {
    let text = |range: &str, bytes: &str| {
        format!(
            r#"{{"schema": "qube-pipeline/1", "name": "demo", "source": "a test",
                "parameters": [{{"name": "n", "default": 8, {range}}}, {{"name": "idle", "default": 1}}],
                "stages": [{{"name": "one", "events": [{{"allocate": "a", "bytes": "{bytes}"}}]}}]}}"#
        )
    };
    let largest = |range: &str, bytes: &str, limit: i64| {
        let run = run(&text(range, bytes), &[]);
        run.largest(Size::Parameter("n".into()), &Job::default(), limit).unwrap()
    };
    assert_eq!(value_of(largest("\"choices\": [32, 8, 16, 64]", "n", 40)), (32, Some(64)));
    // More is less: choices are tried from the largest.
    assert_eq!(value_of(largest("\"choices\": [8, 16, 64]", "640 // n", 10)), (64, None));
    assert_eq!(value_of(largest("\"multiple_of\": 4", "n / 4", 5)), (20, Some(24)));
    assert_eq!(value_of(largest("\"max\": 100", "n", 1000)), (100, None));
    assert_eq!(value_of(largest("\"max\": 100", "n", 3)), (3, Some(4)));
    let none = largest("\"min\": 2", "n", 1);
    assert!(matches!(none, Largest::None { least } if least.value == 2), "{none:?}");
    // Beyond 20 the size would be negative, beyond 2^63 - 1 bytes it overflows.
    assert_eq!(value_of(largest("\"min\": 0", "20 - n", 1000)), (20, Some(21)));
    let most = (1i64 << 60) - 1;
    let (value, next) = value_of(largest("\"min\": 0", "8 * n", i64::MAX));
    assert_eq!((value as i64, next), (most, Some(most as u64 + 1)));
    let idle = run(&text("\"min\": 0", "n"), &[]);
    let found = idle.largest(Size::Parameter("idle".into()), &Job::default(), 100).unwrap();
    assert!(matches!(found, Largest::Any { per_node } if per_node.get() == 8));
    let found = idle.largest(Size::Parameter("other".into()), &Job::default(), 100);
    let message = found.unwrap_err().to_string();
    assert_eq!(message, "parameter 'other' is not of pipeline 'demo'; give one of: n, idle");
}

#[test]
fn a_remainder_stops_the_search_with_its_place() {
    let text = square("replicated").replace("\"columns\": \"n\"", "\"columns\": \"n / 4\"");
    let found = run(&text, &[]).largest(Size::Parameter("n".into()), &Job::default(), 1 << 40);
    let message = found.unwrap_err().to_string();
    assert!(message.contains("stages[0].events[0].columns, character 3 of 'n / 4'"), "{message}");
    assert!(message.contains("leaves a remainder of"), "{message}");
}

#[test]
fn measured_stages_stand_beside_predicted_ones() {
    let text = square("replicated").replace("\"n\"", "\"n_pix\"");
    let budget = run(&text, &[]).budget().unwrap();
    let measured = Measured::parse("baseline 1000\nonly peak 8801000").unwrap();
    let comparison = budget.compare(&measured).unwrap();
    let percent = comparison.stages()[0].peak.difference_percent().unwrap();
    assert!((percent - 10.0).abs() < 1e-9, "{percent}");
    let unknown = Measured::parse("other peak 88").unwrap();
    assert!(matches!(budget.compare(&unknown), Err(Error::UnknownStage { .. })));
}

fn built() -> PipelineBuilder {
    let mut builder = PipelineBuilder::new("a solver").unwrap();
    builder.stage("covariance").unwrap();
    let every = Holder::EveryRank;
    builder.allocate("C", 1, 1000, 1000, 8, Layout::BlockCyclic, every).unwrap();
    builder.allocate("work", 2, 1000, 64, 4, Layout::Whole, every).unwrap();
    builder.free("work").unwrap();
    builder.stage("solve").unwrap();
    builder.allocate("x", 1, 1000, 1, 8, Layout::Whole, Holder::FirstRank).unwrap();
    builder
}

#[test]
fn a_builder_mirrors_the_code_that_allocates() {
    let budget = built().budget().unwrap();
    let c = 8 * 1000 * 1000;
    let run = Run::new(budget.clone());
    assert_eq!(
        stage_peaks(&run),
        [("covariance".to_owned(), c + 2 * 1000 * 64 * 4), ("solve".to_owned(), c + 8000)]
    );
    let grid = Grid::new(2, 2, 64, None).unwrap();
    let ranks = budget.per_rank(grid).unwrap();
    assert_eq!(ranks.stages[1].fullest.get(), 8 * 512 * 512 + 8000);
    assert_eq!(ranks.stages[1].least.get(), 8 * 488 * 488);
    let job = Job { ranks_per_node: 4, grid: Some(grid), ..Job::default() };
    assert_eq!(budget.request(&job).unwrap().holding(), Holding::BlockCyclic);
    assert!(run.fit(&job, 1 << 30).unwrap().fits());
    let refused = run.largest(Size::Parameter("n".into()), &job, 1 << 30).unwrap_err().to_string();
    assert!(refused.contains("of a builder's budget, whose sizes are fixed"), "{refused}");
    assert!(matches!(run.largest(Size::Nodes, &job, 1 << 30), Ok(Largest::Value { .. })));
}

#[test]
fn a_builder_refuses_calls_out_of_order() {
    let message = |result: Result<(), Error>| result.unwrap_err().to_string();
    let every = Holder::EveryRank;
    let mut builder = PipelineBuilder::new("demo").unwrap();
    let early = builder.allocate("a", 1, 1, 1, 8, Layout::Whole, every);
    assert_eq!(message(early), "'a' comes before any stage; begin a stage first");
    builder.stage("one").unwrap();
    assert_eq!(message(builder.free("a")), "'a' is not held; allocate it first");
    assert_eq!(message(builder.stage("one")), "stage 'one' is there already; choose another name");
    builder.allocate("a", 1, 1, 1, 8, Layout::Whole, every).unwrap();
    assert_eq!(
        message(builder.allocate("a", 1, 1, 1, 8, Layout::Whole, every)),
        "array 'a' is held already; free it first, or choose another name"
    );
    assert_eq!(
        message(builder.allocate("b", 1, -5, 1, 8, Layout::Whole, every)),
        "rows is -5; give 0 or more"
    );
    let huge = builder.allocate("b", i64::MAX, i64::MAX, i64::MAX, 8, Layout::Whole, every);
    assert!(matches!(huge, Err(Error::Overflow { .. })));
    // A call that is refused changes nothing.
    assert_eq!(builder.budget().unwrap().lifetime_peak_bytes().get(), 8);
    assert!(
        PipelineBuilder::new("").is_err()
            && PipelineBuilder::new("demo").unwrap().budget().is_err()
    );
    let mut endless = PipelineBuilder::new("demo").unwrap();
    endless.stage("one").unwrap();
    for event in 0..999 {
        endless.allocate(&event.to_string(), 1, 1, 1, 1, Layout::Whole, every).unwrap();
    }
    let last = endless.allocate("last", 1, 1, 1, 1, Layout::Whole, every);
    assert_eq!(message(last), "too many stages and events of the pipeline: 1001; use at most 1000");
}

/// The first block of JSON in the manual is a document, with the sizes that its text has.
#[test]
fn the_document_of_the_manual() {
    let manual = include_str!("../docs/pipelines.md");
    let text = manual.split("```json fisher.json\n").nth(1).unwrap().split("```").next().unwrap();
    let run = run(text, &[("n_pix", 500)]);
    let unit = 8 * 500 * 500;
    let params = 3 * 8;
    let peaks: Vec<u64> = stage_peaks(&run).into_iter().map(|(_, bytes)| bytes).collect();
    assert_eq!(peaks, [unit, (1 + params) * unit + 8 * params * params]);
    let request = run.budget().unwrap().request(&Job::default()).unwrap();
    assert_eq!(request.baseline_bytes().get(), 35_000_000);
}

/// QUBE's harmonic path, as its own calculator has it, is a pipeline like any other.
#[test]
fn a_document_can_say_what_a_built_in_path_says() {
    let matrix = |name: &str, side: &str, condition: &str| {
        let condition =
            if condition.is_empty() { String::new() } else { format!(r#", "if": "{condition}""#) };
        let (rows, columns) = side.split_once(' ').unwrap();
        format!(r#"{{"allocate": "{name}", "rows": "{rows}", "columns": "{columns}"{condition}}}"#)
    };
    let freed = |name: &str, condition: &str| match condition {
        "" => format!(r#"{{"free": "{name}"}}"#),
        _ => format!(r#"{{"free": "{name}", "if": "{condition}"}}"#),
    };
    let stage = |name: &str, events: &[String]| {
        format!(r#"{{"name": "{name}", "events": [{}]}}"#, events.join(", "))
    };
    let stages = [
        stage(
            "covariance_setup",
            &[
                matrix("Cov_T", "n_pix n_pix", ""),
                matrix("copy", "n_pix n_pix", ""),
                freed("copy", ""),
            ],
        ),
        stage(
            "basis_setup",
            &[
                matrix("V_N_inv", "n_pix n_modes", ""),
                matrix("M", "n_modes n_modes", ""),
                matrix("T", "n_modes n_modes", "switch"),
                matrix("V", "n_pix n_modes", ""),
                matrix("S_fixed", "n_pix n_pix", "switch"),
                matrix("corr", "n_pix n_modes", "switch"),
                freed("S_fixed", "switch"),
                freed("corr", "switch"),
                freed("V", "not keep_pixel_projector"),
            ],
        ),
        stage("fisher_run", &[]),
        stage("spectra_run", &[matrix("noise_cov_T", "n_modes n_modes", "")]),
    ];
    let text = format!(
        r#"{{"schema": "qube-pipeline/1", "name": "QUBE", "source": "arXiv 2605.21149",
            "parameters": [{{"name": "n_pix"}}, {{"name": "n_modes"}}, {{"name": "lmax"}}, {{"name": "lmax_signal"}},
                {{"name": "keep_pixel_projector", "default": false}}],
            "derived": [{{"name": "switch", "is": "0 < lmax and lmax < lmax_signal"}}],
            "stages": [{}]}}"#,
        stages.join(", ")
    );
    for (n_pix, n_modes, lmax, keep) in [
        (59136, 33274, 128, false),
        (9800, 8442, 256, true),
        (100, 1000, 64, true),
        (7, 3, 256, false),
    ] {
        let built_in = HarmonicConfig {
            lmax: Some(lmax),
            keep_pixel_projector: keep,
            model: Model::Published,
            ..HarmonicConfig::new(n_pix, n_modes, 256)
        };
        let values = [
            ("n_pix", n_pix),
            ("n_modes", n_modes),
            ("lmax", lmax),
            ("lmax_signal", 256),
            ("keep_pixel_projector", keep.into()),
        ];
        let told = |budget: &Budget| -> Vec<(String, u64, u64)> {
            let stages = budget.stages().iter();
            stages
                .map(|stage| {
                    let bytes = [stage.peak_bytes(), stage.end_bytes()].map(Bytes::get);
                    (stage.name().to_owned(), bytes[0], bytes[1])
                })
                .collect()
        };
        let document = run(&text, &values).budget().unwrap();
        assert_eq!(told(&document), told(&built_in.budget().unwrap()), "{n_pix}");
    }
}

/// The longest names and the largest numbers stay within the columns of every table.
#[test]
fn tables_have_100_columns_at_most() {
    let [array, other, stage, program] = ["a", "b", "s", "p"].map(|name| name.repeat(50));
    let text = format!(
        r#"{{"schema": "qube-pipeline/1", "name": "{program}", "source": "{}",
            "parameters": [{{"name": "{program}", "default": 3, "reduce": {{"order": 1, "price": "{}"}}}}],
            "stages": [{{"name": "{}", "events": [
                {{"allocate": "{}", "rows": "2 ^ 30", "columns": "2 ^ 29"}},
                {{"allocate": "{}", "rows": "2 ^ 29", "columns": "2 ^ 29"}}, {{"free": "{}"}}]}}]}}"#,
        "word ".repeat(190),
        "word ".repeat(190),
        &stage[..20],
        &array[..46],
        &other[..46],
        &array[..46],
    );
    let run = run(&text, &[]);
    let budget = run.budget().unwrap();
    let request = budget.request(&Job::default()).unwrap();
    let fit = run.fit(&Job::default(), 1 << 30).unwrap();
    let parameters = Pipeline::from_json(&text).unwrap().parameter_table();
    for table in [budget.table(), request.table(), fit.table(), parameters] {
        let widest = table.lines().max_by_key(|line| line.chars().count()).unwrap();
        assert!(widest.chars().count() <= 100, "{} {widest}", widest.chars().count());
    }
}
