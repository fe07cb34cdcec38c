//! The text form of a coupled-cluster term, in the manner of SeQuant:
//! `g{μ̃_1;i_3;Κ_1} C{a_3<i_2>;μ̃_1} t{a_3<i_2>;i_2}`.
//!
//! ```text
//! term   = tensor { space tensor }           tensors may also be joined by '*'
//! tensor = label '{' group { ';' group } '}' groups: bra; ket; aux
//! group  = [ index { ',' index } ]
//! index  = label [ '<' label { ',' label } '>' ]
//! ```
//! A label is any run of characters other than white space and `{}<>,;*`. The space of an index is
//! its label up to the first `_` or digit; its extent comes from the table of spaces. Equal labels
//! (protos included) are the same index.

use super::scanner::Scanner;
use super::{Network, NetworkBuilder, Spaces, default_space};
use crate::Result;

/// Reads a term. Targets are automatic: the indices that occur in exactly one slot.
///
/// ```
/// use qube_budget::network::{Spaces, parse};
/// let mut spaces = Spaces::new();
/// spaces.add("i", 56)?;
/// spaces.add("a", 12)?;
/// let term = parse("t{a_1<i_1>;i_1} t{a_2<i_2>;i_2}", &spaces)?;
/// assert_eq!(term.tensors().len(), 2);
/// # Ok::<(), qube_budget::Error>(())
/// ```
pub fn parse(text: &str, spaces: &Spaces) -> Result<Network> {
    let mut scanner = Scanner::new("term", text);
    let mut builder = NetworkBuilder::new();
    builder.share_inner_pow(&spaces.inner_pow);
    scanner.skip_space();
    while scanner.peek().is_some() {
        tensor(&mut scanner, &mut builder, spaces)?;
        scanner.skip_space();
        if scanner.take('*') {
            scanner.skip_space();
            if scanner.peek().is_none() {
                return Err(scanner.error("a tensor after '*'"));
            }
        }
    }
    builder.build()
}

fn tensor(scanner: &mut Scanner, builder: &mut NetworkBuilder, spaces: &Spaces) -> Result<()> {
    let name = label(scanner, "the label of a tensor")?;
    scanner.skip_space();
    scanner.expect('{')?;
    let mut slots = Vec::new();
    loop {
        scanner.skip_space();
        if !matches!(scanner.peek(), Some(';' | '}')) {
            slots.push(index(scanner, builder, spaces)?);
            while next_in_list(scanner) {
                slots.push(index(scanner, builder, spaces)?);
            }
        }
        if scanner.take(';') {
            continue;
        }
        if scanner.take('}') {
            break;
        }
        return Err(scanner.error("',', ';' or '}'"));
    }
    builder.tensor(name, &slots.iter().map(String::as_str).collect::<Vec<_>>())?;
    Ok(())
}

/// Reads an index, adds it and its protos to the network if they are new, and returns its label.
fn index(scanner: &mut Scanner, builder: &mut NetworkBuilder, spaces: &Spaces) -> Result<String> {
    let name = label(scanner, "the label of an index")?;
    scanner.skip_space();
    let mut protos = Vec::new();
    if scanner.take('<') {
        scanner.skip_space();
        protos.push(label(scanner, "the label of a proto index")?);
        while next_in_list(scanner) {
            protos.push(label(scanner, "the label of a proto index")?);
        }
        if !scanner.take('>') {
            return Err(scanner.error("',' or '>'"));
        }
        scanner.skip_space();
    }
    for proto in &protos {
        if !builder.contains(proto) {
            builder.index(proto, None, spaces.get(default_space(proto), proto)?.extent)?;
        }
    }
    if protos.is_empty() {
        if !builder.contains(name) {
            builder.index(name, None, spaces.get(default_space(name), name)?.extent)?;
        }
        return Ok(name.into());
    }
    let full = format!("{name}<{}>", protos.join(","));
    if !builder.contains(&full) {
        let space = spaces.get(default_space(name), &full)?;
        builder.composite(&full, None, space.extent, &protos, &space.power_means)?;
    }
    Ok(full)
}

fn label<'a>(scanner: &mut Scanner<'a>, expected: &str) -> Result<&'a str> {
    let label = scanner.run(|c| !c.is_whitespace() && !"{}<>,;*".contains(c));
    if label.is_empty() { Err(scanner.error(expected)) } else { Ok(label) }
}

/// Skips a comma and the white space around it.
fn next_in_list(scanner: &mut Scanner) -> bool {
    scanner.skip_space();
    let more = scanner.take(',');
    if more {
        scanner.skip_space();
    }
    more
}
