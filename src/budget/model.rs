//! Models: what runs hold, or what a program states of itself.

/// Where the numbers of a budget come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Model {
    /// Memory as runs were measured. Every decision uses it.
    #[default]
    Held,
    /// The formulas that the program's authors publish.
    Published,
    /// The totals that the program writes into its log.
    Printed,
}

impl Model {
    pub const ALL: [Model; 3] = [Model::Held, Model::Published, Model::Printed];

    pub fn name(self) -> &'static str {
        match self {
            Model::Held => "held",
            Model::Published => "published",
            Model::Printed => "printed",
        }
    }
}
