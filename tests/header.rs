//! The committed header is what src/ffi says: a topic a file, each under a banner, every function
//! documented in one form; every C and C++ standard from C99 and C++11 on takes it without a warning.
//!
//! `UPDATE_HEADER=1 cargo test --test header` rewrites it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn header() -> PathBuf {
    root().join("include/qube_budget.h")
}

/// The files of the C interface, in the order in which src/ffi/mod.rs declares the public ones.
fn sources() -> Vec<PathBuf> {
    let folder = root().join("src/ffi");
    let declared = fs::read_to_string(folder.join("mod.rs")).unwrap();
    declared
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'))
        .map(|module| folder.join(module).with_extension("rs"))
        .collect()
}

/// The first sentence of a file's own comment.
fn title(source: &str) -> String {
    let lines = source.lines().map_while(|line| line.strip_prefix("//!"));
    let text: Vec<&str> = lines.take_while(|line| !line.is_empty()).map(str::trim).collect();
    text.join(" ").trim_end_matches('.').to_owned()
}

/// What cbindgen makes of one file.
fn section(source: &Path) -> String {
    let config = cbindgen::Config::from_file(root().join("cbindgen.toml")).unwrap();
    let builder = cbindgen::Builder::new().with_config(config).with_src(source);
    let mut text = Vec::new();
    builder.generate().unwrap().write(&mut text);
    compact(String::from_utf8(text).unwrap().trim_start())
}

/// The same in fewer lines: comments stand behind fields, constants and handles, constants of one
/// kind follow each other, parameters fill their lines, and structs have tags.
fn compact(section: &str) -> String {
    let lines: Vec<&str> = section.lines().collect();
    let is_field =
        |line: &str| line.starts_with("    ") && line.ends_with(';') && !line.contains('(');
    let kind = |line: &str| line.split('_').nth(1).map(str::to_owned);
    let mut out: Vec<String> = Vec::new();
    for (at, &line) in lines.iter().enumerate() {
        let is_behind = |line: &&String| line.trim().starts_with("///<");
        let before = out.iter().rev().find(|line| !is_behind(line)).cloned().unwrap_or_default();
        let is_item = line.starts_with("#define") || is_handle(line) || is_field(line);
        if is_item {
            let comment = trailing_comment(&mut out);
            out.extend(item(line, &comment));
            continue;
        }
        let follows = lines[at..].iter().find(|line| line.starts_with("#define"));
        let only_comments = lines[at + usize::from(line.is_empty())..]
            .iter()
            .take_while(|line| !line.starts_with("#define"))
            .all(|line| line.starts_with("///"));
        let is_between = line.is_empty()
            && before.starts_with("#define")
            && only_comments
            && follows.is_some_and(|line| kind(line) == kind(&before));
        if !is_between {
            out.push(line.to_owned());
        }
    }
    for begin in 0..out.len() {
        if out[begin] == "typedef struct {" {
            let end = out[begin..].iter().find_map(|line| line.strip_prefix("} "));
            out[begin] = format!("typedef struct {} {{", end.unwrap().trim_end_matches(';'));
        }
    }
    filled(&out).join("\n") + "\n"
}

/// Takes the comment off the end of what is written.
fn trailing_comment(out: &mut Vec<String>) -> Vec<String> {
    let lines = out.iter().rev().take_while(|line| line.trim().starts_with("/// "));
    let begin = out.len() - lines.count();
    out.split_off(begin)
        .iter()
        .flat_map(|line| line.trim()[4..].split(' ').map(str::to_owned).collect::<Vec<_>>())
        .collect()
}

/// A field, constant or handle with its comment behind it.
fn item(line: &str, comment: &[String]) -> Vec<String> {
    let indent = if line.starts_with("    ") { "        " } else { "    " };
    let mut out = vec![line.to_owned()];
    for (at, word) in comment.iter().enumerate() {
        let last = out.last_mut().unwrap();
        let (mark, needed) = if at == 0 { (" ///< ", 6) } else { (" ", 1) };
        if last.chars().count() + needed + word.chars().count() <= 100 {
            *last += &format!("{mark}{word}");
        } else {
            out.push(format!("{indent}///< {word}"));
        }
    }
    out
}

