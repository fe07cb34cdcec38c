//! Checks a document: everything that does not depend on the values of parameters. Each name means
//! one thing, each expression has the kind that its place needs, derived sizes have an order, and
//! an event only frees what an earlier one may have allocated.

use rustc_hash::FxHashSet;

use super::checked::{Array, Derived, Element, EventPlan, Pipeline, StagePlan};
use super::cycle;
use super::document::{
    DerivedJson, Document, EventJson, Formula, MeasuredJson, StageJson, refused, worded,
};
use super::expression::{Kind, Kinds, RESERVED};
use super::names::{ARRAY, Names, PROGRAM, STAGE};
use super::parameter::Parameter;
use super::placed::Placed;
use crate::budget::stages::Point;
use crate::budget::term::{Holder, Layout};
use crate::{Error, Result};

/// Bounds on a document, so that its budget takes little time and memory.
const MOST_SIZES: usize = 1000;
const MOST_STAGES: usize = 250;
const MOST_EVENTS: usize = 1000;
const LONGEST_NAME: usize = 50;

impl Pipeline {
    /// Reads a document. Errors: `Document`, with the place of what it cannot mean; `Overflow`, a number in
    /// it; `TooLarge`, more of something than a document may have.
    pub fn from_json(text: &str) -> Result<Pipeline> {
        let document = Document::read(text)?;
        named("name", &document.name, &PROGRAM)?;
        worded("source", &document.source)?;
        let parameters = parameters(document.parameters)?;
        let (derived, order, kinds) = derived(document.derived, &parameters)?;
        let defaults = Held::read("", document.layout.as_deref(), document.holder.as_deref())?;
        let mut reader = Reader { kinds, defaults, events: 0, allocated: FxHashSet::default() };
        let input = reader.number("input_bytes".into(), document.input_bytes.as_ref())?;
        let baseline = reader.number("baseline_bytes".into(), document.baseline_bytes.as_ref())?;
        let stages = reader.stages(&document.stages)?;
        let measured = points(document.measured, &stages)?;
        Ok(Pipeline {
            name: document.name,
            source: document.source,
            parameters,
            derived,
            order,
            input,
            baseline,
            stages,
            measured,
        })
    }
}

fn at_most(what: &'static str, count: usize, limit: usize) -> Result<()> {
    match count <= limit {
        true => Ok(()),
        false => Err(Error::TooLarge { what, value: count as u64, limit: limit as u64 }),
    }
}

/// A name that people read.
fn named(place: &str, name: &str, names: &Names) -> Result<()> {
    match names.admit(name) {
        true => Ok(()),
        false => {
            let allowed = names.allowed;
            Err(refused(format_args!("{place} is {name:?}; give a name of {allowed}")))
        }
    }
}

/// A name that expressions use.
fn identifier(place: &str, name: &str, taken: &Kinds) -> Result<()> {
    let begins = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let goes_on = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if !begins || !goes_on || name.len() > LONGEST_NAME {
        return Err(refused(format_args!(
            "{place}.name is {name:?}; give letters, digits and _, a letter first, {LONGEST_NAME} at most"
        )));
    }
    if RESERVED.contains(&name) {
        return Err(refused(format_args!(
            "{place}.name is '{name}', which expressions use; choose another"
        )));
    }
    match taken.contains_key(name) {
        true => Err(refused(format_args!("{place}.name is '{name}' again; choose another"))),
        false => Ok(()),
    }
}

fn parameters(all: Vec<super::document::ParameterJson>) -> Result<Vec<Parameter>> {
    at_most("parameters of the pipeline", all.len(), MOST_SIZES)?;
    let mut taken = Kinds::default();
    let mut parameters = Vec::new();
    for (number, json) in all.into_iter().enumerate() {
        let place = format!("parameters[{number}]");
        identifier(&place, &json.name, &taken)?;
        taken.insert(json.name.clone(), Kind::Number);
        parameters.push(Parameter::read(&place, json)?);
    }
    Ok(parameters)
}

