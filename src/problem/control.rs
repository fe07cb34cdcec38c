//! Early stops of a search: limits on states, time and memory, and the host's progress report.
//!
//! States and bytes are counted, so their limits stop every run at the same state; the limit on time
//! does not. A search calls [`Watch::check_states`] regularly, and [`Watch::report`] when one is due. An
//! error of either ends the search, and the strategy returns the best plan found.

use std::time::{Duration, Instant};

use super::limits::Limits;
use crate::Error;
use crate::allocation::Refused;

/// The quantity of a lower bound or a gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quantity {
    #[default]
    Cost,
    Peak,
}

/// The progress of a search, for a host's report.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// States expanded so far.
    pub states: u64,
    /// The quantity that the search minimizes now: the peak before the cost, where the peak counts.
    pub quantity: Quantity,
    /// The best value of a known plan (the largest double if none is known), and a lower bound on the
    /// value of all plans. Elements for the peak.
    pub value: f64,
    pub lower_bound: f64,
}

/// A host's report; a return value other than 0 stops the search.
pub type Report<'a> = &'a mut dyn FnMut(&Progress) -> i32;

/// The reason of an early stop. The optimizer turns it into an [`Error`] if it has no plan to return.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Stop {
    /// Limits of the host.
    States(u64),
    Seconds(f64),
    Bytes(u64),
    /// Built-in limits: on steps of a best-first search, on steps of the search for loops on one tree,
    /// and on splits that sharing examines.
    Steps(u64),
    StepsOnTree(u64),
    SharedSplits(u64),
    /// The allocator refused memory.
    Refused(Refused),
    /// The host's progress report returned this value.
    Host(i32),
}

impl Stop {
    /// The error of a call without a plan.
    pub fn error(self) -> Error {
        self.error_with("more")
    }

    /// The error of a call that requires a proof.
    pub fn without_proof(self) -> Error {
        self.error_with("more, or leave `require_optimal` out")
    }

    fn error_with(self, allowed: &'static str) -> Error {
        let limit = |name, value: String, reached| Error::Limit { name, value, reached, allowed };
        let taken = "as many were taken";
        match self {
            Stop::States(most) => {
                limit("max_states", most.to_string(), "as many states were expanded")
            }
            Stop::Seconds(most) => {
                limit("max_seconds", most.to_string(), "that much time has passed")
            }
            Stop::Bytes(most) => {
                limit("max_bytes", most.to_string(), "the tables of the search would take more")
            }
            Stop::Steps(most) => {
                limit("the limit on steps of a best-first search", most.to_string(), taken)
            }
            Stop::StepsOnTree(most) => {
                limit("the limit on steps on one tree", most.to_string(), taken)
            }
            Stop::SharedSplits(most) => limit(
                "the limit on work for sharing",
                most.to_string(),
                "as many splits were examined",
            ),
            Stop::Refused(refused) => refused.into(),
            Stop::Host(code) => {
                let reason = format!("it returned {code}; return 0 to go on");
                Error::Callback { name: "progress", reason }
            }
        }
    }
}

/// The reason of a search without a result: an early stop, or a failure.
#[derive(Debug, Clone, PartialEq)]
pub enum Halt {
    Stop(Stop),
    Failure(Error),
}

impl Halt {
    /// The error of a call that requires a proof.
    pub fn without_proof(self) -> Error {
        match self {
            Halt::Stop(stop) => stop.without_proof(),
            Halt::Failure(error) => error,
        }
    }
}

/// The result of a search.
pub type Searched<T> = Result<T, Halt>;

impl From<Stop> for Halt {
    fn from(stop: Stop) -> Self {
        Halt::Stop(stop)
    }
}

impl From<Refused> for Halt {
    fn from(refused: Refused) -> Self {
        Halt::Stop(Stop::Refused(refused))
    }
}

impl From<Error> for Halt {
    fn from(error: Error) -> Self {
        Halt::Failure(error)
    }
}

impl From<Halt> for Error {
    fn from(halt: Halt) -> Self {
        match halt {
            Halt::Stop(stop) => stop.error(),
            Halt::Failure(error) => error,
        }
    }
}

/// Steps of a search in tables between two checks of the limits; they take well below a second.
const BETWEEN_CHECKS: u64 = 1 << 20;

/// States between two reports.
const BETWEEN_REPORTS: u64 = 256;

/// The limits of one call, over all searches that it takes.
pub struct Watch<'a> {
    limits: Limits,
    deadline: Option<Instant>,
    progress: Option<Report<'a>>,
    /// Whether the host can wait for searches that have no plan before their end.
    patient: bool,
    /// States and pairs of searches that have ended.
    pub states: u64,
    pub pairs: u64,
    /// States at which the next report is due.
    due: u64,
    /// Steps of a search in tables at the next check, and at its end.
    next_check: u64,
    most_steps: u64,
    last: Progress,
}

