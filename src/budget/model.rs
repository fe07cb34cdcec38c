//! Whose account of a run's memory a budget is.

/// What a budget's stages say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Model {
    /// What a run really holds; the default for everything that decides.
    #[default]
    Held,
    /// What the code's own calculator, or its guide, says.
    Published,
    /// What the code writes into its log.
    Printed,
}
