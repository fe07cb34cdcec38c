//! A pipeline whose document has been checked: names, formulas and events.

use rustc_hash::FxHashSet;

use super::parameter::Parameter;
use super::placed::Placed;
use crate::budget::stages::Point;
use crate::budget::term::{Holder, Layout};
use crate::{Error, Result};

/// A host's pipeline: its allocations, in sizes that parameters give. Immutable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pipeline {
    pub(super) name: String,
    pub(super) source: String,
    pub(super) parameters: Vec<Parameter>,
    /// In the order of the document.
    pub(super) derived: Vec<Derived>,
    /// An order in which each needs only those before it.
    pub(super) order: Vec<usize>,
    pub(super) input: Option<Placed>,
    pub(super) baseline: Option<Placed>,
    pub(super) stages: Vec<StagePlan>,
    pub(super) measured: Vec<Point>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Derived {
    pub name: String,
    pub formula: Placed,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StagePlan {
    pub name: String,
    pub condition: Option<Placed>,
    pub events: Vec<EventPlan>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct EventPlan {
    pub place: String,
    pub condition: Option<Placed>,
    pub array: String,
    /// None where it is freed.
    pub allocates: Option<Array>,
}

impl EventPlan {
    fn formulas(&self) -> impl Iterator<Item = &Placed> {
        let sizes = self.allocates.iter().flat_map(|array| {
            let element =
                if let Element::Of(bytes) = &array.element { Some(&**bytes) } else { None };
            array.copies.iter().chain([&array.rows]).chain(&array.columns).chain(element)
        });
        self.condition.iter().chain(sizes)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Array {
    pub copies: Option<Placed>,
    pub rows: Placed,
    pub columns: Option<Placed>,
    pub element: Element,
    pub layout: Layout,
    pub holder: Holder,
}

/// Elements that rows and columns count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Element {
    /// The document gives bytes: they are the rows.
    Byte,
    Double,
    Of(Box<Placed>),
}

impl Pipeline {
    /// Whether anything that is held may depend on a name.
    pub(super) fn uses(&self, name: &str) -> bool {
        let of_stages = self.stages.iter().flat_map(|stage| {
            let of_events = stage.events.iter().flat_map(EventPlan::formulas);
            stage.condition.iter().chain(of_events)
        });
        let held = self.input.iter().chain(&self.baseline).chain(of_stages);
        let mut used: FxHashSet<&str> =
            held.flat_map(|formula| formula.expression().names()).collect();
        // Those that need others come after them.
        for &number in self.order.iter().rev() {
            let derived = &self.derived[number];
            if used.contains(&*derived.name) {
                used.extend(derived.formula.expression().names());
            }
        }
        used.contains(name)
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where its formulas are from.
    pub fn source(&self) -> &str {
        &self.source
    }

    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// The number of the parameter of this name, from 0. Errors: `Parameter`.
    pub fn parameter_number(&self, name: &str) -> Result<usize> {
        let named = self.parameters.iter().position(|parameter| parameter.name == name);
        named.ok_or_else(|| {
            let known: Vec<&str> = self.parameters.iter().map(|known| &*known.name).collect();
            let reason = match known.is_empty() {
                true => format!("is not of pipeline '{}', which has none; leave it out", self.name),
                false => {
                    format!("is not of pipeline '{}'; give one of: {}", self.name, known.join(", "))
                }
            };
            Error::Parameter { name: name.to_owned(), reason }
        })
    }
}
