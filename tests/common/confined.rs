//! A test that runs once more in a process of its own, with little address space.

use std::process::Command;

const INSIDE: &str = "QUBE_TEST_INSIDE";

/// Whether this is the process of its own.
pub fn is_inside(test: &str) -> bool {
    std::env::var(INSIDE).is_ok_and(|named| named == test)
}

/// Runs one test of this program with so much address space: what it said. It has to succeed.
pub fn run(test: &str, kibibytes: u32) -> String {
    let script = format!("ulimit -v {kibibytes}; exec \"$0\" --exact {test} --nocapture");
    let said = Command::new("sh")
        .args(["-c", &script])
        .arg(std::env::current_exe().unwrap())
        .env(INSIDE, test)
        .output()
        .unwrap();
    let [text, errors] = [said.stdout, said.stderr].map(|text| String::from_utf8(text).unwrap());
    assert!(said.status.success(), "{}: {text}{errors}", said.status);
    text
}
