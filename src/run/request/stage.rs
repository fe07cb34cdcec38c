//! The request of one stage: a copy, a rank and the fullest node.

use crate::Result;
use crate::budget::bytes::Bytes;
use crate::budget::calibration::Calibration;
use crate::budget::name::Name;
use crate::budget::spread::{Ranks, Spread};
use crate::budget::stages::Budget;
use crate::run::job::{CheckedJob, Holding};
use crate::run::records;

/// Bound on nodes that are computed one by one where the first need not be the fullest, since
/// messages between ranks have no order. Beyond it the request is an upper bound.
const ONE_BY_ONE: u64 = 1 << 10;

/// The request of a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageRequest {
    name: Name,
    /// Parts of one copy at the peak: whole matrices, or the shares of the rank that holds most.
    parts: Vec<Part>,
    peak: Bytes,
    margin: Bytes,
    calibration: Calibration,
    per_rank: Bytes,
    node: Node,
}

/// Memory of the fullest node in a stage, all its ranks together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Node {
    /// Arrays, each rank at its own worst moment.
    pub arrays: Bytes,
    pub margin: Bytes,
    pub inputs: Bytes,
    pub baseline: Bytes,
    /// Other resident memory of its ranks, as the job says.
    pub resident: Bytes,
    pub total: Bytes,
}

/// A term of a stage, as one copy has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub name: Name,
    pub bytes: Bytes,
    /// Bytes of it on the fullest node; shared copies count once.
    pub node_bytes: Bytes,
    /// Whether it outlives the peak of its stage.
    pub is_persistent: bool,
}

/// The margin on a peak in a stage: as asked, in hundredths of a percent, or from the calibration.
pub(super) fn margin(
    calibration: Calibration,
    stage: &str,
    asked: Option<u64>,
    peak: Bytes,
) -> Result<Bytes> {
    match asked {
        Some(hundredths) => {
            peak.fraction(hundredths, 10_000, || format!("the margin in stage '{stage}'"))
        }
        None => calibration.margin(peak, stage),
    }
}

impl StageRequest {
    pub(super) fn of(
        budget: &Budget,
        spread: &Spread,
        number: usize,
        job: &CheckedJob,
    ) -> Result<StageRequest> {
        let stage = &budget.stages()[number];
        let what = |of: &str| format!("{of} in stage '{}'", stage.name);
        let calibration = records::calibration(job.calibration, budget, stage.name());
        let margin = |peak: Bytes| margin(calibration, &stage.name, job.margin, peak);
        let fullest = spread.fullest(number);
        let live = spread.live(number, fullest)?;
        let peak = spread.reached(number, fullest)?;
        let of_peak = margin(peak)?;
        let copy = peak.plus(of_peak, || what("peak and margin"))?;
        let copy = copy.plus(job.inputs, || what("peak, margin and inputs"))?;
        let per_rank = copy.plus(job.own()?, || what("the memory of a rank"))?;

        let shared = spread.shared(number)?;
        let shares = job.holding == Holding::NodeShared;
        let count = job.ranks_per_node;
        let node_of = |arrays: Bytes, with_margin: Bytes| -> Result<Node> {
            let arrays = arrays.plus(shared, || what("the memory of a node"))?;
            let with_margin = with_margin.plus(shared, || what("the memory of a node"))?;
            let with_margin = with_margin.plus(margin(shared)?, || what("the memory of a node"))?;
            let copies = if shares { 1 } else { count };
            let inputs = job.inputs.times(copies, || what("the inputs of a node"))?;
            let baseline = job.baseline.times(count, || what("the baselines"))?;
            let resident = job.resident.times(count, || what("`resident_bytes` of a node"))?;
            let total = with_margin.plus(inputs, || what("the memory of a node"))?;
            let total = total.plus(baseline, || what("the memory of a node"))?;
            let total = total.plus(resident, || what("the memory of a node"))?;
            let margin = arrays.left_of(with_margin);
            Ok(Node { arrays, margin, inputs, baseline, resident, total })
        };
        let none = |_| Ok(Bytes::ZERO);
        let exact = |ranks: Ranks| {
            node_of(spread.node(number, ranks, none)?, spread.node(number, ranks, margin)?)
        };
        let of_node = |node| Ranks { first: node * count, count };
        let (mut node, mut ranks) = (exact(of_node(0))?, of_node(0));
        if !spread.falls(number) && job.nodes > ONE_BY_ONE {
            let any =
                |beside: &dyn Fn(Bytes) -> Result<Bytes>| spread.any_node(number, count, beside);
            node = node_of(any(&none)?, any(&margin)?)?;
        } else if !spread.falls(number) {
            for other in (1..job.nodes).map(of_node) {
                let found = exact(other)?;
                if found.total > node.total {
                    (node, ranks) = (found, other);
                }
            }
        }
        let parts = live.into_iter().map(|(term, bytes)| {
            Ok(Part {
                name: term.shared_name().clone(),
                bytes,
                node_bytes: spread.term(ranks, term)?,
                is_persistent: stage.keeps(term),
            })
        });
        let parts = parts.collect::<Result<_>>()?;
        let name = stage.name.clone();
        Ok(StageRequest { name, parts, peak, margin: of_peak, calibration, per_rank, node })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// The terms that are live at the peak, as one copy has them, in the budget's order.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The peak of one copy, or of the rank that holds most.
    pub fn peak_bytes(&self) -> Bytes {
        self.peak
    }

    pub fn margin_bytes(&self) -> Bytes {
        self.margin
    }

    pub fn calibration(&self) -> Calibration {
        self.calibration
    }

    /// One process with all that it reaches: peak, margin, inputs and baseline, shared or its own.
    pub fn per_rank_bytes(&self) -> Bytes {
        self.per_rank
    }

    /// All memory of the fullest node in this stage.
    pub fn per_node_bytes(&self) -> Bytes {
        self.node.total
    }

    /// Parts of the fullest node, from the ground up: processes, inputs, terms, margin; each with
    /// whether it outlives the peak of the stage. Parts of 0 bytes are left out.
    pub(crate) fn node_parts(&self) -> Vec<(&str, Bytes, bool)> {
        let Node { arrays, margin, inputs, baseline, resident, .. } = self.node;
        let terms = self.parts.iter().map(|part| part.node_bytes.get()).sum(); // at most `arrays`
        let others = Bytes::constant(terms).left_of(arrays);
        [
            ("baseline", baseline, true),
            ("other resident memory", resident, true),
            ("input", inputs, true),
        ]
        .into_iter()
        .chain(self.parts.iter().map(|part| (&*part.name, part.node_bytes, part.is_persistent)))
        .chain([("what ranks hold at other moments", others, false), ("margin", margin, false)])
        .filter(|&(_, bytes, _)| bytes > Bytes::ZERO)
        .collect()
    }

    /// The same, by what it is.
    pub fn node(&self) -> &Node {
        &self.node
    }
}
