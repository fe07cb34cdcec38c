//! Exact integer expressions in named sizes: `8 * n_spectra * (n_stokes * n_pix) ^ 2`.
//!
//! ```text
//! expression = conjunction { "or" conjunction }
//! conjunction = condition { "and" condition }
//! condition = "not" condition | sum [ ( "==" | "!=" | "<" | "<=" | ">" | ">=" ) sum ]
//! sum = product { ( "+" | "-" ) product }
//! product = factor { ( "*" | "/" | "//" ) factor }
//! factor = "-" factor | power
//! power = atom [ ( "^" | "**" ) factor ]
//! atom = number | "true" | "false" | name | function "(" expression { "," expression } ")" | "(" expression ")"
//! ```
//! A number has digits, and `_` between them. `/` is exact: a remainder is an error. `//` rounds down,
//! `ceil_div(a, b)` up. `min` and `max` take one number or more; `if(condition, a, b)` evaluates only the
//! branch it takes, as `and` and `or` do. Values are truth values and integers of 128 bits; what does not
//! fit is an error.
//!
//! The crates for expressions that are kept up (evalexpr, fasteval) compute in 64-bit integers or floating
//! point and tell no place of an overflow, hence this one. An expression has at most 4096 bytes, nested at
//! most 64 deep. Reading and evaluating take time and memory in its length: a power of more than 127 is too
//! large, or one of 0 and 1.

mod parser;
mod value;

use std::fmt;

use rustc_hash::FxHashMap;

/// Bytes of an expression.
pub(super) const LONGEST: usize = 4096;
/// Parentheses, functions and signs in each other.
pub(super) const DEEPEST: usize = 64;
/// The kind of an expression: a number or a truth value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Number,
    Truth,
}

/// The value of an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value {
    Number(i128),
    Truth(bool),
}

/// Kinds of names before evaluation, and their values.
pub(super) type Kinds = FxHashMap<String, Kind>;
pub(super) type Values = FxHashMap<String, Value>;

/// Why an expression is refused, at a byte of its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub at: usize,
    pub why: Why,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Why {
    /// It cannot mean anything, or not with these values.
    Wrong(String),
    /// This is beyond 128 bits.
    TooLarge(String),
}

/// A text and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Expression {
    text: String,
    node: Node,
}

