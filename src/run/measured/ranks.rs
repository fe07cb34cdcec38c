//! Reduces the records of all ranks to one: of every figure the largest, the least and the sum, and
//! the rank that holds most. The library sends nothing itself. The host supplies the reduction,
//! which in an MPI program is one MPI_Allreduce on 64-bit integers, in place.
//!
//! All ranks make the same five reductions in the same order, whatever they measured, so none
//! blocks: one compares their stages, and one each computes sums, largest, least, and the rank of
//! the largest. A figure unknown on one rank is unknown in the whole.

use super::{Measured, Place};
use crate::budget::bytes::Bytes;
use crate::{Error, Result};

/// How values of all ranks become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reduction {
    Largest,
    Least,
    Sum,
}

/// Replaces each of the values by that of all ranks, or says why it could not.
type Reduce<'f> = dyn FnMut(Reduction, &mut [i64]) -> std::result::Result<(), String> + 'f;

/// A figure over all ranks; the record itself has the largest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spread {
    pub least: Bytes,
    pub sum: Bytes,
    /// The rank that holds the largest; the first of several.
    pub fullest: u64,
}

/// A figure as it is reduced.
const FIGURES_OF_RUN: usize = 2;
const FIGURES_OF_STAGE: usize = 3;

impl Measured {
    /// The record over all ranks. `rank` is this one's number; `reduce` replaces each of the values by
    /// that of all ranks. Errors: `Input`, a negative rank; `Callback`, `reduce` failed; `Document`, the
    /// ranks marked other stages than each other, which all of them learn.
    pub fn over_ranks(&self, rank: i64, reduce: &mut Reduce) -> Result<Measured> {
        let number = u64::try_from(rank).map_err(|_| Error::Input {
            name: "rank",
            value: rank,
            allowed: "0 or more",
        })?;
        let mut reduced = |how, mut values: Vec<i64>| {
            reduce(how, &mut values)
                .map_err(|reason| Error::Callback { name: "reduce", reason })
                .map(|()| values)
        };
        let fingerprint = self.fingerprint();
        let both = reduced(Reduction::Largest, vec![fingerprint, -fingerprint])?;
        if both != [fingerprint, -fingerprint] {
            return Err(Error::Document {
                what: "record of all ranks",
                reason: "the ranks marked different stages; mark the same on each".into(),
            });
        }
        let own = self.figures();
        let is_known = own.iter().map(|figure| i64::from(figure.is_some()));
        let values: Vec<i64> = own.iter().map(|figure| figure.map_or(0, Bytes::signed)).collect();
        let sums = reduced(
            Reduction::Sum,
            [1].into_iter().chain(is_known).chain(values.iter().copied()).collect(),
        )?;
        let largest = reduced(Reduction::Largest, values.clone())?;
        let least = reduced(Reduction::Least, values.clone())?;
        let holders = values.iter().zip(&largest);
        let holders = holders.map(|(own, most)| if own == most { rank } else { i64::MAX });
        let fullest = reduced(Reduction::Least, holders.collect())?;

        let ranks = sums[0];
        let figure = |at: usize| {
            let bytes = |value: i64| Bytes::from_signed(value);
            (sums[1 + at] == ranks).then_some(())?;
            let spread = Spread {
                least: bytes(least[at])?,
                sum: bytes(sums[1 + values.len() + at])?,
                fullest: u64::try_from(fullest[at]).ok()?,
            };
            Some((bytes(largest[at])?, spread))
        };
        let whole = |at: usize| figure(at).map(|(bytes, _)| bytes);
        let mut record = Measured {
            baseline: whole(0),
            lifetime_peak: whole(1),
            place: None,
            host: None,
            cgroup_peak: None,
            ranks: u64::try_from(ranks).ok(),
            lifetime_ranks: figure(1).map(|(_, spread)| spread),
            ..self.clone()
        };
        for (stage, own) in record.stages.iter_mut().enumerate() {
            let at = FIGURES_OF_RUN + FIGURES_OF_STAGE * stage;
            let figures = [at, at + 1, at + 2].map(figure);
            [own.entry, own.end, own.peak] = figures.map(|found| found.map(|(bytes, _)| bytes));
            own.ranks = figures.map(|found| found.map(|(_, spread)| spread));
        }
        record.notes.retain(|note| !note.contains("control group"));
        record
            .notes
            .push(format!("the largest of {ranks} ranks; notes are those of rank {number}"));
        Ok(record)
    }

    /// In the order of the values that are reduced.
    fn figures(&self) -> Vec<Option<Bytes>> {
        let of_stages = self.stages.iter().flat_map(|stage| [stage.entry, stage.end, stage.peak]);
        [self.baseline, self.lifetime_peak].into_iter().chain(of_stages).collect()
    }

    /// Of the names of the stages in their order: 62 bits of FNV-1a.
    fn fingerprint(&self) -> i64 {
        let names = self.stages.iter().flat_map(|stage| stage.name.bytes().chain([0]));
        let hash = names.fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        (hash >> 2) as i64
    }

    /// The rank number, in a grid of `columns` columns.
    pub(crate) fn rank_in(&self, columns: u64) -> Option<u64> {
        match self.place? {
            Place::Rank(rank) => Some(rank),
            Place::Grid { row, column } => row.checked_mul(columns)?.checked_add(column),
        }
    }
}