/// The derived sizes, their order, and the kinds of all names.
fn derived(
    all: Vec<DerivedJson>,
    parameters: &[Parameter],
) -> Result<(Vec<Derived>, Vec<usize>, Kinds)> {
    at_most("derived sizes of the pipeline", all.len(), MOST_SIZES)?;
    let kind = |is_switch| if is_switch { Kind::Truth } else { Kind::Number };
    let mut kinds: Kinds =
        parameters.iter().map(|known| (known.name.clone(), kind(known.is_switch))).collect();
    let mut taken = kinds.clone();
    let mut derived = Vec::new();
    for (number, json) in all.iter().enumerate() {
        let place = format!("derived[{number}]");
        identifier(&place, &json.name, &taken)?;
        taken.insert(json.name.clone(), Kind::Number);
        let formula = Placed::read(format!("{place}.is"), &json.is)?;
        derived.push(Derived { name: json.name.clone(), formula });
    }
    let names: Vec<&str> = derived.iter().map(|derived| &*derived.name).collect();
    let needs: Vec<Vec<&str>> =
        derived.iter().map(|derived| derived.formula.expression().names()).collect();
    let order = cycle::ordered(&names, &needs).map_err(|cycle| {
        const SHOWN: usize = 8;
        let more = if cycle.len() > SHOWN { " -> ..." } else { "" };
        let shown: Vec<&str> = cycle.iter().take(SHOWN).map(|&number| names[number]).collect();
        let place = derived[cycle[0]].formula.place();
        let cycle = shown.join(" -> ");
        refused(format_args!(
            "{place}: derived sizes need each other: {cycle}{more} -> {}; break the cycle",
            shown[0]
        ))
    })?;
    for &number in &order {
        let kind = derived[number].formula.kind(&kinds)?;
        kinds.insert(derived[number].name.clone(), kind);
    }
    Ok((derived, order, kinds))
}

/// Layout and holder of an array.
#[derive(Clone)]
struct Held {
    layout: Layout,
    holder: Holder,
}

impl Held {
    fn read(place: &str, layout: Option<&str>, holder: Option<&str>) -> Result<Held> {
        let every = Held { layout: Layout::Whole, holder: Holder::EveryRank };
        every.or(place, layout, holder)
    }

    /// These defaults, overridden by the given names.
    fn or(&self, place: &str, layout: Option<&str>, holder: Option<&str>) -> Result<Held> {
        let layouts =
            [Layout::Whole, Layout::NodeShared, Layout::BlockCyclic, Layout::Rows, Layout::Columns];
        let holders = [Holder::EveryRank, Holder::FirstRow, Holder::FirstRank];
        let known_layouts = layouts.each_ref().map(Layout::name);
        let layout = layout.map(|name| {
            let known = layouts.into_iter().find(|layout| layout.name() == name);
            known.ok_or_else(|| unknown(place, "layout", name, &known_layouts))
        });
        let holder = holder.map(|name| {
            let known = holders.into_iter().find(|holder| holder.name() == name);
            known.ok_or_else(|| unknown(place, "holder", name, &holders.map(Holder::name)))
        });
        Ok(Held {
            layout: layout.transpose()?.unwrap_or_else(|| self.layout.clone()),
            holder: holder.transpose()?.unwrap_or(self.holder),
        })
    }
}

fn unknown(place: &str, field: &str, name: &str, known: &[&str]) -> Error {
    let known = known.join(", ");
    let dot = if place.is_empty() { "" } else { "." };
    refused(format_args!("{place}{dot}{field} is {name:?}; give one of: {known}"))
}

/// State while stages are read.
struct Reader {
    kinds: Kinds,
    defaults: Held,
    events: usize,
    /// Names that some event before allocates.
    allocated: FxHashSet<String>,
}

impl Reader {
    fn of_kind(
        &self,
        place: String,
        formula: Option<&Formula>,
        kind: Kind,
    ) -> Result<Option<Placed>> {
        let Some(formula) = formula else { return Ok(None) };
        let placed = Placed::read(place, formula)?;
        placed.must_be(kind, &self.kinds)?;
        Ok(Some(placed))
    }

    fn number(&self, place: String, formula: Option<&Formula>) -> Result<Option<Placed>> {
        self.of_kind(place, formula, Kind::Number)
    }

    fn condition(&self, place: &str, formula: Option<&Formula>) -> Result<Option<Placed>> {
        self.of_kind(format!("{place}.if"), formula, Kind::Truth)
    }

