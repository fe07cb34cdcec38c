//! What a pipeline document cannot mean is an error with its place; hostile documents end early.

use qube_budget::Error;
use qube_budget::budget::{Pipeline, PipelineConfig};

/// A document with parameters n (10, up to 1000) and flag (off), and m = 2 n.
fn document(fields: &str) -> String {
    format!(
        r#"{{"schema": "qube-pipeline/1", "name": "demo", "source": "a test",
            "parameters": [{{"name": "n", "default": 10, "max": 1000}}, {{"name": "flag", "default": false}}],
            {fields}}}"#
    )
}

/// A document with one stage that has these events.
fn events(events: &str) -> String {
    document(&format!(r#""stages": [{{"name": "one", "events": [{events}]}}]"#))
}

fn derived(sizes: &str) -> String {
    let stages = r#""stages": [{"name": "one", "events": [{"allocate": "a", "bytes": "n"}]}]"#;
    document(&format!(r#""derived": [{sizes}], {stages}"#))
}

fn refusal(text: &str) -> String {
    let read = Pipeline::from_json(text).map(PipelineConfig::new);
    let budget = read.and_then(|config| config.budget());
    budget.map(|_| ()).expect_err(text).to_string()
}

const NOT_VALID: &str = "the document is not a valid pipeline: ";

#[test]
fn what_a_document_cannot_mean_is_refused_with_its_place() {
    for (text, reason) in [
        (
            events(r#"{"allocate": "a", "byts": 1}"#),
            "stages[0].events[0].byts: unknown field `byts`",
        ),
        (
            events(r#"{"allocate": "a", "bytes": 1.5}"#),
            "stages[0].events[0].bytes: invalid type: floating point `1.5`, expected a whole number",
        ),
        (
            events(r#"{"allocate": "a", "bytes": "n +"}"#),
            "stages[0].events[0].bytes, character 4 of 'n +': found the end",
        ),
        (
            events(r#"{"allocate": "a", "bytes": "k"}"#),
            "stages[0].events[0].bytes, character 1 of 'k': 'k' is not known; use one of: flag, n",
        ),
        (
            events(r#"{"allocate": "a", "bytes": "n > 1"}"#),
            "stages[0].events[0].bytes: 'n > 1' is a truth value, not a number",
        ),
        (
            events(r#"{"allocate": "a", "bytes": 1, "if": "n"}"#),
            "stages[0].events[0].if: 'n' is a number, not a truth value; compare it, such as n > 0",
        ),
        (
            events(r#"{"allocate": "a", "bytes": 1, "if": 1}"#),
            "stages[0].events[0].if: '1' is a number, not a truth value",
        ),
        (
            events(r#"{"allocate": "a"}"#),
            "stages[0].events[0] must have one size; give bytes, or rows and columns",
        ),
        (
            events(r#"{"allocate": "a", "bytes": 1, "rows": 2}"#),
            "stages[0].events[0] must have one size",
        ),
        (
            events(r#"{"allocate": "a", "bytes": 1, "layout": "block-cyclic"}"#),
            "stages[0].events[0] is block-cyclic, so its bytes do not tell",
        ),
        (
            events(r#"{"allocate": "a", "bytes": 1, "layout": "cyclic"}"#),
            "stages[0].events[0].layout is \"cyclic\"; give one of: replicated, node-shared, block-cyclic",
        ),
        (
            events(r#"{"allocate": "", "bytes": 1}"#),
            "stages[0].events[0].allocate is \"\"; give a name of 1 to 46 bytes",
        ),
        (
            events(r#"{"allocate": "a", "allocate": "b", "bytes": 1}"#),
            "stages[0].events[0]: duplicate field `allocate`",
        ),
        (events("{}"), "stages[0].events[0] must allocate or free one array"),
        (
            events(r#"{"free": "a"}"#),
            "stages[0].events[0].free is 'a', which no event before allocates",
        ),
        (
            events(r#"{"allocate": "a", "bytes": 1}, {"free": "a", "bytes": 1}"#),
            "stages[0].events[1] frees 'a'; leave its size and holders out",
        ),
        (
            events(r#"{"allocate": "a", "bytes": 1}, {"allocate": "a", "bytes": 1}"#),
            "stages[0].events[1] allocates 'a', which is held already",
        ),
        (
            events(r#"{"allocate": "a", "bytes": 1}, {"free": "a"}, {"free": "a"}"#),
            "stages[0].events[2] frees 'a', which is not held",
        ),
        (
            events(r#"{"allocate": "a", "bytes": 1, "if": "flag"}, {"free": "a"}"#),
            "stages[0].events[1] frees 'a', which is not held; allocate it first, or give both events the same if",
        ),
        (derived(r#"{"name": "n", "is": "1"}"#), "derived[0].name is 'n' again; choose another"),
        (
            derived(r#"{"name": "max", "is": "1"}"#),
            "derived[0].name is 'max', which expressions use",
        ),
        (
            derived(r#"{"name": "2n", "is": "1"}"#),
            "derived[0].name is \"2n\"; give letters, digits and _",
        ),
        (
            derived(
                r#"{"name": "b", "is": "a"}, {"name": "a", "is": "c + n"}, {"name": "c", "is": "a"}"#,
            ),
            "derived[1].is: derived sizes need each other: a -> c -> a; break the cycle",
        ),
        (document(r#""stages": []"#), "stages is empty; give one or more"),
        (
            document(r#""stages": [{"name": "one", "events": []}, {"name": "one", "events": []}]"#),
            "stages[1].name is 'one' again",
        ),
        (
            document(r#""stages": [{"name": "one", "if": "flag", "events": []}]"#),
            "the condition of every stage is false",
        ),
        (
            document(
                r#""measured": [{"stage": "two", "predicted_bytes": 1, "measured_bytes": 1, "source": ""}], "stages": [{"name": "one", "events": []}]"#,
            ),
            "measured[0].stage is 'two', which is no stage; give one of: one",
        ),
        (document("").replace(",\n            }", "}"), "missing field `stages`"),
        (
            events("").replace("pipeline/1", "pipeline/2"),
            "its schema is 'qube-pipeline/2'; this version reads 'qube-pipeline/1'",
        ),
        (
            events("").replace("\"default\": 10", "\"default\": 2000"),
            "parameters[0].default is 2000; give 0 to 1000",
        ),
        (
            events("").replace("\"default\": 10", "\"default\": 10, \"choices\": [10]"),
            "parameters[0] has choices; leave min, max and multiple_of out",
        ),
        (
            events("").replace("\"default\": 10", "\"default\": 10, \"min\": -1"),
            "parameters[0].min is -1; give 0 or more",
        ),
        (events("") + "x", "trailing characters"),
        (
            events("").replace("a test", r"a test\nrm -rf"),
            "source has 13 bytes, or a control character",
        ),
        (
            events("").replace("\"default\": 10", r#""default": 10, "what": "a\u001b""#),
            "parameters[0].what has 2 bytes, or a control character",
        ),
        ("[".repeat(500), "invalid type: sequence, expected a string"),
        (String::new(), "EOF while parsing"),
    ] {
        let message = refusal(&text);
        let expected = format!("{NOT_VALID}{reason}");
        assert!(
            message.starts_with(&expected) || message.contains(reason) && !reason.contains('['),
            "{message}\n{expected}"
        );
    }
}

#[test]
fn sizes_that_cannot_be_are_refused_with_their_formula() {
    for (text, message) in [
        (
            derived(r#"{"name": "k", "is": "n - 11"}"#),
            "derived[0].is 'n - 11' is -1; choose sizes that make it 0 or more",
        ),
        (
            events(r#"{"allocate": "a", "rows": "3 - n", "columns": 1}"#),
            "stages[0].events[0].rows '3 - n' is -7; choose sizes that make it 0 or more",
        ),
        (
            derived(r#"{"name": "k", "is": "n ^ 40"}"#),
            "derived[0].is, character 3 of 'n ^ 40' is too large: 10 ^ 40; choose smaller sizes (at most 2^127 - 1 on the way)",
        ),
        (
            derived(r#"{"name": "k", "is": "n ^ 19"}"#),
            "derived[0].is 'n ^ 19' is too large: 10000000000000000000; choose smaller sizes (at most 2^63 - 1)",
        ),
        (
            events(r#"{"allocate": "a", "rows": "10 ^ 18", "columns": "n"}"#),
            "the memory of 'a' on a rank is too large: 80000000000000000000 bytes",
        ),
        (
            events(r#"{"allocate": "a", "bytes": "n // (n - 10)"}"#),
            "stages[0].events[0].bytes, character 3 of 'n // (n - 10)': 10 is divided by 0",
        ),
        (events(r#"{"allocate": "a", "bytes": "n / 3"}"#), "10 / 3 leaves a remainder of 1"),
        (
            events(r#"{"allocate": "a", "bytes": "2 ^ 62"}, {"allocate": "b", "bytes": "2 ^ 62"}"#),
            "the memory held with 'b' is too large",
        ),
    ] {
        let found = refusal(&text);
        assert!(found.contains(message), "{found}");
    }
}

#[test]
fn values_of_parameters_are_checked() {
    let config = PipelineConfig::new(Pipeline::from_json(&events("")).unwrap());
    let set =
        |name: &str, value| config.clone().set(name, value).map_err(|error| error.to_string());
    assert_eq!(set("n", 1000), Ok(()));
    assert_eq!(set("n", 1001), Err("parameter 'n' is 1001; give 0 to 1000".into()));
    assert_eq!(set("flag", 2), Err("parameter 'flag' is 2; give 0 or 1".into()));
    assert_eq!(
        set("n_pix", 2),
        Err("parameter 'n_pix' is not of pipeline 'demo'; give one of: n, flag".into())
    );
    let bare = events("").replace("\"default\": 10, ", "");
    assert_eq!(refusal(&bare), "parameter 'n' has no value and no default; give it one: 0 to 1000");
}

#[test]
fn derived_sizes_may_stand_in_any_order() {
    let text = derived(
        r#"{"name": "c", "is": "b * a"}, {"name": "b", "is": "a + n"}, {"name": "a", "is": "2 * n"},
           {"name": "wide", "is": "c > 100 and not flag"}"#,
    );
    let budget = PipelineConfig::new(Pipeline::from_json(&text).unwrap()).budget().unwrap();
    let inputs: Vec<String> = budget.inputs().iter().map(ToString::to_string).collect();
    assert_eq!(inputs, ["n 10", "flag no", "c 600", "b 30", "a 20", "wide yes"]);
}

/// Without a bound, each of these would take memory or time beyond any test.
#[test]
fn hostile_documents_end_early() {
    let chain = |first: &str, next: &str| {
        let mut sizes = format!(r#"{{"name": "d0", "is": "{first}"}}"#);
        for number in 1..999 {
            let is = next.replace('@', &format!("d{}", number - 1));
            sizes += &format!(r#", {{"name": "d{number}", "is": "{is}"}}"#);
        }
        derived(&sizes)
    };
    let allocate = |count: usize| {
        let one = |number| format!(r#"{{"allocate": "array number {number}", "bytes": "n"}}"#);
        events(&(0..count).map(one).collect::<Vec<_>>().join(","))
    };
    let tower = "9^".repeat(60) + "9";
    let wide = "n*".repeat(2000) + "n";
    let sizes = |text: &str| events(&format!(r#"{{"allocate": "a", "bytes": "{text}"}}"#));
    let cases: [(String, Option<&str>); 12] = [
        (chain("2", "@ * @"), Some("too large")),
        (chain("1", "@ + @ - @ * @ ^ @"), None),
        (chain("d998", "@"), Some("derived sizes need each other: d0 -> d998 -> d997")),
        (sizes(&tower), Some("too large")),
        (sizes(&wide), Some("too large")),
        (sizes(&"(".repeat(4000)), Some("nested too deep; nest at most 64 deep")),
        (sizes(&"-".repeat(4000)), Some("nested too deep")),
        (sizes(&"1+".repeat(4000)), Some("it has 8000 bytes; give at most 4096")),
        (sizes("if(n > 0, 1, 9^9^9^9^9)"), None),
        (allocate(1000), None),
        (allocate(1001), Some("too many events of the pipeline: 1001; use at most 1000")),
        (events("") + &" ".repeat(1 << 20), Some("too many bytes of the pipeline document: 10")),
    ];
    for (text, reason) in cases {
        match reason {
            Some(reason) => {
                let message = refusal(&text);
                assert!(message.contains(reason), "{message}");
                assert!(message.len() < 1000, "{}", message.len());
            }
            None => {
                let config = PipelineConfig::new(Pipeline::from_json(&text).unwrap());
                config.budget().unwrap();
            }
        }
    }
    let many: Vec<String> =
        (0..1001).map(|k| format!(r#"{{"name": "d{k}", "is": "1"}}"#)).collect();
    let many = Pipeline::from_json(&derived(&many.join(",")));
    assert!(matches!(many, Err(Error::TooLarge { value: 1001, limit: 1000, .. })));
}
