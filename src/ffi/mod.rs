//! The C interface: a file per handle type; nothing here but checking, converting and calling.
//!
//! The committed header `include/qube_budget.h` is rendered from these files by `tests/header.rs`: a
//! topic each, in this order, under a banner that has the file's first line. The header's opening
//! comment states the conventions once.
#![allow(non_camel_case_types)]
#![deny(unsafe_op_in_unsafe_fn)]
// What a caller promises is in the header's words: its opening comment and each function's @param.
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

pub mod spaces;

pub mod network;

pub mod policy;

pub mod resolved_policy;

pub mod optimize;

pub mod plan;

pub mod custom;

pub mod many;

mod arena;
mod callbacks;
mod guard;
mod plan_view;
mod structs;
mod text;
