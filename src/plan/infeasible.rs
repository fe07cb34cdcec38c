//! Why no schedule fits a threshold on the peak.

use super::OpenedLoop;

/// That no schedule fits the threshold, whatever is sliced, and what there is to do about it. Of a plan
/// that is not proven best: that none was found, and what comes nearest of those that were.
#[derive(Debug, Clone, PartialEq)]
pub struct Infeasible {
    /// The policy's threshold, bytes.
    pub threshold: u64,
    /// The least peak of all schedules, elements: the threshold that could be met.
    pub least_peak: f64,
    /// The loops of a schedule that reaches it. With space-time-batched it is the plan itself.
    pub loops: Vec<OpenedLoop>,
    /// The least peak if every batch were a single tile, elements: whether finer batches would do.
    /// None where that search was out of reach.
    pub finest_peak: Option<f64>,
}