impl<'a> Watch<'a> {
    pub fn new(limits: Limits, progress: Option<Report<'a>>) -> Self {
        let time = (limits.max_seconds > 0.0).then(|| Duration::from_secs_f64(limits.max_seconds));
        let deadline = time.and_then(|time| Instant::now().checked_add(time));
        let last =
            Progress { states: 0, quantity: Quantity::Cost, value: f64::MAX, lower_bound: 0.0 };
        Watch {
            limits,
            deadline,
            progress,
            patient: false,
            states: 0,
            pairs: 0,
            due: 0,
            next_check: 0,
            most_steps: u64::MAX,
            last,
        }
    }

    /// The same, but its reports do not affect the choice of searches: those without a plan before
    /// their end, which take milliseconds, remain allowed.
    pub fn patient(limits: Limits, progress: Report<'a>) -> Self {
        Watch { patient: true, ..Watch::new(limits, Some(progress)) }
    }

    /// A watch under which every search stops at once, for plans known without a search.
    pub fn spent(&self) -> Watch<'static> {
        let limits = Limits { max_states: 1, ..self.limits };
        Watch { deadline: self.deadline, states: 1, ..Watch::new(limits, None) }
    }

    /// A watch over a search on one tree, which may take a tenth of a second or two.
    pub fn of_a_tree() -> Watch<'static> {
        let limits = Limits { max_states: 1 << 16, ..Limits::default() };
        Watch { most_steps: 1 << 24, ..Watch::new(limits, None) }
    }

    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// Whether the host can stop a search at any moment, so that the search must have a plan before its
    /// end.
    pub fn can_stop(&self) -> bool {
        self.limits.are_set() || self.progress.is_some() && !self.patient
    }

    /// Whether the host can stop a search: by its limits, or its report.
    pub fn may_be_stopped(&self) -> bool {
        self.limits.are_set() || self.progress.is_some()
    }

    pub fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// The end of this part of the remaining time; none without a limit on time.
    pub fn deadline_of_part(&self, part: f64) -> Option<Instant> {
        let seconds = part * self.seconds_left()?;
        Instant::now().checked_add(Duration::from_secs_f64(seconds))
    }

    /// Seconds left, at most 1e9; none without a limit on time.
    pub fn seconds_left(&self) -> Option<f64> {
        let left = self.deadline?.saturating_duration_since(Instant::now());
        Some(left.as_secs_f64())
    }

    /// Adds the states and pairs of a search that has ended.
    pub fn ended(&mut self, states: u64, pairs: u64) {
        self.states += states;
        self.pairs += pairs;
    }

    /// Whether the current search may expand this many states.
    pub fn check_states(&self, states: u64) -> Result<(), Stop> {
        let most = self.limits.max_states;
        if most > 0 && self.states + states > most {
            return Err(Stop::States(most));
        }
        Ok(())
    }

    /// Whether a search in tables may continue after this many states and steps; reports regularly.
    pub fn check_steps(&mut self, states: u64, steps: u64) -> Result<(), Stop> {
        self.check_states(states)?;
        let steps = self.pairs + steps;
        if steps < self.next_check {
            return Ok(());
        }
        if steps > self.most_steps {
            return Err(Stop::StepsOnTree(self.most_steps));
        }
        self.next_check = steps + BETWEEN_CHECKS;
        self.check_time()?;
        self.report_again(states)
    }

    /// Whether there is time left.
    pub fn check_time(&self) -> Result<(), Stop> {
        match self.deadline {
            Some(deadline) if Instant::now() >= deadline => {
                Err(Stop::Seconds(self.limits.max_seconds))
            }
            _ => Ok(()),
        }
    }

    /// Whether the tables of the current search may take this many bytes.
    pub fn check_bytes(&self, bytes: usize) -> Result<(), Stop> {
        let most = self.limits.bytes();
        if bytes as u64 <= most {
            return Ok(());
        }
        Err(Stop::Bytes(most))
    }

    /// Repeats the last report after this many states of the current search, for a search that has no
    /// bound or plan before its end.
    pub fn report_again(&mut self, states: u64) -> Result<(), Stop> {
        self.report(Progress { states, ..self.last })
    }

    /// Whether a report is due after this many states of the current search.
    pub fn is_due(&self, states: u64) -> bool {
        self.progress.is_some() && self.states + states >= self.due
    }

    /// Reports the progress of the current search.
    pub fn report(&mut self, now: Progress) -> Result<(), Stop> {
        let states = self.states + now.states;
        self.due = states + BETWEEN_REPORTS;
        self.last = now;
        let Some(progress) = &mut self.progress else { return Ok(()) };
        match progress(&Progress { states, ..now }) {
            0 => Ok(()),
            code => Err(Stop::Host(code)),
        }
    }
}
