//! A real check: arrays of a budget are really allocated, and the process's resident memory is what
//! the budget says, within 2 % above the baseline.
//!
//! A rehearsal is a process of its own, so that its peak is its own: this very program, asked for
//! the one ignored test. It reads what to hold from the budget itself, stage by stage: it frees
//! what the stage no longer names, allocates its persistent and then its transient terms and
//! touches every page, frees the transient ones and allocates the late ones. It marks each stage with the
//! meter, whose record `Budget::compare` reads.
#![cfg(target_os = "linux")]

use std::io::Write as _;
use std::process::Command;
use std::{env, fs, io};

use qube_budget::budget::{
    Budget, Code, EclipseConfig, HarmonicConfig, Model, PixelDirectConfig, Release, Term,
    TraditionalConfig,
};
use qube_budget::machine;
use qube_budget::meter::Meter;
use qube_budget::run::Measured;

const GIB: u64 = 1 << 30;

/// What has to be free; the largest rehearsal holds 3.04 GiB, the one beside it 0.3 GiB.
const NEEDED: u64 = 4 * GIB;

/// How far the resident memory may be from the budget, in per cent.
const ALLOWED_PERCENT: f64 = 2.0;

/// The largest size of which an allocator may keep what is freed: glibc gives larger ones back at
/// once (DEFAULT_MMAP_THRESHOLD_MAX). Each array of a rehearsal is larger, as those of real runs
/// are.
const KEPT_BY_ALLOCATOR: u64 = 32 << 20;

const CASE: &str = "QUBE_REHEARSAL_CASE";
const LOG: &str = "QUBE_REHEARSAL_LOG";

/// Runs to rehearse, by name. The sizes keep every array above what an allocator keeps, and the
/// largest one is T at nside 64 of QUBE's calibration.
fn cases() -> Vec<(&'static str, Budget)> {
    let harmonic = HarmonicConfig::new(4000, 2200, 64);
    let switch = HarmonicConfig { lmax: Some(32), ..harmonic.clone() };
    let pixel = PixelDirectConfig::new(2500, 64, 6, 18);
    let temperature = PixelDirectConfig::new(4900, 256, 6, 6);
    let eclipse = EclipseConfig {
        pix_t: Some(2600),
        pix_p: Some(2600),
        check_inverse: true,
        maps: 1000,
        model: Model::Printed, // its own arrays; what ScaLAPACK holds beside is proven by running it
        ..EclipseConfig::new(Code::Teb, 40)
    };
    let budgets = [
        ("harmonic", harmonic.budget()),
        ("harmonic, switch", switch.budget()),
        (
            "harmonic, switch, V kept, covariance by caller",
            HarmonicConfig { keep_pixel_projector: true, covariance_by_caller: true, ..switch }
                .budget(),
        ),
        (
            "pixel-direct, release 1.1, switch",
            PixelDirectConfig { release: Release::V1_1, lmax: Some(32), ..pixel.clone() }.budget(),
        ),
        (
            "pixel-direct, derivatives cached",
            PixelDirectConfig { cache_derivatives: true, ..pixel.clone() }.budget(),
        ),
        ("pixel-direct", pixel.budget()),
        ("traditional", TraditionalConfig::new(2500, 18).budget()),
        (
            "pixel-direct, T at nside 64, derivatives cached",
            PixelDirectConfig { cache_derivatives: true, ..temperature }.budget(),
        ),
        ("eclipse", eclipse.budget()),
        ("eclipse, maps crossed", EclipseConfig { cross: true, ..eclipse }.budget()),
    ];
    budgets.into_iter().map(|(name, budget)| (name, budget.unwrap())).collect()
}

// ---- the process that holds it ----

/// An array of the size of a term, every page of which has been written.
struct Held {
    term: Term,
    _array: Vec<f64>,
}

impl Held {
    fn allocate(term: Term) -> Held {
        /// Doubles of the smallest page there is, 4096 bytes.
        const PAGE: usize = 512;
        let doubles = usize::try_from(term.bytes().get() / 8).unwrap();
        let mut array = vec![0.0; doubles];
        array.iter_mut().step_by(PAGE).for_each(|first| *first = 1.0);
        Held { term, _array: std::hint::black_box(array) }
    }
}

fn kibibytes(text: &str, field: &str) -> u64 {
    let line = text.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
    line.unwrap().trim().trim_end_matches(" kB").parse().unwrap()
}

/// Holds what the budget says, when it says so, and returns what the meter recorded. `forget` is a name
/// of a term that is never freed.
fn rehearse(budget: &Budget, forget: Option<&str>) -> String {
    let mut meter = Meter::start();
    let mut held: Vec<Held> = Vec::new();
    let keep = |held: &mut Vec<Held>, wanted: &dyn Fn(&Term) -> bool| {
        held.retain(|array| wanted(&array.term) || forget == Some(array.term.name()));
    };
    for stage in budget.stages() {
        meter.stage(stage.name()).unwrap();
        keep(&mut held, &|term| stage.terms().any(|wanted| wanted == term));
        for term in stage.terms() {
            if !held.iter().any(|array| array.term == *term) {
                held.push(Held::allocate(term.clone()));
            }
        }
        keep(&mut held, &|term| stage.persistent().contains(term));
        held.extend(stage.post_peak().iter().map(|term| Held::allocate(term.clone())));
    }
    meter.end().unwrap();
    meter.record().json()
}