/// Declarations that cbindgen writes a parameter a line, with lines of at most 100 columns.
fn filled(lines: &[String]) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut is_open = false;
    let mut indent = "";
    for line in lines {
        if is_open {
            let last = out.last_mut().unwrap();
            let word = line.trim();
            if last.chars().count() + 1 + word.chars().count() <= 100 {
                *last += &format!(" {word}");
            } else {
                out.push(format!("{indent}{word}"));
            }
        } else {
            indent = if line.starts_with("    ") { "        " } else { "    " };
            out.push(line.clone());
        }
        let is_code = !line.trim().starts_with("//") && !line.starts_with('#');
        is_open = is_code && (is_open || line.contains('(')) && line.ends_with(',');
    }
    out
}

/// Whether a line declares a handle: a struct without fields.
fn is_handle(line: &str) -> bool {
    let declared = line.split(" ///<").next().unwrap();
    declared.starts_with("typedef struct qube_") && declared.ends_with(';')
}

/// Takes the handles out of a section, with their comments.
fn without_handles(section: &str, handles: &mut String) -> String {
    let paragraphs = section.split("\n\n");
    let declares_handle =
        |paragraph: &&str| is_handle(paragraph.trim_start().lines().next().unwrap_or_default());
    let (taken, left): (Vec<&str>, Vec<&str>) = paragraphs.partition(declares_handle);
    taken.iter().for_each(|handle| *handles += &format!("{}\n", handle.trim_end()));
    left.join("\n\n")
}

fn banner(title: &str) -> String {
    let rule = "=".repeat(88 - title.chars().count());
    format!("\n/* === {title} {rule} */\n")
}

fn rendered() -> String {
    let mut text = fs::read_to_string(root().join("src/ffi/header.txt")).unwrap();
    text += "\n#ifndef QUBE_BUDGET_H\n#define QUBE_BUDGET_H\n\n\
             /* Rendered from src/ffi by tests/header.rs: change it there. */\n\n\
             #include <stddef.h>\n#include <stdint.h>\n\n\
             #ifdef __cplusplus\nextern \"C\" {\n#endif\n";
    let mut handles = String::new();
    let mut sections = String::new();
    for source in sources() {
        let title = title(&fs::read_to_string(&source).unwrap());
        let section = without_handles(&section(&source), &mut handles);
        sections += &format!("{}\n{}\n", banner(&title), section.trim_end());
    }
    text += &banner("Handles");
    text += &format!("\n{handles}");
    text += &sections;
    text + "\n#ifdef __cplusplus\n}\n#endif\n\n#endif\n"
}

#[test]
fn the_committed_header_is_the_rendered_one() {
    let rendered = rendered();
    if std::env::var_os("UPDATE_HEADER").is_some_and(|value| value == "1") {
        fs::create_dir_all(header().parent().unwrap()).unwrap();
        fs::write(header(), &rendered).unwrap();
    }
    let committed = fs::read_to_string(header()).unwrap_or_default();
    if let Some(line) = (1..).zip(rendered.lines()).find_map(|(number, line)| {
        (committed.lines().nth(number - 1) != Some(line)).then_some(number)
    }) {
        panic!(
            "include/qube_budget.h differs from src/ffi at line {line}; \
             `UPDATE_HEADER=1 cargo test --test header` rewrites it"
        );
    }
    assert_eq!(committed.len(), rendered.len(), "include/qube_budget.h has lines at its end");
}

/// A function of src/ffi: its documentation, its name, its parameters, and whether it returns.
struct Exported {
    documentation: String,
    name: String,
    parameters: Vec<String>,
    returns: bool,
}

