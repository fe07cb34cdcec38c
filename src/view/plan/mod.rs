//! A plan as text, JSON, SVG and DOT, and from JSON.

mod dot;
mod json;
mod names;
mod read;
mod svg;
mod table;
