//! Arrays: what they are called, their shape, and who holds them.
//!
//! A term is one array or several of one shape. Its bytes are those of whole arrays: of a replicated one
//! what each holder has, of a distributed one what all ranks have together, that is, what one rank alone
//! would hold. What a rank of a grid has follows in [`super::ranks`].

use std::borrow::Cow;

use super::bytes::Bytes;
use super::input::Count;
use crate::Result;

/// What terms, stages and releases are called: of built-in pipelines a constant.
pub type Name = Cow<'static, str>;

/// Dense matrices of one shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    pub matrices: u64,
    pub rows: u64,
    pub columns: u64,
    pub element_bytes: u64,
}

/// How an array is cut over the ranks that hold it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Layout {
    /// Each rank has all of it.
    #[default]
    Whole,
    /// The ranks of a node share one copy.
    NodeShared,
    /// Rows over the process rows and columns over the process columns, in blocks, as ScaLAPACK does.
    BlockCyclic,
    /// Rows over the process rows; each process column has a copy.
    Rows,
    /// Columns over the process columns; each process row has a copy.
    Columns,
    /// Panels of a block-cyclic matrix: (local rows + local columns) of a block each.
    Panels,
    /// A block of a matrix on its way to another place of it: the largest message between two ranks.
    /// Rows and columns are those of the block, which moves from (0, 0) to this offset.
    Message { row: u64, column: u64 },
    /// What the second process row sends to the first one of a block-cyclic matrix.
    ToFirstRow,
}

/// Which ranks hold an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Holder {
    #[default]
    EveryRank,
    /// Those of the first process row.
    FirstRow,
    /// The one at (0, 0).
    FirstRank,
}

impl Layout {
    pub fn name(self) -> &'static str {
        match self {
            Layout::Whole => "replicated",
            Layout::NodeShared => "node-shared",
            Layout::BlockCyclic => "block-cyclic",
            Layout::Rows => "rows",
            Layout::Columns => "columns",
            Layout::Panels => "panels",
            Layout::Message { .. } | Layout::ToFirstRow => "message",
        }
    }
}

impl Holder {
    pub fn name(self) -> &'static str {
        match self {
            Holder::EveryRank => "every-rank",
            Holder::FirstRow => "first-row",
            Holder::FirstRank => "first-rank",
        }
    }
}

/// One array, or several of one kind, by the name its source gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    name: Name,
    bytes: Bytes,
    shape: Shape,
    layout: Layout,
    holder: Holder,
}

impl Term {
    /// A dense matrix of doubles.
    pub(crate) fn matrix(name: impl Into<Name>, rows: Count, columns: Count) -> Result<Term> {
        Term::matrices(name, Count::constant("1", 1), rows, columns)
    }

    /// So many of them.
    pub(crate) fn matrices(
        name: impl Into<Name>,
        matrices: Count,
        rows: Count,
        columns: Count,
    ) -> Result<Term> {
        let name = name.into();
        let sizes = [matrices, rows, columns];
        let sizes = if matrices.value() == 1 { &sizes[1..] } else { &sizes };
        let [matrices, rows, columns] = [matrices, rows, columns].map(|count| count.value());
        Ok(Term {
            bytes: Bytes::doubles(&name, sizes)?,
            name,
            shape: Shape { matrices, rows, columns, element_bytes: 8 },
            layout: Layout::Whole,
            holder: Holder::EveryRank,
        })
    }

    /// Arrays of any element. Errors: `Overflow`.
    pub(crate) fn array(name: impl Into<Name>, shape: Shape) -> Result<Term> {
        let name = name.into();
        let Shape { matrices, rows, columns, element_bytes } = shape;
        let bytes = u128::from(matrices)
            .checked_mul(rows.into())
            .and_then(|product| product.checked_mul(columns.into()))
            .and_then(|product| product.checked_mul(element_bytes.into()));
        let bytes = Bytes::of_wide(&name, bytes)?;
        Ok(Term { name, bytes, shape, layout: Layout::Whole, holder: Holder::EveryRank })
    }

    pub(crate) fn laid_out(self, layout: Layout) -> Term {
        Term { layout, ..self }
    }

    pub(crate) fn held_by(self, holder: Holder) -> Term {
        Term { holder, ..self }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn shared_name(&self) -> &Name {
        &self.name
    }

    pub fn bytes(&self) -> Bytes {
        self.bytes
    }

    pub fn shape(&self) -> Shape {
        self.shape
    }

    pub fn layout(&self) -> Layout {
        self.layout
    }

    pub fn holder(&self) -> Holder {
        self.holder
    }
}

impl serde::Serialize for Term {
    fn serialize<S: serde::Serializer>(
        &self,
        serializer: S,
    ) -> std::result::Result<S::Ok, S::Error> {
        #[derive(serde::Serialize)]
        struct View<'a> {
            name: &'a str,
            bytes: Bytes,
            copies: u64,
            rows: u64,
            columns: u64,
            element_bytes: u64,
            layout: &'static str,
            holder: &'static str,
        }
        let Shape { matrices, rows, columns, element_bytes } = self.shape;
        let (name, bytes) = (&*self.name, self.bytes);
        let (layout, holder) = (self.layout.name(), self.holder.name());
        View { name, bytes, copies: matrices, rows, columns, element_bytes, layout, holder }
            .serialize(serializer)
    }
}
