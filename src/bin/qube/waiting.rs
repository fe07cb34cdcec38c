//! Long searches: progress on a terminal, and Ctrl-C, which ends a search with the best plan so far.

use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use qube_budget::{Error, Progress, Quantity};
use signal_hook::consts::SIGINT;
use signal_hook::flag;

use crate::failure::{Failure, INTERRUPTED};

/// Shorter searches show nothing.
const SHORT: Duration = Duration::from_secs(1);

/// Least time between two lines.
const BETWEEN_LINES: Duration = Duration::from_millis(200);

/// Progress and interruption of searches; threads may share one.
pub struct Waiting {
    begun: Instant,
    interrupted: Arc<AtomicBool>,
    shows: bool,
    /// When the last line was shown, if one was.
    shown: Mutex<Option<Instant>>,
    cases: usize,
    ended: AtomicUsize,
}

impl Waiting {
    /// For `cases` searches. From now on the first Ctrl-C asks them to end, and the second ends the
    /// process.
    pub fn for_cases(cases: usize) -> Result<Waiting, Failure> {
        let interrupted = Arc::new(AtomicBool::new(false));
        let deaf = |error: io::Error| {
            Failure::machine(format!("cannot handle Ctrl-C: {error}; try again"))
        };
        // In this order, so that the first signal only sets the flag.
        flag::register_conditional_shutdown(SIGINT, INTERRUPTED.into(), Arc::clone(&interrupted))
            .map_err(deaf)?;
        flag::register(SIGINT, Arc::clone(&interrupted)).map_err(deaf)?;
        Ok(Waiting {
            begun: Instant::now(),
            interrupted,
            shows: io::stderr().is_terminal(),
            shown: Mutex::new(None),
            cases,
            ended: AtomicUsize::new(0),
        })
    }

    pub fn is_interrupted(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }

    /// Takes a report. Returns 0, to go on, or 1 after Ctrl-C.
    pub fn hear(&self, progress: &Progress) -> i32 {
        if self.shows && self.begun.elapsed() >= SHORT {
            self.show(progress);
        }
        self.is_interrupted().into()
    }

    /// One of the terms is done.
    pub fn end_of_case(&self) {
        self.ended.fetch_add(1, Ordering::Relaxed);
    }

    /// The failure for an error of a search; Ctrl-C may be its cause.
    pub fn failure(&self, error: Error) -> Failure {
        match error {
            Error::Callback { name: "progress", .. } if self.is_interrupted() => {
                Failure::interrupted(
                    "the search was stopped before a plan was proven best; give it more time, or \
                     leave --require-optimal out for the best plan so far",
                )
            }
            other => other.into(),
        }
    }

    /// Writes one line over the last. Skipped while another thread writes one.
    fn show(&self, progress: &Progress) {
        let Ok(mut shown) = self.shown.try_lock() else { return };
        if shown.is_some_and(|last| last.elapsed() < BETWEEN_LINES) {
            return;
        }
        let line = self.line(progress);
        let _ = write!(io::stderr(), "\r\x1b[K{line}");
        *shown = Some(Instant::now());
    }

    fn line(&self, progress: &Progress) -> String {
        let seconds = self.begun.elapsed().as_secs();
        let cases = match self.cases {
            1 => String::new(),
            all => format!("{} of {all} cases, ", self.ended.load(Ordering::Relaxed)),
        };
        let quantity = match progress.quantity {
            Quantity::Cost => "cost",
            Quantity::Peak => "peak",
        };
        let best = match progress.value {
            f64::MAX => "no plan yet".into(),
            value => format!("{quantity} {value:.3e}, at least {:.3e}", progress.lower_bound),
        };
        format!("{seconds} s, {cases}{} states, {best} (Ctrl-C: best so far)", progress.states)
    }
}

/// Erases the line.
impl Drop for Waiting {
    fn drop(&mut self) {
        if self.shown.get_mut().is_ok_and(|shown| shown.is_some()) {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}
