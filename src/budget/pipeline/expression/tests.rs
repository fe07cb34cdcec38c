use super::*;

fn values() -> Values {
    let number = |value| Value::Number(value);
    [
        ("n_pix", number(9800)),
        ("n", number(3)),
        ("zero", number(0)),
        ("most", number(i128::MAX)),
        ("least", number(i128::MIN)),
        ("check", Value::Truth(true)),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into_iter()
    .collect()
}

fn kinds() -> Kinds {
    values().into_iter().map(|(name, value)| (name, value.kind())).collect()
}

fn evaluated(text: &str) -> Found<Value> {
    let expression = Expression::parse(text)?;
    let kind = expression.kind(&kinds())?;
    let value = expression.value_in(&values())?;
    assert_eq!(value.kind(), kind, "{text}");
    Ok(value)
}

#[test]
fn numbers_are_exact() {
    for (text, expected) in [
        ("8 * (2 * n_pix) ^ 2", 8 * 19600 * 19600),
        ("1 - 2 - 3", -4),
        ("2 ^ 3 ^ 2", 512),
        ("-2 ^ 2", -4),
        ("(-2) ** 3", -8),
        ("2 * -3", -6),
        ("n_pix * (n_pix + 1) / 2", 9800 * 9801 / 2),
        ("100 / 5 / 2", 10),
        ("7 // 2", 3),
        ("-7 // 2", -4),
        ("7 // -2", -4),
        ("-7 // -2", 3),
        ("ceil_div(7, 2)", 4),
        ("ceil_div(-7, 2)", -3),
        ("ceil_div(8, 2)", 4),
        ("min(3, 1, 2) + max(3, 1, 2)", 4),
        ("if(n > 2, 10, 20)", 10),
        ("if(zero > 0, n_pix / zero, 7)", 7),
        ("1_000_000", 1_000_000),
        ("0 ^ 0", 1),
        ("0 ^ most", 0),
        ("1 ^ most", 1),
        ("(-1) ^ most", -1),
        ("2 ^ 126 - 1 + 2 ^ 126", i128::MAX),
        ("  n_pix\n + 1 ", 9801),
    ] {
        assert_eq!(evaluated(text), Ok(Value::Number(expected)), "{text}");
    }
}

#[test]
fn truth_values_are_lazy() {
    for (text, expected) in [
        ("n == 3", true),
        ("n != 3", false),
        ("n < 3 or n <= 3", true),
        ("n > 3 or n >= 4", false),
        ("not n == 3", false),
        ("not check", false),
        ("check and not (n < 3)", true),
        ("zero > 0 and 1 / zero > 0", false),
        ("zero == 0 or 1 / zero > 0", true),
        ("true and false or true", true),
        ("if(check, n > 2, false)", true),
    ] {
        assert_eq!(evaluated(text), Ok(Value::Truth(expected)), "{text}");
    }
}

#[test]
fn what_an_expression_cannot_mean_is_refused_at_its_place() {
    for (text, at, why) in [
        ("", 0, "found the end, expected a number, a name or '('"),
        ("n_pix ^^ 2", 7, "found '^', expected a number, a name or '('"),
        ("n_pix n", 6, "found 'n', expected an operator or the end"),
        ("(n", 2, "found the end, expected ')'"),
        ("n)", 1, "found ')', expected an operator or the end"),
        ("1.5", 1, "found '.', expected an operator or the end (numbers are whole)"),
        ("n = 3", 2, "found '=', expected an operator or the end (compare with ==)"),
        ("3n", 0, "found '3n', expected a whole number or a name"),
        ("1 < n < 3", 6, "found '<', expected 'and' or 'or' between two comparisons"),
        ("sqrt(n)", 0, "'sqrt' is no function; use min, max, ceil_div or if"),
        ("min", 3, "found the end, expected '(' after a function"),
        ("if(check, 1)", 0, "if has 2 arguments; give 3"),
        ("min()", 4, "found ')', expected a number, a name or '('"),
        ("n + n_piy", 4, "'n_piy' is not known; use one of: check, least, most, n, n_pix, zero"),
        (
            "if(check, n, unknown)",
            13,
            "'unknown' is not known; use one of: check, least, most, n, n_pix, zero",
        ),
        ("n + check", 4, "found a truth value, expected a number"),
        ("n and check", 0, "found a number, expected a truth value"),
        ("if(n, 1, 2)", 3, "found a number, expected a truth value"),
        ("if(check, 1, n == 2)", 13, "found a truth value, expected a number"),
        (
            "n_pix / n",
            6,
            "9800 / 3 leaves a remainder of 2; write // to round down, or ceil_div() to round up",
        ),
        ("n / zero", 2, "3 is divided by 0"),
        ("n // zero", 2, "3 is divided by 0"),
        ("n ^ -1", 2, "the exponent is -1; give 0 or more"),
        ("n × 2", 2, "found '×', expected an operator or the end"),
    ] {
        let expected = Refusal { at, why: Why::Wrong(why.into()) };
        assert_eq!(evaluated(text), Err(expected), "{text}");
    }
}

#[test]
fn what_128_bits_do_not_hold_is_too_large() {
    for (text, at, what) in [
        ("most + 1", 5, "170141183460469231731687303715884105727 + 1"),
        ("least - 1", 6, "-170141183460469231731687303715884105728 - 1"),
        ("-least", 0, "-(-170141183460469231731687303715884105728)"),
        ("least / -1", 6, "-170141183460469231731687303715884105728 // -1"),
        ("n * most", 2, "3 * 170141183460469231731687303715884105727"),
        ("10 ^ n_pix", 3, "10 ^ 9800"),
        ("2 ^ 127", 2, "2 ^ 127"),
        ("170141183460469231731687303715884105728", 0, "170141183460469231731687303715884105728"),
    ] {
        assert_eq!(evaluated(text), Err(Refusal { at, why: Why::TooLarge(what.into()) }), "{text}");
    }
}

#[test]
fn hostile_expressions_end_early() {
    let deep = |open: &str, inner: &str, close: &str, times: usize| {
        open.repeat(times) + inner + &close.repeat(times)
    };
    assert_eq!(evaluated(&deep("(", "n", ")", DEEPEST)), Ok(Value::Number(3)));
    for text in [
        deep("(", "n", ")", DEEPEST + 1),
        deep("(", "n", ")", 2000),
        deep("min(", "n", ")", 800),
        "-".repeat(4000) + "n",
        "not ".repeat(1000) + "check",
        deep("if(check, ", "n", ", 1)", 250),
        "9^".repeat(2000) + "9",
        "(".repeat(LONGEST),
    ] {
        let Err(Refusal { why: Why::Wrong(why), .. }) = evaluated(&text) else { panic!("{text}") };
        assert!(why.contains("nested too deep; nest at most 64"), "{why}");
    }
    // As long as may be, but not deep: a power on each other, and a sum.
    let tower = format!("{}9{}", "(".repeat(60), "^9)".repeat(60));
    assert!(matches!(evaluated(&tower), Err(Refusal { why: Why::TooLarge(_), .. })));
    let product = "n_pix".to_owned() + &"*n_pix".repeat(680);
    assert!(matches!(evaluated(&product), Err(Refusal { why: Why::TooLarge(_), .. })));
    assert_eq!(evaluated(&("1".to_owned() + &"+1".repeat(2047))), Ok(Value::Number(2048)));
    let long = "1".to_owned() + &"+1".repeat(2048);
    let Err(Refusal { at: 0, why: Why::Wrong(why) }) = evaluated(&long) else { panic!() };
    assert_eq!(why, "it has 4097 bytes; give at most 4096");
}

#[test]
fn places_count_characters_and_lines() {
    assert_eq!(Expression::place("μ + ?", 5), "character 5");
    assert_eq!(Expression::place("1 +\n  ?", 6), "line 2, character 3");
}
