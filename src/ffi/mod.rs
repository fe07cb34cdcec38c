//! The C interface: a file per handle type, which checks, converts and calls, and no more.
//!
//! `tests/header.rs` renders `include/qube_budget.h` from these files in this order, each under a
//! banner with its first line. `header.txt` opens it with the contract and the glossary, so that a
//! function states only what it adds to them.
#![allow(non_camel_case_types)]
#![deny(unsafe_op_in_unsafe_fn)]
// The header states what a caller promises: its contract, and each function's @param.
#![allow(clippy::missing_safety_doc)]

pub mod status;

pub mod host;

pub mod render;

pub mod survey;

pub mod qube;

pub mod eclipse;

pub mod budget;

pub mod job;

pub mod pipeline;

pub mod pipeline_builder;

pub mod ranks;

pub mod request;

pub mod fit;

pub mod largest;

pub mod comparison;

pub mod meter;

pub mod role;

pub mod spaces;

pub mod network;

pub mod policy;

pub mod resolved_policy;

pub mod options;

pub mod plan;

pub mod plan_document;

pub mod optimize;

pub mod custom;

pub mod many;

mod arena;
mod callbacks;
mod guard;
mod structs;
mod text;