fn exported() -> Vec<Exported> {
    let mut functions = Vec::new();
    for source in sources() {
        let text = fs::read_to_string(source).unwrap();
        let pieces: Vec<&str> = text.split("#[unsafe(no_mangle)]").collect();
        for pair in pieces.windows(2) {
            let documentation: Vec<&str> = pair[0]
                .trim_end()
                .lines()
                .rev()
                .map_while(|line| line.strip_prefix("///"))
                .collect();
            let declaration = pair[1].split('{').next().unwrap();
            let (before, after) = declaration.split_once('(').unwrap();
            let (parameters, result) = after.rsplit_once(')').unwrap();
            let parameters = parameters.split(',').filter_map(|one| one.split_once(':'));
            functions.push(Exported {
                documentation: documentation.into_iter().rev().collect::<Vec<_>>().join("\n"),
                name: before.rsplit(' ').next().unwrap().to_owned(),
                parameters: parameters.map(|(name, _)| name.trim().to_owned()).collect(),
                returns: result.contains("->"),
            });
        }
    }
    functions
}

#[test]
fn every_function_is_documented_in_one_form() {
    let functions = exported();
    assert!((70..=115).contains(&functions.len()), "{} functions", functions.len());
    for Exported { documentation, name, parameters, returns } in &functions {
        let of_tag = |tag: &str| -> Vec<String> {
            let after = documentation.split(tag).skip(1);
            after.map(|text| text.split_whitespace().next().unwrap().to_owned()).collect()
        };
        assert!(!documentation.trim_start().starts_with('@'), "{name} has no first sentence");
        assert_eq!(&of_tag("@param "), parameters, "{name}: @param for each parameter, in order");
        assert_eq!(of_tag("@return ").len(), usize::from(*returns), "{name}: one @return");
        let tail = documentation.split("@param").last().unwrap();
        assert!(
            parameters.is_empty() || !tail.contains("\n\n"),
            "{name}: text comes before @param"
        );
        for old in ["Errors:", "receives the handle", "nobody"] {
            assert!(!documentation.contains(old), "{name} says '{old}'");
        }
    }
}

#[test]
fn the_header_has_a_readable_size() {
    let text = fs::read_to_string(header()).unwrap();
    assert!(text.lines().count() <= 2300, "{} lines", text.lines().count());
    let wide: Vec<&str> = text.lines().filter(|line| line.chars().count() > 100).collect();
    assert!(wide.is_empty(), "wider than 100 columns: {wide:?}");
}

#[test]
fn the_header_speaks_c() {
    for (number, line) in (1..).zip(rendered().lines()) {
        for foreign in ["# Safety", "::", "`", "[`", "unsafe", "Option<", "&mut", "Vec<", "Result<"]
        {
            assert!(!line.contains(foreign), "line {number} has {foreign}: {line}");
        }
        assert!(line.chars().count() <= 100, "line {number} is long: {line}");
        assert_eq!(line.trim_end(), line, "line {number} ends with a space");
    }
}

/// This machine's target triple, which cc has from cargo only in a build script.
fn triple() -> String {
    let system = if cfg!(target_os = "macos") { "apple-darwin" } else { "unknown-linux-gnu" };
    format!("{}-{system}", std::env::consts::ARCH)
}

fn compile(cpp: bool, standard: &str) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("qube_budget.h"), rendered()).unwrap();
    let source = folder.path().join(if cpp { "alone.cpp" } else { "alone.c" });
    // Twice: the include guard must hold.
    let text = "#include \"qube_budget.h\"\n#include \"qube_budget.h\"\nint one_declaration;\n";
    fs::write(&source, text).unwrap();
    let compiler = cc::Build::new()
        .cpp(cpp)
        .target(&triple())
        .host(&triple())
        .opt_level(0)
        .cargo_metadata(false)
        .get_compiler();
    let output = Command::new(compiler.path())
        .args(["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-c", "-o"])
        .arg(folder.path().join("alone.o"))
        .arg(format!("-std={standard}"))
        .arg("-I")
        .arg(folder.path())
        .arg(&source)
        .output()
        .unwrap();
    assert!(output.status.success(), "{standard}: {}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn every_c_standard_takes_the_header() {
    for standard in ["c99", "c11", "c17", "c2x"] {
        compile(false, standard);
    }
}

#[test]
fn every_cpp_standard_takes_the_header() {
    for standard in ["c++11", "c++17", "c++20"] {
        compile(true, standard);
    }
}
