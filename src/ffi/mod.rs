//! The C interface: a file per handle type; nothing here but checking, converting and calling.
//!
//! The committed header `include/qube_budget.h` is rendered from these files by `tests/header.rs`,
//! in this order; its opening comment (cbindgen.toml) states the conventions once.
#![allow(non_camel_case_types)]
// What a caller must keep to is said once, in the opening comment of the header.
#![allow(clippy::missing_safety_doc)]

pub mod status;
pub mod version;

pub mod budget;
pub mod network;
pub mod plan;
pub mod policy;
pub mod spaces;

mod guard;
mod structs;
mod text;
