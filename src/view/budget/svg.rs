//! Stages as an SVG drawing: a bar for each, its arrays stacked in it, and a limit across.
//!
//! Arrays that are live when the stage ends stand at the bottom, those of its peak alone above them,
//! hatched. An array has one colour in all stages, cool if it is kept where it first appears and warm if
//! not; grey are those too small to be seen apart. A list has all of them with their sizes. Between two
//! bars stands what is held from one stage to the next. A limit is a line, unless it is so far above the
//! peak that the bars could not be read.
//!
//! Equal pictures give equal bytes: coordinates come from arithmetic that every machine rounds alike.

use super::picture::{Bar, Picture, Segment};
use crate::budget::bytes::Bytes;
use crate::view::svg::axis::Axis;
use crate::view::svg::element::{
    Anchor, document, hatch, line_across, rectangle, rimmed_text, text, text_width,
};
use crate::view::svg::{COOL, HELD, INK, MUTED, PEAK, WARM};
use crate::view::unit::Unit;

/// Bars and what stands between them, in pixels.
const BAR: f64 = 112.0;
const BETWEEN: f64 = 26.0;
const HEIGHT: f64 = 380.0;
const LEFT: f64 = 84.0;
const ROW: f64 = 19.0;
/// Above the plot: the title, and room for what is written on a bar.
const TITLE: f64 = 58.0;
const ABOVE: f64 = 26.0;
/// Segments below this height are not drawn apart, above the other one they are labelled.
const SEEN: f64 = 3.0;
const LABELLED: f64 = 15.0;
/// A limit of more peaks than this is not drawn in.
const FAR: f64 = 2.5;
const GIB: f64 = (1u64 << 30) as f64;
const SMALL: &str = "#9aa1ab";
const TRANSIENT: &str = "transient";

impl Picture<'_> {
    /// A document of its own (SVG 1.1, UTF-8).
    pub(super) fn svg(&self) -> String {
        // Writing to a String cannot fail.
        let mut out = String::new();
        let _ = Drawing::of(self).write(&mut out);
        out
    }
}

struct Drawing<'a> {
    picture: &'a Picture<'a>,
    arrays: Vec<Array<'a>>,
    axis: Axis,
    top: f64,
}

/// An array, in whichever stages it is live.
struct Array<'a> {
    name: &'a str,
    /// The most that it has in any of them.
    bytes: Bytes,
    colour: &'static str,
}

impl<'a> Drawing<'a> {
    fn of(picture: &'a Picture) -> Self {
        let peak = float(picture.peak());
        let most = match picture.limit.map(float) {
            Some(limit) if limit <= FAR * peak => limit.max(peak),
            _ => peak,
        };
        let axis = Axis::in_unit(unit(most), most, HEIGHT);
        let arrays = arrays(&picture.bars, &axis);
        let rows = if picture.limit.is_some() { ROW } else { 0.0 };
        Drawing { picture, arrays, axis, top: TITLE + rows + ABOVE }
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        let Picture { title, release, peak_words, .. } = self.picture;
        let (most, at) = (size(self.picture.peak()), self.picture.peak_bar().name);
        let peak = format!("{peak_words} {most} in {at}, as in {release}");
        let verdict = self.verdict();
        let (limit, ink) = &verdict;
        let of_texts = [(title.as_str(), 17.0), (&peak, 12.5), (limit, 12.5)]
            .map(|(line, size)| text_width(line, size))
            .into_iter()
            .fold(0.0, f64::max);
        let width = (self.list_left() + self.list_width()).max(24.0 + of_texts) + 24.0;
        let below = self.bottom() + 44.0;
        // Below the list, or beside it.
        let free = if self.list_bottom() < below { width } else { self.list_left() };
        let note = broken(&self.picture.note, free - 48.0, 11.0);
        let height = (below + 16.0 * note.len() as f64).max(self.list_bottom() + 20.0);

        document(out, (width, height), title, &hatch(TRANSIENT, 0.45), |out| {
            let bold = r#"font-weight="bold""#;
            text(out, (24.0, 30.0), Anchor::Start, 17.0, INK, bold, title)?;
            text(out, (24.0, 51.0), Anchor::Start, 12.5, MUTED, "", &peak)?;
            if !limit.is_empty() {
                text(out, (24.0, 51.0 + ROW), Anchor::Start, 12.5, ink, "", limit)?;
            }
            self.axis.draw(out, (LEFT, self.right()), self.bottom())?;
            (0..self.picture.bars.len()).try_for_each(|at| self.bar(out, at))?;
            line_across(out, (LEFT, self.right()), self.bottom(), INK, 1.0)?;
            self.limit_line(out)?;
            (0..self.picture.bars.len()).try_for_each(|at| self.labels(out, at))?;
            self.list(out)?;
            note.iter().enumerate().try_for_each(|(number, line)| {
                let y = below + 16.0 * number as f64;
                text(out, (24.0, y), Anchor::Start, 11.0, MUTED, "", line)
            })
        })
    }

    fn bottom(&self) -> f64 {
        self.top + HEIGHT
    }