/// A part of an expression, which begins (or has its operator) at a byte of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Node {
    at: usize,
    is: Is,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Is {
    Value(Value),
    Name(String),
    Negative(Box<Node>),
    Not(Box<Node>),
    /// All operators of one precedence, left to right: as deep as the text is nested, not as it is long.
    Chain(Box<Node>, Vec<(usize, Operator, Node)>),
    Compare(Box<Node>, Comparison, Box<Node>),
    Power(Box<Node>, Box<Node>),
    Call(Function, Vec<Node>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Or,
    And,
    Plus,
    Minus,
    Times,
    Divide,
    FloorDivide,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Function {
    Min,
    Max,
    CeilDiv,
    If,
}

/// Names that no size can have.
pub(super) const RESERVED: [&str; 9] =
    ["and", "or", "not", "true", "false", "min", "max", "ceil_div", "if"];

type Found<T> = Result<T, Refusal>;

fn wrong<T>(at: usize, why: impl Into<String>) -> Found<T> {
    Err(Refusal { at, why: Why::Wrong(why.into()) })
}

impl Expression {
    pub fn parse(text: &str) -> Found<Expression> {
        Ok(Expression { text: text.to_owned(), node: parser::parse(text)? })
    }

    /// A number that a document gives as such.
    pub fn number(value: i64) -> Expression {
        let is = Is::Value(Value::Number(value.into()));
        Expression { text: value.to_string(), node: Node { at: 0, is } }
    }

    pub fn truth(value: bool) -> Expression {
        let is = Is::Value(Value::Truth(value));
        Expression { text: value.to_string(), node: Node { at: 0, is } }
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// The names in it, each as often as it stands there.
    pub fn names(&self) -> Vec<&str> {
        let mut names = Vec::new();
        self.node.names(&mut names);
        names
    }

    /// Whether it is a number or a truth value. Refused: names that are not known, and numbers where there
    /// must be truth values, also in branches that are never taken.
    pub fn kind(&self, kinds: &Kinds) -> Found<Kind> {
        self.node.kind(kinds)
    }

    /// The value. The kinds have been checked.
    pub fn value_in(&self, values: &Values) -> Found<Value> {
        self.node.value(values)
    }

    /// Where in the text a byte of it is: the character, counted from 1, and the line of a text with
    /// several.
    pub fn place(text: &str, at: usize) -> String {
        let before = text.get(..at).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let character = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        match text.contains('\n') {
            true => format!("line {line}, character {character}"),
            false => format!("character {character}"),
        }
    }
}

impl Kind {
    fn words(self) -> &'static str {
        match self {
            Kind::Number => "a number",
            Kind::Truth => "a truth value",
        }
    }
}

impl Value {
    pub fn kind(self) -> Kind {
        match self {
            Value::Number(_) => Kind::Number,
            Value::Truth(_) => Kind::Truth,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Number(value) => write!(f, "{value}"),
            Value::Truth(value) => write!(f, "{value}"),
        }
    }
}

impl Node {
    fn names<'a>(&'a self, names: &mut Vec<&'a str>) {
        match &self.is {
            Is::Value(_) => {}
            Is::Name(name) => names.push(name),
            Is::Negative(of) | Is::Not(of) => of.names(names),
            Is::Chain(first, rest) => {
                first.names(names);
                rest.iter().for_each(|(_, _, node)| node.names(names));
            }
            Is::Compare(left, _, right) | Is::Power(left, right) => {
                left.names(names);
                right.names(names);
            }
            Is::Call(_, arguments) => arguments.iter().for_each(|node| node.names(names)),
        }
    }

    fn kind(&self, kinds: &Kinds) -> Found<Kind> {
        match &self.is {
            Is::Value(value) => Ok(value.kind()),
            Is::Name(name) => match kinds.get(name) {
                Some(&kind) => Ok(kind),
                None => wrong(self.at, unknown(name, kinds)),
            },
            Is::Negative(of) => of.must_be(Kind::Number, kinds),
            Is::Not(of) => of.must_be(Kind::Truth, kinds),
            Is::Chain(first, rest) => {
                let kind = match rest.first() {
                    Some((_, Operator::And | Operator::Or, _)) => Kind::Truth,
                    _ => Kind::Number,
                };
                first.must_be(kind, kinds)?;
                rest.iter().try_for_each(|(_, _, node)| node.must_be(kind, kinds).map(drop))?;
                Ok(kind)
            }
            Is::Compare(left, _, right) => {
                left.must_be(Kind::Number, kinds)?;
                right.must_be(Kind::Number, kinds)?;
                Ok(Kind::Truth)
            }
            Is::Power(left, right) => {
                left.must_be(Kind::Number, kinds)?;
                right.must_be(Kind::Number, kinds)
            }
            Is::Call(Function::If, arguments) => {
                let [condition, yes, no] = &arguments[..] else { return Ok(Kind::Number) };
                condition.must_be(Kind::Truth, kinds)?;
                let kind = yes.kind(kinds)?;
                no.must_be(kind, kinds)
            }
            Is::Call(_, arguments) => {
                arguments
                    .iter()
                    .try_for_each(|node| node.must_be(Kind::Number, kinds).map(drop))?;
                Ok(Kind::Number)
            }
        }
    }

    fn must_be(&self, expected: Kind, kinds: &Kinds) -> Found<Kind> {
        match self.kind(kinds)? {
            kind if kind == expected => Ok(kind),
            kind => {
                wrong(self.at, format!("found {}, expected {}", kind.words(), expected.words()))
            }
        }
    }
}

fn unknown(name: &str, kinds: &Kinds) -> String {
    const SHOWN: usize = 12;
    let mut known: Vec<&str> = kinds.keys().map(String::as_str).collect();
    known.sort_unstable();
    let more = known.len().saturating_sub(SHOWN);
    known.truncate(SHOWN);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    match known.is_empty() {
        true => format!("'{name}' is not known; there are no parameters or derived sizes"),
        false => format!("'{name}' is not known; use one of: {}{more}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests;
