//! Shared parts of the drawings of plans and budgets: elements, an axis in bytes, colours.

pub(crate) mod axis;
pub(crate) mod element;

/// Two kinds of things, cool and pale for what is there from the start, warm and strong for what is made
/// on the way. As many as a step-by-step budget of ECLIPSE has, which has most.
pub(crate) const COOL: [&str; 12] = [
    "#9ec5e0", "#c9d9e8", "#a5d6cb", "#b9b8dc", "#c5e3bd", "#8fb3cf", "#d5cfe6", "#b5d0d6",
    "#a9c4a0", "#93a8d6", "#dfe7c8", "#7fb5b5",
];
pub(crate) const WARM: [&str; 18] = [
    "#f0994a", "#e3c04f", "#dd7a6a", "#c08bb0", "#b58f6e", "#f2b8a0", "#c9a227", "#d68fa6",
    "#e8a87c", "#a8788c", "#d9b38c", "#f4d06f", "#cc7a45", "#e6b8cf", "#9c5b4e", "#f7d9c4",
    "#bfa36a", "#e0707f",
];
pub(crate) const INK: &str = "#2b2f36";
pub(crate) const MUTED: &str = "#6b7280";
/// The peak, and limits.
pub(crate) const PEAK: &str = "#c81e1e";
/// Memory held before and after.
pub(crate) const HELD: &str = "#e6e8ec";
