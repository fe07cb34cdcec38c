//! The methods by which plans are found, and what documents and reports call them.

use std::borrow::Cow;
use std::fmt;

/// The method that found a plan. DPsub, DPsize and DPccp are those of Moerkotte and Neumann 2006.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Method {
    /// The subset DP over every split of every subset.
    SubsetDp,
    /// The subset DP with equal intermediates charged once, by branch and bound.
    Sharing,
    /// The DP over intervals of a chain or a cycle.
    Chain,
    /// DPsub: all splits of all subsets, in tables.
    DpSub,
    /// DPccp: pairs of connected subsets.
    DpCcp,
    /// DPsize within bounds, the peak first.
    DpSize,
    BestFirst,
    /// Two best-first searches, the first for the least peak.
    PeakFirst,
    /// The best tree known where a best-first search was stopped.
    Stopped,
    /// The best loops on trees of objectives that are easier to minimize.
    LoopsOnTrees,
    /// Under a custom model whose search was stopped: the best of trees of little work, storage and
    /// peak.
    KnownTrees,
    /// Randomised greedy, simulated annealing and reconfiguration.
    Annealing,
    /// The same by peak and cost.
    AnnealingByPeak,
    /// A method of another release, as its document names it.
    Other(Box<str>),
}

impl Method {
    /// All that this release has, with their names.
    const NAMES: [(Method, &'static str); 13] = [
        (Method::SubsetDp, "subset DP"),
        (Method::Sharing, "subset DP, sharing by branch and bound"),
        (Method::Chain, "chain DP"),
        (Method::DpSub, "DPsub"),
        (Method::DpCcp, "DPccp"),
        (Method::DpSize, "DPsize within bounds, peak first"),
        (Method::BestFirst, "best-first"),
        (Method::PeakFirst, "best-first, peak first"),
        (Method::Stopped, "best-first, stopped"),
        (Method::LoopsOnTrees, "loops on trees of easier searches"),
        (Method::KnownTrees, "best of trees of little work, storage and peak"),
        (Method::Annealing, "greedy, annealing, reconfiguration"),
        (Method::AnnealingByPeak, "greedy, annealing, reconfiguration, by peak and cost"),
    ];

    pub fn name(&self) -> &str {
        match self {
            Method::Other(name) => name,
            known => Self::NAMES.iter().find(|(one, _)| one == known).map_or("", |&(_, name)| name),
        }
    }

    /// The method of that name.
    pub fn named(name: &str) -> Method {
        let known = Self::NAMES.into_iter().find(|&(_, one)| one == name);
        known.map_or_else(|| Method::Other(name.into()), |(method, _)| method)
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl<'a> From<&'a Method> for Cow<'a, str> {
    fn from(method: &'a Method) -> Self {
        method.name().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_is_found_by_its_name_and_an_unknown_one_keeps_it() {
        for (method, name) in Method::NAMES {
            assert_eq!(method.name(), name);
            assert_eq!(Method::named(name), method);
        }
        assert_eq!(Method::named("by hand").name(), "by hand");
    }
}
