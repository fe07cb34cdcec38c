//! The profile that QUBE's own benchmarks write (CosmoForge, `cosmocore.benchmarks`): resident sizes in
//! MB of 2^20 bytes, sampled by a thread.
//!
//! A profile has `baseline_rss_mb`, `peak_rss_mb`, and `stages`, in the order in which they ended, each
//! with `name`, `rss_at_entry_mb`, `rss_at_exit_mb` and `rss_peak_mb`. The file of a benchmark has one
//! below each name in `results`; a bare list of stages is read too.
//!
//! Names. `fisher.basis_setup` is our basis_setup, `fisher.compute.derivative_cache` and all else of
//! `fisher.compute` our fisher_run, and so `spectra.compute` our spectra_run. What lies between them
//! (fields, beams, binning, distribution) has no stage in a budget and counts for the lifetime only.
//! The samples `fisher_run` and `spectra_run` are of the whole of Fisher.run() and Spectra.run(): each
//! stage within them resets the peak, so theirs is that of the last one.
//!
//! Ends. A stage within compute() ends before its products are dropped; what is held afterwards is the
//! entry of the stage that follows, or else the exit of the whole run().

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::{MOST_STAGES, Measured, Moment, Read, refused};
use crate::Result;
use crate::budget::bytes::Bytes;
use crate::quiet::{operand, whole};

/// Stages in a run() that no budget has.
const BETWEEN: [&str; 4] = ["setup_static", "setup_cls_beams", "mpi_distribution", "binning_beam"];

/// Stages of ours within Fisher.run() before the Fisher matrix.
const BEFORE_FISHER: [&str; 3] = ["covariance_setup", "basis_setup", "prepare_covariance"];

#[derive(Deserialize)]
struct Profile {
    baseline_rss_mb: Option<f64>,
    peak_rss_mb: Option<f64>,
    stages: Vec<Sample>,
}

#[derive(Deserialize)]
struct Sample {
    name: String,
    rss_at_entry_mb: Option<f64>,
    rss_at_exit_mb: Option<f64>,
    rss_peak_mb: Option<f64>,
}

#[derive(Deserialize)]
struct Results {
    results: serde_json::Map<String, serde_json::Value>,
}

/// Field that marks a profile.
#[derive(Deserialize)]
struct Probe {
    baseline_rss_mb: Option<IgnoredAny>,
    results: Option<IgnoredAny>,
    #[serde(default)]
    stages: Vec<SampleProbe>,
}

#[derive(Deserialize)]
struct SampleProbe {
    rss_at_entry_mb: Option<IgnoredAny>,
    rss_at_exit_mb: Option<IgnoredAny>,
    rss_peak_mb: Option<IgnoredAny>,
}

impl SampleProbe {
    fn is_sample(&self) -> bool {
        self.rss_at_entry_mb.is_some()
            || self.rss_at_exit_mb.is_some()
            || self.rss_peak_mb.is_some()
    }
}

pub(super) fn is_profile(text: &str) -> bool {
    if text.trim_start().starts_with('[') {
        let samples = serde_json::from_str::<Vec<SampleProbe>>(text).unwrap_or_default();
        return samples.iter().any(SampleProbe::is_sample);
    }
    serde_json::from_str::<Probe>(text).is_ok_and(|probe| {
        probe.baseline_rss_mb.is_some()
            || probe.results.is_some()
            || probe.stages.iter().any(SampleProbe::is_sample)
    })
}

/// Errors: `Document`, with the stage.
pub(super) fn read(text: &str) -> Result<Measured> {
    let refuse = refused("profile of QUBE");
    let profile = match text.trim_start().starts_with('[') {
        true => serde_json::from_str(text)
            .map(|stages| Profile { baseline_rss_mb: None, peak_rss_mb: None, stages })
            .map_err(|error| error.to_string()),
        false => in_document(text),
    };
    profile.and_then(|profile| profile.read()).and_then(Measured::not_empty).map_err(refuse)
}

