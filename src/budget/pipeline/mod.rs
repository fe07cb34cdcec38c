//! Pipelines of the host's own.
mod expression;