    fn y(&self, bytes: f64) -> f64 {
        self.bottom() - self.axis.pixels(bytes)
    }

    fn left_of(&self, stage: usize) -> f64 {
        LEFT + 14.0 + stage as f64 * (BAR + BETWEEN)
    }

    fn right(&self) -> f64 {
        self.left_of(self.picture.bars.len())
    }

    /// Whether a limit is near enough to be drawn in, and where it is.
    fn limit_height(&self) -> Option<f64> {
        let limit = float(self.picture.limit?);
        let near = limit <= FAR * float(self.picture.peak());
        near.then(|| self.y(limit))
    }

    /// The text on the limit and its colour; nothing without one.
    fn verdict(&self) -> (String, &'static str) {
        let Some(limit) = self.picture.limit else { return (String::new(), MUTED) };
        let peak = self.picture.peak();
        match peak.beyond(limit) {
            Some(over) => (format!("limit {}, over by {}", size(limit), size(over)), PEAK),
            None => {
                let far =
                    if self.limit_height().is_none() { ", far above this drawing" } else { "" };
                let spare = size(peak.left_of(limit));
                (format!("limit {}{far}, {spare} to spare", size(limit)), MUTED)
            }
        }
    }

    fn bar(&self, out: &mut String, at: usize) -> std::fmt::Result {
        let bar = &self.picture.bars[at];
        let (left, bottom) = (self.left_of(at), self.bottom());
        let end = self.axis.pixels(float(bar.end));
        let held = format!(r#"fill="{HELD}""#);
        rectangle(out, (left + BAR, bottom - end), (BETWEEN, end), &held)?;

        let mut below = 0.0;
        for segment in &bar.segments {
            let bytes = float(segment.bytes);
            let (low, high) = (self.y(below), self.y(below + bytes));
            below += bytes;
            let colour = self.colour(segment);
            let edge =
                if colour == SMALL { "" } else { r##" stroke="#ffffff" stroke-width="0.6""## };
            let style = format!(r#"fill="{colour}"{edge}"#);
            rectangle(out, (left, high), (BAR, low - high), &style)?;
            if !segment.is_persistent {
                let hatched = format!(r#"fill="url(#{TRANSIENT})""#);
                rectangle(out, (left, high), (BAR, low - high), &hatched)?;
            }
            if let Some(base) = self.label_base(low, high) {
                let at = (left + 0.5 * BAR, base);
                let words = size(segment.bytes);
                if segment.is_persistent {
                    text(out, at, Anchor::Middle, 10.5, INK, "", &words)?;
                } else {
                    rimmed_text(out, at, Anchor::Middle, 10.5, INK, "", &words)?;
                }
            }
        }
        Ok(())
    }

    /// Where the label of a segment stands: in its middle, or above or below a limit that would strike
    /// it through; nowhere if there is no room.
    fn label_base(&self, low: f64, high: f64) -> Option<f64> {
        let middle = 0.5 * (low + high) + 3.8;
        let Some(limit) = self.limit_height().filter(|&limit| strikes(limit, middle)) else {
            return (low - high >= LABELLED).then_some(middle);
        };
        let fits = |base: &f64| base - 11.0 >= high && base + 3.0 <= low;
        [limit - 5.0, limit + 12.0].into_iter().find(fits)
    }

    /// The name of a stage below its bar, and its peak above, over any line.
    fn labels(&self, out: &mut String, at: usize) -> std::fmt::Result {
        let bar = &self.picture.bars[at];
        let middle = self.left_of(at) + 0.5 * BAR;
        let below = (middle, self.bottom() + 17.0);
        text(out, below, Anchor::Middle, 11.0, INK, "", bar.name)?;
        let is_peak = at == self.picture.peak_at;
        let (ink, more) = if is_peak { (PEAK, r#"font-weight="bold""#) } else { (INK, "") };
        let mut above = (middle, self.y(float(bar.peak)) - 6.0);
        // Above a limit that would strike it through.
        if let Some(limit) = self.limit_height().filter(|&limit| strikes(limit, above.1)) {
            above.1 = limit - 4.0;
        }
        rimmed_text(out, above, Anchor::Middle, 11.0, ink, more, &size(bar.peak))
    }

    fn colour(&self, segment: &Segment) -> &'static str {
        let known = self.arrays.iter().find(|array| array.name == segment.name);
        known.map_or(SMALL, |array| array.colour)
    }

    /// The line, and its name to the right of the bars.
    fn limit_line(&self, out: &mut String) -> std::fmt::Result {
        let (Some(y), Some(limit)) = (self.limit_height(), self.picture.limit) else {
            return Ok(());
        };
        line_across(out, (LEFT, self.right() + 8.0), y, PEAK, 1.6)?;
        let at = (self.right() + 13.0, y + 4.0);
        text(out, at, Anchor::Start, 11.0, PEAK, "", &limit_words(limit))
    }

    fn list_left(&self) -> f64 {
        let limit = match (self.limit_height(), self.picture.limit) {
            (Some(_), Some(limit)) => text_width(&limit_words(limit), 11.0) + 13.0,
            _ => 0.0,
        };
        self.right() + limit + 24.0
    }

    fn list_width(&self) -> f64 {
        let widest = |words: &mut dyn Iterator<Item = String>| {
            words.map(|one| text_width(&one, 11.0)).fold(0.0, f64::max)
        };
        let names = widest(&mut self.arrays.iter().map(|array| array.name.to_owned()));
        let sizes = widest(&mut self.arrays.iter().map(|array| size(array.bytes)));
        18.0 + names.max(text_width(KEYS[2].0, 11.0)) + 14.0 + sizes
    }

    fn list_bottom(&self) -> f64 {
        self.top + ROW * (self.arrays.len() + self.keys().count() + 2) as f64
    }

    /// All arrays with their sizes, in the order in which they appear, and what the looks mean.
    fn list(&self, out: &mut String) -> std::fmt::Result {
        let (x, right) = (self.list_left(), self.list_left() + self.list_width());
        let mut y = self.top;
        let bold = r#"font-weight="bold""#;
        text(out, (x, y), Anchor::Start, 12.5, INK, bold, self.picture.list_title)?;
        for Array { name, bytes, colour } in &self.arrays {
            y += ROW;
            rectangle(out, (x, y - 9.5), (11.0, 11.0), &format!(r#"fill="{colour}""#))?;
            text(out, (x + 18.0, y), Anchor::Start, 11.0, INK, "", name)?;
            text(out, (right, y), Anchor::End, 11.0, INK, "", &size(*bytes))?;
        }
        y += 0.6 * ROW;
        for (words, fill, hatched) in self.keys() {
            y += ROW;
            rectangle(out, (x, y - 9.5), (11.0, 11.0), &format!(r#"fill="{fill}""#))?;
            if *hatched {
                let hatched = format!(r#"fill="url(#{TRANSIENT})""#);
                rectangle(out, (x, y - 9.5), (11.0, 11.0), &hatched)?;
            }
            text(out, (x + 18.0, y), Anchor::Start, 11.0, MUTED, "", words)?;
        }
        Ok(())
    }

    /// Legend of the looks that occur.
    fn keys(&self) -> impl Iterator<Item = &'static Key> {
        let bars = &self.picture.bars;
        let kept = || bars.iter().flat_map(|bar| &bar.segments).map(|one| one.is_persistent);
        let there_are = [
            kept().any(|kept| kept),
            kept().any(|kept| !kept),
            bars.iter().any(|bar| bar.end > Bytes::ZERO),
            self.arrays.iter().any(|array| array.colour == SMALL),
        ];
        KEYS.iter().zip(there_are).filter(|(_, there_are)| *there_are).map(|(key, _)| key)
    }
}

/// Legend entries: words, colour, whether hatched.
type Key = (&'static str, &'static str, bool);

const KEYS: [Key; 4] = [
    ("plain: live when the stage ends", COOL[0], false),
    ("hatched: at the peak of the stage only", WARM[0], true),
    ("between bars: held when the stage ends", HELD, false),
    ("too small to be drawn apart", SMALL, false),
];

/// Arrays by name, in the order in which they appear, each with its colour.
fn arrays<'a>(bars: &[Bar<'a>], axis: &Axis) -> Vec<Array<'a>> {
    let (mut cool, mut warm) = (COOL.iter().cycle(), WARM.iter().cycle());
    let mut arrays: Vec<Array> = Vec::new();
    for &Segment { name, bytes, is_persistent } in bars.iter().flat_map(|bar| &bar.segments) {
        if arrays.iter().any(|array| array.name == name) {
            continue;
        }
        let alike = bars.iter().flat_map(|bar| &bar.segments).filter(|one| one.name == name);
        let bytes = alike.map(|one| one.bytes).max().unwrap_or(bytes);
        let next = if axis.pixels(float(bytes)) < SEEN {
            None
        } else if is_persistent {
            cool.next()
        } else {
            warm.next()
        };
        arrays.push(Array { name, bytes, colour: next.copied().unwrap_or(SMALL) });
    }
    arrays
}

/// Whether a line at that height goes through a text that stands on this base, or touches it.
fn strikes(line: f64, base: f64) -> bool {
    (-11.0..3.0).contains(&(line - base))
}

fn limit_words(limit: Bytes) -> String {
    format!("limit {}", size(limit))
}

fn float(bytes: Bytes) -> f64 {
    bytes.get() as f64
}

/// GiB, or a smaller unit of which there is at least one.
fn unit(bytes: f64) -> Unit {
    Unit::of(bytes.min(GIB))
}

fn size(bytes: Bytes) -> String {
    let bytes = bytes.get() as f64;
    let unit = unit(bytes);
    let digits = if unit.bytes == 1.0 { 0 } else { 2 };
    format!("{:.digits$} {}", bytes / unit.bytes, unit.name)
}

/// A text in lines that are not wider than that.
fn broken(words: &str, width: f64, size: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words.split_whitespace() {
        match lines.last_mut() {
            Some(line) if text_width(line, size) + text_width(word, size) + size <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
