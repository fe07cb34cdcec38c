//! What several test programs need; each uses a part of it.
#![allow(dead_code)]

#[cfg(feature = "cli")]
pub mod command;
#[cfg(target_os = "linux")]
pub mod confined;
pub mod drawn;
pub mod einsum_case;
pub mod facts;
pub mod families;
pub mod huge;
pub mod networks;
pub mod reference;
pub mod repeats;
pub mod schedules;
pub mod sizes;
pub mod squeeze;
pub mod values;
pub mod width;