#[test]
#[ignore = "the process that resident_memory_is_what_the_budget_says starts"]
fn rehearsal() {
    let (Ok(case), Ok(log)) = (env::var(CASE), env::var(LOG)) else {
        panic!("{CASE} and {LOG} are not set: run resident_memory_is_what_the_budget_says");
    };
    let (name, forget) = case
        .split_once(" but forgets ")
        .map_or((&*case, None), |(name, forget)| (name, Some(forget)));
    let (_, budget) = cases().into_iter().find(|(known, _)| *known == name).unwrap();
    fs::write(log, rehearse(&budget, forget)).unwrap();
}

// ---- and what it measured ----

fn measure(case: &str) -> Measured {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let output = Command::new(env::current_exe().unwrap())
        .args(["--ignored", "--exact", "rehearsal"])
        .envs([(CASE, case.as_ref()), (LOG, log.as_os_str())])
        .output()
        .unwrap();
    assert!(output.status.success(), "{case}: {}", String::from_utf8_lossy(&output.stdout));
    Measured::parse(&fs::read_to_string(log).unwrap()).unwrap()
}

/// The memory that is free, or the cgroup's limit where that is less.
fn free() -> u64 {
    let available = kibibytes(&fs::read_to_string("/proc/meminfo").unwrap(), "MemAvailable") << 10;
    available.min(machine::memory_limit().unwrap().bytes)
}

/// What is to be said where there is too little memory for a test.
fn skipped(test: &str, free: u64) -> Option<String> {
    let gib = |bytes: u64| bytes as f64 / GIB as f64;
    let (has, needs) = (gib(free), gib(NEEDED));
    (free < NEEDED)
        .then(|| format!("SKIPPED: {test}: {has:.1} GiB are free, needed: {needs:.1} GiB\n"))
}

/// Whether there is. If not it is said on stderr itself, which cargo test shows also where a test
/// passes.
fn is_room_for(test: &str) -> bool {
    let skipped = skipped(test, free());
    if let Some(line) = &skipped {
        io::stderr().write_all(line.as_bytes()).unwrap();
    }
    skipped.is_none()
}

#[test]
fn too_little_memory_is_said() {
    assert_eq!(skipped("a test", NEEDED), None);
    let line = "SKIPPED: a test: 2.5 GiB are free, needed: 4.0 GiB\n";
    assert_eq!(skipped("a test", GIB * 5 / 2).as_deref(), Some(line));
}

#[test]
fn resident_memory_is_what_the_budget_says() {
    if !is_room_for("resident_memory_is_what_the_budget_says") {
        return;
    }
    let late =
        |(_, budget): &(_, Budget)| budget.stages().iter().any(|s| !s.post_peak().is_empty());
    assert_eq!(cases().iter().filter(|case| late(case)).count(), 2); // ECLIPSE's
    for (name, budget) in cases() {
        let terms =
            || budget.stages().iter().flat_map(|stage| stage.terms().chain(stage.post_peak()));
        for term in terms() {
            assert!(term.bytes().get() > KEPT_BY_ALLOCATOR, "{name}: {}", term.name());
        }
        assert!(budget.lifetime_peak_bytes().get() < NEEDED * 7 / 8, "{name}");

        let measured = measure(name);
        let comparison = budget.compare(&measured).unwrap();
        println!("{name}\n{}", comparison.table());
        assert_eq!(comparison.not_measured().next(), None);
        // Also where nothing is left, and there are no per cent: all to 2 % of the lifetime peak.
        let slack = budget.lifetime_peak_bytes().get() as f64 * ALLOWED_PERCENT / 100.0;
        for stage in comparison.stages() {
            for (is_peak, figure) in stage.figures() {
                // A system that does not set its mark back does not tell smaller peaks after larger ones.
                let resets = measured.notes().iter().all(|note| !note.contains("only rises"));
                let Some(above) = figure.above_baseline else {
                    assert!(is_peak && !resets, "{name}, {}: {figure:?}", stage.name);
                    continue;
                };
                let above = above as f64;
                let apart = (above - figure.predicted.get() as f64).abs();
                assert!(apart <= slack, "{name}, {}: {figure:?}", stage.name);
            }
        }
        let (stage, _, percent) = comparison.furthest().unwrap();
        assert!(percent.abs() <= ALLOWED_PERCENT, "{name}, {stage}: {percent} %");
    }
}

/// The check can fail: a copy of the input that is not freed shows in every stage that follows.
#[test]
fn an_array_that_is_not_freed_is_found() {
    if !is_room_for("an_array_that_is_not_freed_is_found") {
        return;
    }
    let (name, budget) = cases().swap_remove(0);
    let copy = budget.stages()[0].transient()[0].clone();
    let measured = measure(&format!("{name} but forgets {}", copy.name()));
    let comparison = budget.compare(&measured).unwrap();
    for stage in comparison.stages() {
        let end = stage.end.unwrap();
        let more = end.above_baseline.unwrap() - end.predicted.signed();
        let of_copy = more as f64 / copy.bytes().get() as f64;
        assert!((0.98..1.02).contains(&of_copy), "{}: {of_copy}", stage.name);
    }
}
