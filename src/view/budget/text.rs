//! Text for people in lines of at most 100 columns.

use crate::budget::bytes::Bytes;

pub(super) const WIDTH: usize = 100;

/// A text, wrapped.
pub(super) fn paragraph(text: &str) -> String {
    wrapped("", words(text), "")
}

/// The words of a text; a number and its unit are one.
pub(super) fn words(text: &str) -> impl Iterator<Item = String> {
    let units = ["bytes", "B", "KiB", "MiB", "GiB", "TiB"];
    let is_unit = |word: &str| units.contains(&word.trim_end_matches([',', '.', ';', ':', ')']));
    let mut words: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match words.last_mut() {
            Some(number) if is_unit(word) => *number += &format!(" {word}"),
            _ => words.push(word.to_owned()),
        }
    }
    words.into_iter()
}

/// Items after a label, with commas or nothing after each, wrapped and indented below the first.
pub(super) fn wrapped(
    label: &str,
    items: impl Iterator<Item = String>,
    after_each: &str,
) -> String {
    let mut text = String::new();
    let mut line = label.to_owned();
    let mut items = items.peekable();
    while let Some(mut item) = items.next() {
        if items.peek().is_some() {
            item.push_str(after_each);
        }
        let gap = usize::from(line.len() > label.len());
        if gap == 1 && line.len() + gap + item.len() > WIDTH {
            text += &line;
            text += "\n";
            line = " ".repeat(label.len()) + &item;
        } else {
            line += &" "[..gap];
            line += &item;
        }
    }
    text + &line + "\n"
}

/// The largest terms of a stage in a sentence; the first of equal ones.
pub(super) fn largest_terms<'a>(terms: impl Iterator<Item = (&'a str, Bytes)>) -> String {
    let mut terms: Vec<_> = terms.collect();
    terms.sort_by_key(|&(_, bytes)| std::cmp::Reverse(bytes)); // stable
    terms.truncate(3);
    let named: Vec<_> = terms.iter().map(|(name, bytes)| format!("'{name}' ({bytes})")).collect();
    match named.split_last() {
        None => String::new(),
        Some((last, [])) => format!("It consists of {last}."),
        Some((last, others)) => format!("Its largest parts are {} and {last}.", others.join(", ")),
    }
}
