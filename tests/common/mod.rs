//! What several test programs need; each uses a part of it.
#![allow(dead_code)]

pub mod networks;
pub mod reference;
pub mod repeats;
pub mod squeeze;
pub mod values;
