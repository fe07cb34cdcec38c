//! Elements of an SVG document, escaped.

use std::fmt::{Result, Write};

#[derive(Clone, Copy)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

pub(crate) fn rectangle(
    out: &mut String,
    (x, y): (f64, f64),
    (width, height): (f64, f64),
    style: &str,
) -> Result {
    writeln!(
        out,
        r#"<rect x="{x:.1}" y="{y:.1}" width="{:.1}" height="{:.1}" {style}/>"#,
        width.max(0.0),
        height.max(0.0)
    )
}

pub(crate) fn text(
    out: &mut String,
    (x, y): (f64, f64),
    anchor: Anchor,
    size: f64,
    colour: &str,
    more: &str,
    text: &str,
) -> Result {
    let anchor = match anchor {
        Anchor::Start => "start",
        Anchor::Middle => "middle",
        Anchor::End => "end",
    };
    let more = if more.is_empty() { String::new() } else { format!(" {more}") };
    writeln!(
        out,
        r#"<text x="{x:.1}" y="{y:.1}" font-size="{size}" fill="{colour}" text-anchor="{anchor}"{more}>{}</text>"#,
        escaped(text)
    )
}

/// The same with a white rim, which keeps it readable on bars.
pub(crate) fn rimmed_text(
    out: &mut String,
    at: (f64, f64),
    anchor: Anchor,
    size: f64,
    colour: &str,
    more: &str,
    words: &str,
) -> Result {
    let rim = format!(r##"stroke="#ffffff" stroke-width="3" stroke-linejoin="round" {more}"##);
    text(out, at, anchor, size, colour, rim.trim_end(), words)?;
    text(out, at, anchor, size, colour, more, words)
}

/// A line from left to right.
pub(crate) fn line_across(
    out: &mut String,
    (left, right): (f64, f64),
    y: f64,
    colour: &str,
    width: f64,
) -> Result {
    writeln!(
        out,
        r#"<path d="M{left:.1} {y:.1}H{right:.1}" stroke="{colour}" stroke-width="{width}"/>"#
    )
}

/// A pattern of white stripes to lay over what is filled, as `url(#name)`.
pub(crate) fn hatch(name: &str, opacity: f64) -> String {
    format!(
        r##"<defs><pattern id="{name}" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="2.2" height="6" fill="#ffffff" fill-opacity="{opacity}"/></pattern></defs>"##
    )
}

/// A document on a white ground; `definitions` may be empty.
pub(crate) fn document(
    out: &mut String,
    (width, height): (f64, f64),
    title: &str,
    definitions: &str,
    contents: impl FnOnce(&mut String) -> Result,
) -> Result {
    writeln!(
        out,
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0}" height="{height:.0}" viewBox="0 0 {width:.0} {height:.0}" font-family="DejaVu Sans, Verdana, Helvetica, Arial, sans-serif" role="img">"#
    )?;
    writeln!(out, "<title>{}</title>", escaped(title))?;
    if !definitions.is_empty() {
        writeln!(out, "{definitions}")?;
    }
    rectangle(out, (0.0, 0.0), (width, height), r##"fill="#ffffff""##)?;
    contents(out)?;
    writeln!(out, "</svg>")
}

/// How wide a text is, about: the mean character of a sans-serif face takes 0.62 of its size;
/// combining marks take nothing.
pub(crate) fn text_width(text: &str, size: f64) -> f64 {
    let takes_room = |c: &char| !('\u{300}'..='\u{36f}').contains(c);
    0.62 * size * text.chars().filter(takes_room).count() as f64
}

/// Text as XML: markup characters named, characters that XML cannot have replaced.
pub(crate) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe += "&amp;",
            '<' => safe += "&lt;",
            '>' => safe += "&gt;",
            '"' => safe += "&quot;",
            '\u{0}'..='\u{8}'
            | '\u{b}'
            | '\u{c}'
            | '\u{e}'..='\u{1f}'
            | '\u{fffe}'
            | '\u{ffff}' => {
                safe.push('\u{fffd}');
            }
            _ => safe.push(c),
        }
    }
    safe
}
