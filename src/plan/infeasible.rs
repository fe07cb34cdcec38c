//! The report of a plan that exceeds the threshold on the peak.

use super::OpenedLoop;

/// No schedule fits the threshold, however it is sliced; the fields say how near one comes. If the
/// plan is not proven best: the search found none that fits, and the fields describe those it found.
#[derive(Debug, Clone, PartialEq)]
pub struct Infeasible {
    /// The policy's threshold, bytes.
    pub threshold: u64,
    /// The least peak of all schedules, elements: a threshold that can be met.
    pub least_peak: f64,
    /// The loops of a schedule with this peak; with space-time-batched, that of the plan itself.
    pub loops: Vec<OpenedLoop>,
    /// The least peak with batches of a single tile, elements; it shows whether finer batches would
    /// fit. None if that search was out of reach.
    pub finest_peak: Option<f64>,
}
