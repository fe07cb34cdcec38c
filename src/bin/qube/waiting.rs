//! What a search that takes long shows and hears: progress on a terminal, and Ctrl-C, which ends it with
//! the best plan so far.

use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use qube_budget::{Error, Progress, Quantity};
use signal_hook::consts::SIGINT;
use signal_hook::flag;

use crate::failure::{Failure, INTERRUPTED};

/// Work that takes less shows nothing.
const SHORT: Duration = Duration::from_secs(1);

/// Between two lines.
const BETWEEN_LINES: Duration = Duration::from_millis(200);

/// Several searches may share one, from several threads.
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
    /// For searches of one term or several. From here on the first Ctrl-C asks them to end, and the
    /// second one ends the process.
    pub fn for_cases(cases: usize) -> Result<Waiting, Failure> {
        let interrupted = Arc::new(AtomicBool::new(false));
        let deaf = |error: io::Error| {
            Failure::machine(format!("the system refuses a handler of Ctrl-C: {error}; try again"))
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

    /// A search reports; what it hears is 0, to go on, unless Ctrl-C was pressed.
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

    /// An error of a search, which may be that Ctrl-C left nothing to show.
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

    /// One line, over the last one. Another thread that shows one now will do.
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

/// Takes the line off the terminal.
impl Drop for Waiting {
    fn drop(&mut self) {
        if self.shown.get_mut().is_ok_and(|shown| shown.is_some()) {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}