/// The one profile of a document.
fn in_document(text: &str) -> Read<Profile> {
    let Ok(Results { results }) = serde_json::from_str::<Results>(text) else {
        return serde_json::from_str(text).map_err(|error| error.to_string());
    };
    let names: Vec<String> = results.keys().take(8).cloned().collect();
    let count = results.len();
    let mut runs = results.into_iter();
    match (runs.next(), runs.next()) {
        (Some((name, run)), None) => {
            serde_json::from_value(run).map_err(|error| format!("run '{name}': {error}"))
        }
        _ => Err(format!(
            "it has {count} runs ({}); give the object of one of them",
            names.join(", ")
        )),
    }
}

/// The scope of a sample.
#[derive(Debug, PartialEq, Eq)]
enum Part {
    Stage(String),
    Between,
    /// A run() with all its stages; the name of the one that gives its result.
    Whole(&'static str),
}

fn part(name: &str) -> Part {
    for (prefix, run) in [("fisher.", "fisher_run"), ("spectra.", "spectra_run")] {
        if name == run {
            return Part::Whole(run);
        }
        if let Some(rest) = name.strip_prefix(prefix) {
            let computes = rest.starts_with("compute") || rest == "derivative_cache";
            return match rest {
                _ if computes || rest == "run" || rest == run => Part::Stage(run.into()),
                _ if BETWEEN.contains(&rest) => Part::Between,
                _ => Part::Stage(rest.into()),
            };
        }
    }
    Part::Stage(name.into())
}

/// The run() that contains a sample, by our stage of its result.
fn run_of(name: &str) -> &'static str {
    if name.starts_with("spectra") { "spectra_run" } else { "fisher_run" }
}

/// A sample with sizes in bytes.
struct Taken {
    name: String,
    part: Part,
    entry: Option<Bytes>,
    exit: Option<Bytes>,
    peak: Option<Bytes>,
}

impl Profile {
    fn read(self) -> Read<Measured> {
        if self.stages.len() > MOST_STAGES {
            return Err(format!("it has more than {MOST_STAGES} samples; give those of one run"));
        }
        let mut samples = self.stages.into_iter().map(Sample::read).collect::<Read<Vec<_>>>()?;
        let mut measured = Measured {
            baseline: bytes_in(self.baseline_rss_mb, || "baseline_rss_mb".into())?,
            lifetime_peak: bytes_in(self.peak_rss_mb, || "peak_rss_mb".into())?,
            ..Measured::default()
        };
        // The peak of the file is that since the last stage began.
        let peaks = samples.iter().map(|sample| sample.peak);
        measured.lifetime_peak = peaks.fold(measured.lifetime_peak, Option::max);
        measured.notes.push(
            "of QUBE's profiler, which samples peaks: a short one may be missing (its MB are 2^20 \
             bytes)"
                .into(),
        );
        measured.notes.extend(settle_runs(&mut samples));
        let samples = in_order_of_entry(samples);
        let mut names: Vec<&str> = Vec::new();
        for sample in &samples {
            if let Part::Stage(name) = &sample.part
                && !names.contains(&name.as_str())
            {
                names.push(name);
            }
        }
        for name in names {
            add(&mut measured, &samples, name)?;
        }
        Ok(measured)
    }
}

/// Decides the scope of the samples of a run(): the whole run where stages of its compute() were
/// marked, otherwise the stage that gives its result. Returns a note on it.
fn settle_runs(samples: &mut [Taken]) -> Option<String> {
    let has = |stages: &[&str], samples: &[Taken]| {
        samples.iter().any(
            |sample| matches!(&sample.part, Part::Stage(name) if stages.contains(&name.as_str())),
        )
    };
    if !has(&["spectra_run"], samples) {
        let whole = samples.iter_mut().find(|sample| sample.part == Part::Whole("spectra_run"));
        whole.into_iter().for_each(|sample| sample.part = Part::Stage("spectra_run".into()));
    }
    if has(&["fisher_run"], samples) {
        return None;
    }
    let is_nested = samples.iter().any(|sample| sample.name.starts_with("fisher."));
    let is_alone = !has(&BEFORE_FISHER, samples);
    let whole = samples.iter_mut().find(|sample| sample.part == Part::Whole("fisher_run"))?;
    if is_alone {
        return Some(
            "'fisher_run' has no stages within: it is of Fisher.run() as a whole, and counts for \
             the lifetime only"
                .into(),
        );
    }
    whole.part = Part::Stage("fisher_run".into());
    is_nested.then(|| {
        whole.entry = None; // that of the whole run()
        "the peak of 'fisher_run' is that since the stage before it began".into()
    })
}