    fn stages(&mut self, all: &[StageJson]) -> Result<Vec<StagePlan>> {
        if all.is_empty() {
            return Err(refused("stages is empty; give one or more"));
        }
        at_most("stages of the pipeline", all.len(), MOST_STAGES)?;
        let mut names = FxHashSet::default();
        let stages = all.iter().enumerate().map(|(number, json)| {
            let place = format!("stages[{number}]");
            named(&format!("{place}.name"), &json.name, &STAGE)?;
            if !names.insert(&json.name) {
                let name = &json.name;
                return Err(refused(format_args!(
                    "{place}.name is '{name}' again; choose another"
                )));
            }
            self.events += json.events.len();
            at_most("events of the pipeline", self.events, MOST_EVENTS)?;
            let condition = self.condition(&place, json.condition.as_ref())?;
            let events = json.events.iter().enumerate();
            let events =
                events.map(|(at, event)| self.event(format!("{place}.events[{at}]"), event));
            Ok(StagePlan {
                name: json.name.clone(),
                condition,
                events: events.collect::<Result<_>>()?,
            })
        });
        stages.collect()
    }

    fn event(&mut self, place: String, json: &EventJson) -> Result<EventPlan> {
        let (array, allocates) = match (&json.allocate, &json.free) {
            (Some(array), None) => {
                named(&format!("{place}.allocate"), array, &ARRAY)?;
                self.allocated.insert(array.clone());
                (array, Some(self.array(&place, json)?))
            }
            (None, Some(array)) => {
                let sized =
                    [&json.bytes, &json.copies, &json.rows, &json.columns, &json.element_bytes];
                if sized.iter().any(|size| size.is_some())
                    || json.layout.is_some()
                    || json.holder.is_some()
                {
                    return Err(refused(format_args!(
                        "{place} frees '{array}'; leave its size and holders out"
                    )));
                }
                if !self.allocated.contains(array) {
                    return Err(refused(format_args!(
                        "{place}.free is '{array}', which no event before allocates; allocate it first"
                    )));
                }
                (array, None)
            }
            _ => {
                return Err(refused(format_args!(
                    "{place} must allocate or free one array; give one of: allocate, free"
                )));
            }
        };
        let condition = self.condition(&place, json.condition.as_ref())?;
        Ok(EventPlan { condition, array: array.clone(), allocates, place })
    }

    fn array(&self, place: &str, json: &EventJson) -> Result<Array> {
        let field = |name: &str| format!("{place}.{name}");
        let number =
            |name: &str, formula: &Option<Formula>| self.number(field(name), formula.as_ref());
        let Held { layout, holder } =
            self.defaults.or(place, json.layout.as_deref(), json.holder.as_deref())?;
        let (rows, columns) = (number("rows", &json.rows)?, number("columns", &json.columns)?);
        let element_bytes = number("element_bytes", &json.element_bytes)?;
        let (rows, element) = match (number("bytes", &json.bytes)?, rows) {
            (Some(bytes), None) if columns.is_none() && element_bytes.is_none() => {
                if !matches!(layout, Layout::Whole | Layout::NodeShared) {
                    let layout = layout.name();
                    return Err(refused(format_args!(
                        "{place} is {layout}, so its bytes do not tell what a rank holds; give rows \
                         and columns"
                    )));
                }
                (bytes, Element::Byte)
            }
            (None, Some(rows)) => {
                let of = |bytes| Element::Of(Box::new(bytes));
                (rows, element_bytes.map_or(Element::Double, of))
            }
            _ => {
                return Err(refused(format_args!(
                    "{place} must have one size; give bytes, or rows and columns"
                )));
            }
        };
        let copies = number("copies", &json.copies)?;
        Ok(Array { copies, rows, columns, element, layout, holder })
    }
}

fn points(all: Vec<MeasuredJson>, stages: &[StagePlan]) -> Result<Vec<Point>> {
    at_most("measured stages of the pipeline", all.len(), MOST_SIZES)?;
    let points = all.into_iter().enumerate().map(|(number, json)| {
        let place = format!("measured[{number}]");
        if !stages.iter().any(|stage| stage.name == json.stage) {
            let known: Vec<&str> = stages.iter().map(|stage| &*stage.name).collect();
            return Err(refused(format_args!(
                "{place}.stage is '{}', which is no stage; give one of: {}",
                json.stage,
                known.join(", ")
            )));
        }
        worded(&format!("{place}.source"), &json.source)?;
        let bytes = |field: &str, value: i64| match u64::try_from(value) {
            Ok(bytes) if bytes > 0 => Ok(bytes),
            _ => Err(refused(format_args!("{place}.{field} is {value}; give 1 or more"))),
        };
        Ok(Point {
            model: bytes("predicted_bytes", json.predicted_bytes)?,
            measured: bytes("measured_bytes", json.measured_bytes)?,
            stage: json.stage,
            source: json.source,
        })
    });
    points.collect()
}
