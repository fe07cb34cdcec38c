//! The C interface: a file per handle type; nothing here but checking, converting and calling.
//!
//! The committed header `include/qube_budget.h` is rendered from these files by `tests/header.rs`,
//! in this order; its opening comment (cbindgen.toml) states the conventions once.
#![allow(non_camel_case_types)]
#![deny(unsafe_op_in_unsafe_fn)]
// What a caller promises is in the header's words: its opening comment and each function's @param.
#![allow(clippy::missing_safety_doc)]

pub mod status;
pub mod version;

pub mod machine;

pub mod budget_inputs;

pub mod budget;

pub mod provenance;

pub mod survey;

pub mod eclipse;

pub mod ranks;

pub mod job;

pub mod request;

pub mod request_text;

pub mod run;

pub mod paths;

pub mod fit;

pub mod extreme;

pub mod compare;

pub mod spaces;

pub mod network;

pub mod policy;

pub mod policy_rulings;

pub mod policy_callbacks;

pub mod optimize;

pub mod plan;

pub mod plan_node;

pub mod plan_loops;

pub mod plan_text;

pub mod custom;

pub mod many;

pub mod plan_codec;

pub mod plan_verify;

mod guard;
mod structs;
mod text;
