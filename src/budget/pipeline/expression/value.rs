//! The value of an expression.

use super::{Comparison, Found, Function, Is, Node, Operator, Refusal, Value, Values, Why, wrong};

/// 2^127 is the first power of 2 that 128 bits with a sign do not hold.
const MOST_POWER: i128 = 127;

impl Node {
    pub(super) fn value(&self, values: &Values) -> Found<Value> {
        match &self.is {
            Is::Value(value) => Ok(*value),
            Is::Name(name) => match values.get(name) {
                Some(&value) => Ok(value),
                None => wrong(self.at, format!("'{name}' has no value")),
            },
            Is::Negative(of) => {
                let value = of.number(values)?;
                self.number_of(value.checked_neg(), || format!("-({value})"))
            }
            Is::Not(of) => Ok(Value::Truth(!of.truth(values)?)),
            Is::Chain(first, rest) => {
                rest.iter().try_fold(first.value(values)?, |left, (at, operator, node)| {
                    operator.apply(*at, left, node, values)
                })
            }
            Is::Compare(left, comparison, right) => {
                let (left, right) = (left.number(values)?, right.number(values)?);
                Ok(Value::Truth(match comparison {
                    Comparison::Equal => left == right,
                    Comparison::Unequal => left != right,
                    Comparison::Less => left < right,
                    Comparison::LessOrEqual => left <= right,
                    Comparison::Greater => left > right,
                    Comparison::GreaterOrEqual => left >= right,
                }))
            }
            Is::Power(base, exponent) => {
                let (base, exponent) = (base.number(values)?, exponent.number(values)?);
                if exponent < 0 {
                    return wrong(self.at, format!("the exponent is {exponent}; give 0 or more"));
                }
                let power = match base {
                    0 | 1 if exponent > 0 => Some(base),
                    -1 => Some(if exponent % 2 == 0 { 1 } else { -1 }),
                    _ if exponent > MOST_POWER => None,
                    _ => base.checked_pow(exponent as u32), // at most 127
                };
                self.number_of(power, || format!("{base} ^ {exponent}"))
            }
            Is::Call(function, arguments) => self.call(*function, arguments, values),
        }
    }

    fn call(&self, function: Function, arguments: &[Node], values: &Values) -> Found<Value> {
        let numbers =
            || arguments.iter().map(|node| node.number(values)).collect::<Found<Vec<_>>>();
        match (function, arguments) {
            (Function::If, [condition, yes, no]) => match condition.truth(values)? {
                true => yes.value(values),
                false => no.value(values),
            },
            (Function::CeilDiv, [over, under]) => {
                let (over, under) = (over.number(values)?, under.number(values)?);
                let (quotient, rest) = self.floor(over, under)?;
                let quotient = if rest == 0 { Some(quotient) } else { quotient.checked_add(1) };
                self.number_of(quotient, || format!("ceil_div({over}, {under})"))
            }
            (Function::Min, _) => Ok(Value::Number(numbers()?.into_iter().min().unwrap_or(0))),
            (Function::Max, _) => Ok(Value::Number(numbers()?.into_iter().max().unwrap_or(0))),
            // The parser counts arguments.
            (Function::If | Function::CeilDiv, _) => {
                wrong(self.at, "the wrong number of arguments")
            }
        }
    }

    fn number(&self, values: &Values) -> Found<i128> {
        match self.value(values)? {
            Value::Number(number) => Ok(number),
            Value::Truth(_) => wrong(self.at, "found a truth value, expected a number"),
        }
    }

    fn truth(&self, values: &Values) -> Found<bool> {
        match self.value(values)? {
            Value::Truth(truth) => Ok(truth),
            Value::Number(_) => wrong(self.at, "found a number, expected a truth value"),
        }
    }

    fn number_of(&self, number: Option<i128>, what: impl FnOnce() -> String) -> Found<Value> {
        number_at(self.at, number, what)
    }

    fn floor(&self, over: i128, under: i128) -> Found<(i128, i128)> {
        floor_at(self.at, over, under)
    }
}

fn number_at(at: usize, number: Option<i128>, what: impl FnOnce() -> String) -> Found<Value> {
    number.map(Value::Number).ok_or_else(|| Refusal { at, why: Why::TooLarge(what()) })
}

/// The quotient, rounded down, and what remains.
fn floor_at(at: usize, over: i128, under: i128) -> Found<(i128, i128)> {
    if under == 0 {
        return wrong(at, format!("{over} is divided by 0"));
    }
    let too_large = || Refusal { at, why: Why::TooLarge(format!("{over} // {under}")) };
    let quotient = over.checked_div(under).ok_or_else(too_large)?;
    let rest = over % under;
    // Rust rounds towards 0. A quotient that was rounded is not the least number there is.
    Ok((if rest != 0 && (rest < 0) != (under < 0) { quotient - 1 } else { quotient }, rest))
}

impl Operator {
    fn apply(self, at: usize, left: Value, node: &Node, values: &Values) -> Found<Value> {
        let left = match (self, left) {
            (Operator::And, Value::Truth(false)) | (Operator::Or, Value::Truth(true)) => {
                return Ok(left);
            }
            (Operator::And | Operator::Or, _) => return Ok(Value::Truth(node.truth(values)?)),
            (_, Value::Number(left)) => left,
            (_, Value::Truth(_)) => return wrong(at, "found a truth value, expected a number"),
        };
        let right = node.number(values)?;
        match self {
            Operator::Plus => {
                number_at(at, left.checked_add(right), || format!("{left} + {right}"))
            }
            Operator::Minus => {
                number_at(at, left.checked_sub(right), || format!("{left} - {right}"))
            }
            Operator::Times => {
                number_at(at, left.checked_mul(right), || format!("{left} * {right}"))
            }
            Operator::FloorDivide => Ok(Value::Number(floor_at(at, left, right)?.0)),
            Operator::And | Operator::Or | Operator::Divide => match floor_at(at, left, right)? {
                (quotient, 0) => Ok(Value::Number(quotient)),
                (_, _) => wrong(
                    at,
                    format!(
                        "{left} / {right} leaves a remainder of {}; write // to round down, or \
                             ceil_div() to round up",
                        left.rem_euclid(right)
                    ),
                ),
            },
        }
    }
}
