//! Dynamic programs over sets of tensors (Selinger 1979; Held and Karp 1962). The split
//! enumerations DPsub, DPsize and DPccp are those of Moerkotte and Neumann 2006.

pub mod chain;
mod connected_pairs;
pub mod dpccp;
pub mod dpsize;
pub mod dpsub;
pub mod few_sets;
mod near_ties;
mod products;
pub mod reference;
mod tables;
