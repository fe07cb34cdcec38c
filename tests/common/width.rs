//! How wide a text for people may be.

const WIDTH: usize = 100;

/// Every line, with what was asked in the message.
pub fn fits_100_columns(text: &str, asked: &str) {
    for line in text.lines() {
        assert!(line.chars().count() <= WIDTH, "{asked}: {line}");
    }
}

/// The examples of a help, each on one line without the command's name; a backslash continues a line.
pub fn examples(help: &str) -> Vec<String> {
    let joined = help.replace("\\\n", " ");
    let example = |line: &str| line.trim().strip_prefix("qube ").map(str::to_owned);
    joined.lines().filter_map(example).collect()
}
