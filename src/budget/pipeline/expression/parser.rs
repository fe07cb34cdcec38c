//! From the text of an expression to its parts, by recursive descent: a function for each rule of the
//! grammar, left to right, with one token of look-ahead.

use super::{
    Comparison, DEEPEST, Found, Function, Is, LONGEST, Node, Operator, Refusal, Value, Why, wrong,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token<'a> {
    Number(i128),
    Name(&'a str),
    Symbol(&'a str),
    /// A character of no rule.
    Other(char),
    End,
}

/// The longer ones first.
const SYMBOLS: [&str; 16] =
    ["**", "//", "==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/", "^", "(", ")", ","];

struct Parser<'a> {
    text: &'a str,
    /// The next token, where it begins and ends.
    next: Token<'a>,
    at: usize,
    end: usize,
    depth: usize,
}

pub(super) fn parse(text: &str) -> Found<Node> {
    if text.len() > LONGEST {
        return wrong(0, format!("it has {} bytes; give at most {LONGEST}", text.len()));
    }
    let mut parser = Parser { text, next: Token::End, at: 0, end: 0, depth: 0 };
    parser.advance()?;
    let node = parser.expression()?;
    match parser.next {
        Token::End => Ok(node),
        _ => parser.expected("an operator or the end"),
    }
}

impl<'a> Parser<'a> {
    /// Takes the next token.
    fn advance(&mut self) -> Found<(usize, Token<'a>)> {
        let taken = (self.at, self.next);
        let rest = &self.text[self.end..];
        let left = rest.trim_start_matches([' ', '\t', '\n', '\r']);
        self.at = self.end + (rest.len() - left.len());
        let word = |begins: fn(char) -> bool| {
            let end = left.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
            left.starts_with(begins).then(|| &left[..end.unwrap_or(left.len())])
        };
        let (token, length) = if left.is_empty() {
            (Token::End, 0)
        } else if let Some(digits) = word(|c| c.is_ascii_digit()) {
            (Token::Number(self.number(digits)?), digits.len())
        } else if let Some(name) = word(|c| c.is_ascii_alphabetic() || c == '_') {
            (Token::Name(name), name.len())
        } else if let Some(symbol) = SYMBOLS.iter().find(|symbol| left.starts_with(*symbol)) {
            (Token::Symbol(symbol), symbol.len())
        } else {
            let other = left.chars().next().unwrap_or(' ');
            (Token::Other(other), other.len_utf8())
        };
        (self.next, self.end) = (token, self.at + length);
        Ok(taken)
    }

    fn number(&self, digits: &str) -> Found<i128> {
        let plain: String = digits.chars().filter(|&c| c != '_').collect();
        if !plain.bytes().all(|byte| byte.is_ascii_digit()) {
            return wrong(self.at, format!("found '{digits}', expected a whole number or a name"));
        }
        let too_large = || Refusal { at: self.at, why: Why::TooLarge(digits.to_owned()) };
        plain.parse().map_err(|_| too_large())
    }

    fn expected<T>(&self, what: &str) -> Found<T> {
        let found = match self.next {
            Token::End => "the end".to_owned(),
            Token::Other(other) => format!("'{other}'"),
            _ => format!("'{}'", &self.text[self.at..self.end]),
        };
        let hint = match self.next {
            Token::Other('=') => " (compare with ==)",
            Token::Other('.') => " (numbers are whole)",
            Token::Other('%') => " (round down with //)",
            _ => "",
        };
        wrong(self.at, format!("found {found}, expected {what}{hint}"))
    }

    fn takes(&mut self, symbol: &str) -> Found<bool> {
        let found = self.next == Token::Symbol(symbol);
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    /// Goes one level deeper into `rule`.
    fn nested<T>(&mut self, rule: impl FnOnce(&mut Self) -> Found<T>) -> Found<T> {
        if self.depth == DEEPEST {
            return wrong(self.at, format!("it is nested too deep; nest at most {DEEPEST} deep"));
        }
        self.depth += 1;
        let found = rule(self)?;
        self.depth -= 1;
        Ok(found)
    }

    /// Operators of one precedence, from left to right.
    fn chain(
        &mut self,
        operator: impl Fn(Token) -> Option<Operator>,
        rule: fn(&mut Self) -> Found<Node>,
    ) -> Found<Node> {
        let first = rule(self)?;
        let mut rest = Vec::new();
        while let Some(operator) = operator(self.next) {
            let (at, _) = self.advance()?;
            rest.push((at, operator, rule(self)?));
        }
        if rest.is_empty() {
            return Ok(first);
        }
        Ok(Node { at: first.at, is: Is::Chain(Box::new(first), rest) })
    }

    fn expression(&mut self) -> Found<Node> {
        let operator = |token: Token| (token == Token::Name("or")).then_some(Operator::Or);
        self.chain(operator, Self::conjunction)
    }

    fn conjunction(&mut self) -> Found<Node> {
        let operator = |token: Token| (token == Token::Name("and")).then_some(Operator::And);
        self.chain(operator, Self::condition)
    }

    fn condition(&mut self) -> Found<Node> {
        if self.next == Token::Name("not") {
            let (at, _) = self.advance()?;
            let of = self.nested(Self::condition)?;
            return Ok(Node { at, is: Is::Not(Box::new(of)) });
        }
        let left = self.sum()?;
        let Some(comparison) = comparison(self.next) else { return Ok(left) };
        self.advance()?;
        let right = self.sum()?;
        if self::comparison(self.next).is_some() {
            return self.expected("'and' or 'or' between two comparisons");
        }
        Ok(Node { at: left.at, is: Is::Compare(Box::new(left), comparison, Box::new(right)) })
    }

    fn sum(&mut self) -> Found<Node> {
        let operator = |token: Token| match token {
            Token::Symbol("+") => Some(Operator::Plus),
            Token::Symbol("-") => Some(Operator::Minus),
            _ => None,
        };
        self.chain(operator, Self::product)
    }

    fn product(&mut self) -> Found<Node> {
        let operator = |token: Token| match token {
            Token::Symbol("*") => Some(Operator::Times),
            Token::Symbol("/") => Some(Operator::Divide),
            Token::Symbol("//") => Some(Operator::FloorDivide),
            _ => None,
        };
        self.chain(operator, Self::factor)
    }

    fn factor(&mut self) -> Found<Node> {
        let at = self.at;
        if self.takes("-")? {
            let of = self.nested(Self::factor)?;
            return Ok(Node { at, is: Is::Negative(Box::new(of)) });
        }
        let base = self.atom()?;
        let at = self.at;
        if !(self.takes("^")? || self.takes("**")?) {
            return Ok(base);
        }
        let exponent = self.nested(Self::factor)?;
        Ok(Node { at, is: Is::Power(Box::new(base), Box::new(exponent)) })
    }

    fn atom(&mut self) -> Found<Node> {
        const WHAT: &str = "a number, a name or '('";
        let at = self.at;
        let is = match self.next {
            Token::Number(number) => Is::Value(Value::Number(number)),
            Token::Name("true") => Is::Value(Value::Truth(true)),
            Token::Name("false") => Is::Value(Value::Truth(false)),
            Token::Name("and" | "or" | "not") => return self.expected(WHAT),
            Token::Name(name) => {
                self.advance()?;
                return match function(name) {
                    Some(function) => self.call(at, name, function),
                    None if self.next == Token::Symbol("(") => {
                        wrong(at, format!("'{name}' is no function; use min, max, ceil_div or if"))
                    }
                    None => Ok(Node { at, is: Is::Name(name.to_owned()) }),
                };
            }
            Token::Symbol("(") => {
                self.advance()?;
                let inner = self.nested(Self::expression)?;
                return match self.takes(")")? {
                    true => Ok(inner),
                    false => self.expected("')'"),
                };
            }
            Token::Symbol(_) | Token::Other(_) | Token::End => return self.expected(WHAT),
        };
        self.advance()?;
        Ok(Node { at, is })
    }

    fn call(&mut self, at: usize, name: &str, function: Function) -> Found<Node> {
        if !self.takes("(")? {
            return self.expected("'(' after a function");
        }
        let mut arguments = vec![self.nested(Self::expression)?];
        while self.takes(",")? {
            arguments.push(self.nested(Self::expression)?);
        }
        if !self.takes(")")? {
            return self.expected("',' or ')'");
        }
        let count = match function {
            Function::Min | Function::Max => arguments.len(),
            Function::CeilDiv => 2,
            Function::If => 3,
        };
        if arguments.len() != count {
            let given = arguments.len();
            return wrong(at, format!("{name} has {given} arguments; give {count}"));
        }
        Ok(Node { at, is: Is::Call(function, arguments) })
    }
}

fn function(name: &str) -> Option<Function> {
    match name {
        "min" => Some(Function::Min),
        "max" => Some(Function::Max),
        "ceil_div" => Some(Function::CeilDiv),
        "if" => Some(Function::If),
        _ => None,
    }
}

fn comparison(token: Token) -> Option<Comparison> {
    match token {
        Token::Symbol("==") => Some(Comparison::Equal),
        Token::Symbol("!=") => Some(Comparison::Unequal),
        Token::Symbol("<") => Some(Comparison::Less),
        Token::Symbol("<=") => Some(Comparison::LessOrEqual),
        Token::Symbol(">") => Some(Comparison::Greater),
        Token::Symbol(">=") => Some(Comparison::GreaterOrEqual),
        _ => None,
    }
}