/// Samples are listed when they end; a run() begins before the stages within it.
fn in_order_of_entry(samples: Vec<Taken>) -> Vec<Taken> {
    let mut ordered: Vec<Taken> = Vec::new();
    for sample in samples {
        let at = match sample.part {
            Part::Whole(run) => {
                let is_within = |sample: &&Taken| {
                    !matches!(sample.part, Part::Whole(_)) && run_of(&sample.name) == run
                };
                let within = ordered.iter().rev().take_while(is_within);
                ordered.len() - within.count()
            }
            _ => ordered.len(),
        };
        ordered.insert(at, sample);
    }
    ordered
}

fn add(measured: &mut Measured, samples: &[Taken], name: &str) -> Read<()> {
    let is_of = |sample: &&Taken| matches!(&sample.part, Part::Stage(stage) if stage == name);
    let whole_run = |sample: &&Taken| sample.part == Part::Whole(run_of(&sample.name));
    let own = || samples.iter().filter(is_of);
    let around = samples.iter().filter(whole_run).find(|sample| sample.name == name);
    let peaks = own().chain(around).map(|sample| sample.peak);
    if let Some(peak) = peaks.fold(None, Option::max) {
        measured.add(name, Moment::Peak, peak)?;
    }
    if let Some(entry) = own().next().and_then(|sample| sample.entry) {
        measured.add(name, Moment::Entry, entry)?;
    }
    let last = samples.iter().rposition(|sample| is_of(&sample)).unwrap_or(0);
    let next = samples[last + 1..].iter().find_map(|sample| sample.entry);
    let whole = around.and_then(|sample| sample.exit);
    let inside = samples[last].exit;
    if let Some(end) = next.or(whole).or(inside) {
        if next.or(whole).is_none() && samples[last].name.contains('.') {
            measured.notes.push(format!(
                "the end of '{name}' was sampled within it, before its products are dropped: no \
                 stage follows"
            ));
        }
        measured.add(name, Moment::End, end)?;
    }
    Ok(())
}

impl Sample {
    fn read(self) -> Read<Taken> {
        let Sample { name, rss_at_entry_mb, rss_at_exit_mb, rss_peak_mb } = self;
        let size = |value, field: &str| bytes_in(value, || format!("{field} of '{name}'"));
        let entry = size(rss_at_entry_mb, "rss_at_entry_mb")?;
        let exit = size(rss_at_exit_mb, "rss_at_exit_mb")?;
        let peak = size(rss_peak_mb, "rss_peak_mb")?;
        if entry.is_none() && exit.is_none() && peak.is_none() {
            return Err(format!(
                "stage '{name}' has no figure; give rss_peak_mb or rss_at_exit_mb"
            ));
        }
        Ok(Taken { part: part(&name), name, entry, exit, peak })
    }
}

/// MB of 2^20 bytes.
fn bytes_in(megabytes: Option<f64>, name: impl FnOnce() -> String) -> Read<Option<Bytes>> {
    /// Eight petabytes; a double still holds each byte.
    const MOST: f64 = (1u64 << 33) as f64;
    let Some(megabytes) = megabytes else { return Ok(None) };
    let fits = (0.0..=MOST).contains(&megabytes);
    let bytes = whole((operand(fits, megabytes) * (1u64 << 20) as f64).round());
    match Bytes::from_signed(bytes as i64) {
        Some(bytes) if fits => Ok(Some(bytes)),
        _ => Err(format!("{} is {megabytes}; give 0 to {MOST} MB", name())),
    }
}
