//! Documents of plans.

mod dot;
mod json;
mod names;
mod read;
mod svg;
mod table;
