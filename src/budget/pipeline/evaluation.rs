//! Evaluates a pipeline for given parameters: derived sizes in order, conditions, then the events.

use rustc_hash::FxHashMap;

use super::checked::{Array, Element, EventPlan, StagePlan};
use super::document::refused;
use super::expression::{Value, Values};
use super::placed::Placed;
use crate::Result;
use crate::budget::bytes::Bytes;
use crate::budget::input::{Input, InputValue};
use crate::budget::pipeline::Pipeline;
use crate::budget::recorder::{Print, Recorder};
use crate::budget::stages::{Budget, Path};
use crate::budget::term::{Shape, Term};

impl Pipeline {
    /// The budget with these values, one for each parameter.
    pub(super) fn budget(&self, values: &[i64]) -> Result<Budget> {
        let (values, inputs) = self.values(values)?;
        let mut run = Run { values, recorder: Recorder::new(), held: FxHashMap::default() };
        let mut number = 0;
        for stage in &self.stages {
            if run.holds(stage.condition.as_ref())? {
                number += 1;
                run.stage(number, stage)?;
            }
        }
        if number == 0 {
            return Err(refused("the condition of every stage is false; nothing is allocated"));
        }
        let bytes = |placed: &Option<Placed>| match placed {
            Some(placed) => {
                let size = placed.size(&run.values)?;
                Bytes::of_wide(placed.place(), Some(size.into()))
            }
            None => Ok(Bytes::ZERO),
        };
        let (input, baseline) = (bytes(&self.input)?, bytes(&self.baseline)?);
        let (stages, trace) = run.recorder.ended()?;
        Ok(Budget::new(Path::Pipeline, self.source.clone(), inputs, stages)
            .with_program(self.name.clone())
            .with_trace(trace)
            .with_process(input, baseline)
            .with_points(self.measured.clone()))
    }

    /// The value of every name, and the inputs of the budget: parameters, then derived sizes, both
    /// in document order.
    fn values(&self, given: &[i64]) -> Result<(Values, Vec<Input>)> {
        let mut values = Values::default();
        let mut inputs = Vec::new();
        for (parameter, &value) in self.parameters.iter().zip(given) {
            parameter.check(value)?;
            let (value, shown) = match parameter.is_switch {
                true => (Value::Truth(value != 0), InputValue::Switch(value != 0)),
                false => (Value::Number(value.into()), InputValue::Count(value.unsigned_abs())),
            };
            values.insert(parameter.name.clone(), value);
            inputs.push(Input::given(parameter.name.clone(), shown));
        }
        for &number in &self.order {
            let derived = &self.derived[number];
            let value = match derived.formula.value(&values)? {
                Value::Number(_) => Value::Number(derived.formula.size(&values)?.into()),
                truth @ Value::Truth(_) => truth,
            };
            values.insert(derived.name.clone(), value);
        }
        for derived in &self.derived {
            let shown = match values.get(&derived.name) {
                Some(&Value::Number(value)) => InputValue::Count(value as u64), // a size
                Some(&Value::Truth(value)) => InputValue::Switch(value),
                None => InputValue::Absent,
            };
            let from = Some(derived.formula.expression().text().to_owned());
            inputs.push(Input { from, ..Input::given(derived.name.clone(), shown) });
        }
        Ok((values, inputs))
    }
}

/// Bytes of an element where the document does not say it.
const DOUBLE: u64 = 8;

/// The arrays held while events are replayed.
struct Run {
    values: Values,
    recorder: Recorder,
    /// By name; none for an array of 0 bytes, which no report names.
    held: FxHashMap<String, Option<Term>>,
}

impl Run {
    fn holds(&self, condition: Option<&Placed>) -> Result<bool> {
        condition.map_or(Ok(true), |condition| condition.holds(&self.values))
    }

    fn stage(&mut self, number: u32, stage: &StagePlan) -> Result<()> {
        self.recorder.step(number, stage.name.clone())?;
        for event in &stage.events {
            if self.holds(event.condition.as_ref())? {
                self.event(event)?;
            }
        }
        Ok(())
    }

    fn event(&mut self, event: &EventPlan) -> Result<()> {
        let EventPlan { place, array: name, allocates, .. } = event;
        let Some(array) = allocates else {
            return match self.held.remove(name) {
                Some(Some(term)) => {
                    self.recorder.free(name, &[&term], Print::No);
                    Ok(())
                }
                Some(None) => Ok(()),
                None => Err(refused(format_args!(
                    "{place} frees '{name}', which is not held; allocate it first, or give both events \
                     the same if"
                ))),
            };
        };
        if self.held.contains_key(name) {
            return Err(refused(format_args!(
                "{place} allocates '{name}', which is held already; free it first, or choose another name"
            )));
        }
        let term = self.term(name, array)?;
        let term = (term.bytes() > Bytes::ZERO).then_some(term);
        if let Some(term) = &term {
            self.recorder.allocate(name, &[term], Print::No)?;
        }
        self.held.insert(name.clone(), term);
        Ok(())
    }

    fn term(&self, name: &str, array: &Array) -> Result<Term> {
        let or_1 = |placed: &Option<Placed>| match placed {
            Some(placed) => placed.size(&self.values),
            None => Ok(1),
        };
        let shape = Shape {
            matrices: or_1(&array.copies)?,
            rows: array.rows.size(&self.values)?,
            columns: or_1(&array.columns)?,
            element_bytes: match &array.element {
                Element::Byte => 1,
                Element::Double => DOUBLE,
                Element::Of(bytes) => bytes.size(&self.values)?,
            },
        };
        Ok(Term::array(name.to_owned(), shape)?
            .laid_out(array.layout.clone())
            .held_by(array.holder))
    }
}
