//! Documents of results: tables, JSON, drawings.

pub(crate) mod plan;
