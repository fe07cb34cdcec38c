//! Files that the command reads and writes; `-` is standard input.

use std::fs;
use std::io::{self, Read};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::failure::Failure;

/// The text of a file, or of standard input.
pub fn read(file: &Path) -> Result<String, Failure> {
    let text = if file == Path::new("-") { standard_input()? } else { fs::read_to_string(file) };
    text.map_err(|error| {
        let file = file.display();
        format!("cannot read {file}: {error}; name a text file, or - for standard input").into()
    })
}

/// Standard input to its end. A second read fails, since nothing would be left.
fn standard_input() -> Result<io::Result<String>, Failure> {
    static READ: AtomicBool = AtomicBool::new(false);
    if READ.swap(true, Ordering::Relaxed) {
        return Err("standard input (-) is named twice; name a file for one of them".into());
    }
    let mut text = String::new();
    Ok(io::stdin().read_to_string(&mut text).map(|_| text))
}

pub fn write(file: &Path, text: &str) -> Result<(), Failure> {
    fs::write(file, text).map_err(|error| {
        let file = file.display();
        Failure::machine(format!("cannot write {file}: {error}; name another file"))
    })
}
