//! The command `qube` as a user runs it, in the folder of the repository.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// What it printed, and its exit code.
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl From<Output> for Said {
    fn from(output: Output) -> Said {
        Said {
            code: output.status.code().expect("the command ends by itself"),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// Runs it with these arguments, between blanks.
pub fn qube(args: &str) -> Said {
    command().args(args.split_whitespace()).output().expect("the command starts").into()
}

/// Runs it with a text on standard input.
pub fn qube_reads(args: &[&str], text: &str) -> Said {
    let piped = command()
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = piped.expect("the command starts");
    // It may refuse its arguments before it reads.
    let _ = child.stdin.take().expect("a pipe").write_all(text.as_bytes());
    child.wait_with_output().expect("the command ends").into()
}

/// Runs a line of a shell, where `qube` is the command.
pub fn shell(line: &str) -> Said {
    let function = format!("qube() {{ '{}' \"$@\"; }}\n{line}", env!("CARGO_BIN_EXE_qube"));
    let output = Command::new("sh").args(["-c", &function]).output();
    output.expect("the shell starts").into()
}

/// It, to be started with arguments.
pub fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_qube"));
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    command
}

/// The contractions of a plan's document, in the order of evaluation.
pub fn contractions(plan: &Value) -> Vec<&Value> {
    plan["nodes"].as_array().unwrap().iter().filter(|node| node.get("first").is_some()).collect()
}

/// The label of an index of a plan's document, such as that of a loop.
pub fn index_label<'a>(plan: &'a Value, index: &Value) -> &'a str {
    plan["indices"][index.as_u64().unwrap() as usize]["label"].as_str().unwrap()
}

/// The node that takes this tensor.
pub fn leaf(plan: &Value, tensor: usize) -> &Value {
    plan["nodes"].as_array().unwrap().iter().find(|node| node["tensor"] == tensor).unwrap()
}
