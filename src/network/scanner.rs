//! Reads a text character by character with its position, for both text forms.

use crate::{Error, Result};

pub(super) struct Scanner<'a> {
    what: &'static str,
    text: &'a str,
    /// Byte offset of the next character.
    at: usize,
}

impl<'a> Scanner<'a> {
    pub fn new(what: &'static str, text: &'a str) -> Self {
        Scanner { what, text, at: 0 }
    }

    pub fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    /// Takes the next character if it is `c`.
    pub fn take(&mut self, c: char) -> bool {
        let found = self.peek() == Some(c);
        if found {
            self.at += c.len_utf8();
        }
        found
    }

    /// Takes the next character, which must be `c`.
    pub fn expect(&mut self, c: char) -> Result<()> {
        if self.take(c) { Ok(()) } else { Err(self.error(&format!("'{c}'"))) }
    }

    /// Takes the longest run of characters that `wanted` accepts; it may be empty.
    pub fn run(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let rest = &self.text[self.at..];
        let length = rest.find(|c| !wanted(c)).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    pub fn skip_space(&mut self) {
        self.run(char::is_whitespace);
    }

    /// The error for the character at the current position.
    pub fn error(&self, expected: &str) -> Error {
        let found = match self.peek() {
            None => "the end of the text".into(),
            Some(c) => format!("'{c}'"),
        };
        Error::Parse {
            what: self.what,
            position: self.text[..self.at].chars().count() + 1,
            found,
            expected: expected.into(),
        }
    }
}
