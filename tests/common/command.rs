//! The command `qube` as a user runs it, in the folder of the repository.

use std::process::Command;

/// What it printed, and its exit code.
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// Runs it with these arguments, between blanks.
pub fn qube(args: &str) -> Said {
    let output = Command::new(env!("CARGO_BIN_EXE_qube"))
        .args(args.split_whitespace())
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("the command starts");
    Said {
        code: output.status.code().expect("the command ends by itself"),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}
