//! The einsum text form: `ijk,kl->ijl`. Every character is an index with an extent, except white space
//! and `, - > .`; opt_einsum too uses symbols beyond the letters. An operand without indices is a scalar.

use super::scanner::Scanner;
use super::{Network, NetworkBuilder, Spaces};
use crate::Result;

/// Reads an einsum expression. `->` gives explicit targets (they may keep an index that several
/// tensors carry, or leave out one that a single tensor carries); without it they are the letters
/// that occur once. Tensors are labelled by their text.
///
/// ```
/// use qube_budget::network::{Spaces, einsum};
/// let mut letters = Spaces::new();
/// for letter in ["i", "j", "k"] {
///     letters.add(letter, 10)?;
/// }
/// let product = einsum("ik,kj->ij", &letters)?;
/// assert_eq!(product.labels(product.targets()), ["i", "j"]);
/// # Ok::<(), qube_budget::Error>(())
/// ```
pub fn einsum(text: &str, letters: &Spaces) -> Result<Network> {
    let mut scanner = Scanner::new("einsum expression", text);
    let mut builder = NetworkBuilder::new();
    scanner.skip_space();
    if scanner.peek().is_none() {
        return builder.build();
    }
    loop {
        let operand = letters_of(&mut scanner);
        for letter in &operand {
            if !builder.contains(letter) {
                let extent = letters.get(letter, letter)?.extent;
                builder.index(letter, Some(letter), extent)?;
            }
        }
        let slots: Vec<&str> = operand.iter().map(String::as_str).collect();
        builder.tensor(&operand.concat(), &slots)?;
        if !scanner.take(',') {
            break;
        }
    }
    if scanner.take('-') {
        scanner.expect('>')?;
        let targets = letters_of(&mut scanner);
        builder.targets(&targets.iter().map(String::as_str).collect::<Vec<_>>())?;
    }
    match scanner.peek() {
        None => builder.build(),
        Some(_) => Err(scanner.error("an index, ',', '->' or the end")),
    }
}

/// A run of indices, with white space anywhere.
fn letters_of(scanner: &mut Scanner) -> Vec<String> {
    let run = scanner.run(|c| !matches!(c, ',' | '-' | '>' | '.'));
    run.chars().filter(|c| !c.is_whitespace()).map(String::from).collect()
}
