//! Terms: named arrays with their shape, layout and holder.
//!
//! A term is one array, or several of one shape. Its bytes are those of whole arrays: per holder
//! where the array is replicated, summed over all ranks where it is distributed, that is, the bytes
//! on one rank alone. [`super::ranks`] computes the share of each rank of a grid.

use std::sync::Arc;

use super::bytes::Bytes;
use super::input::Count;
use super::name::Name;
use crate::Result;

/// Dense matrices of one shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    pub matrices: u64,
    pub rows: u64,
    pub columns: u64,
    pub element_bytes: u64,
}

/// How an array is cut over the ranks that hold it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
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
    /// The largest message of a rank in these moves.
    Message(Arc<[Move]>),
}

/// Data that ranks send to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// A block-cyclic matrix moves to another place of a larger one: `down` rows down, `right`
    /// columns right.
    Block { rows: u64, columns: u64, down: u64, right: u64 },
    /// Rows of a block-cyclic matrix go from the second process row to the first.
    ToFirstRow { rows: u64, columns: u64 },
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
    pub fn name(&self) -> &'static str {
        match self {
            Layout::Whole => "replicated",
            Layout::NodeShared => "node-shared",
            Layout::BlockCyclic => "block-cyclic",
            Layout::Rows => "rows",
            Layout::Columns => "columns",
            Layout::Panels => "panels",
            Layout::Message(_) => "message",
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

    /// `matrices` dense matrices of doubles.
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

    /// Sets the layout. The bytes stay those of the whole array.
    pub(crate) fn laid_out(self, layout: Layout) -> Term {
        Term { layout, ..self }
    }

    /// Arrays whose bytes are not the product of their shape.
    pub(super) fn of_bytes(name: &'static str, shape: Shape, layout: Layout, bytes: Bytes) -> Term {
        Term { name: name.into(), bytes, shape, layout, holder: Holder::EveryRank }
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

    /// Its shape for people: `2 x 29009 x 37245`, matrices, rows and columns, of doubles unless it says
    /// how many bytes an element has; and who holds it, where that is not its part on every rank.
    pub fn shape_words(&self) -> String {
        let Shape { matrices, rows, columns, element_bytes } = self.shape;
        match self.layout {
            Layout::Panels => return format!("({rows} + {columns}) x NB"),
            Layout::Message(_) => return "one block".to_owned(),
            _ => {}
        }
        let mut text = if matrices == 1 { String::new() } else { format!("{matrices} x ") };
        text += &format!("{rows} x {columns}");
        if element_bytes != 8 {
            text += &format!(" x {element_bytes} B");
        }
        text += match (&self.layout, self.holder) {
            (_, Holder::FirstRow) => ", process row 0",
            (_, Holder::FirstRank) => ", rank 0",
            (Layout::Rows, _) => ", each process column",
            (Layout::Columns, _) => ", each process row",
            _ => "",
        };
        text
    }

    pub fn layout(&self) -> &Layout {
        &self.layout
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
