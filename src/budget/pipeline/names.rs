//! Names in a pipeline: reports quote them on one line, in tables of at most 100 columns.

/// How long names of one kind may be.
pub(super) struct Names {
    most: usize,
    pub allowed: &'static str,
}

/// Of a program.
pub(super) const PROGRAM: Names =
    Names { most: 50, allowed: "1 to 50 bytes without control characters" };
/// Of an array: beside a kind, GiB and bytes.
pub(super) const ARRAY: Names =
    Names { most: 46, allowed: "1 to 46 bytes without control characters" };
/// Of a stage: beside three sizes, and where its margin is from.
pub(super) const STAGE: Names =
    Names { most: 20, allowed: "1 to 20 bytes without control characters" };

impl Names {
    pub fn admit(&self, name: &str) -> bool {
        let fits = !name.trim().is_empty() && name.len() <= self.most;
        fits && !name.chars().any(char::is_control)
    }
}
