//! A vertical axis in bytes: where a number of bytes stands, and ticks at round numbers of a unit.

use super::MUTED;
use super::element::{Anchor, line_across, text};
use crate::view::unit::Unit;

pub(crate) struct Axis {
    unit: Unit,
    /// Bytes between two ticks, and at the top.
    step: f64,
    top: f64,
    height: f64,
}

/// Ticks above zero that are aimed at; there are 4 to 10.
const TICKS: f64 = 8.0;

impl Axis {
    /// From 0 to a little more than `most` bytes, over that many pixels.
    pub fn up_to(most: f64, height: f64) -> Self {
        Axis::in_unit(Unit::of(most), most, height)
    }

    /// The same with ticks in that unit.
    pub fn in_unit(unit: Unit, most: f64, height: f64) -> Self {
        let wanted = (most / unit.bytes).max(1.0) / TICKS;
        let step = round_up(wanted) * unit.bytes;
        Axis { unit, step, top: 1.04 * most.max(unit.bytes), height }
    }

    pub fn pixels(&self, bytes: f64) -> f64 {
        self.height * (bytes / self.top)
    }

    /// The ticks as lines from left to right over the bottom of the plot, each with its label.
    pub fn draw(&self, out: &mut String, across: (f64, f64), bottom: f64) -> std::fmt::Result {
        for (bytes, label) in self.ticks() {
            let y = bottom - self.pixels(bytes);
            line_across(out, across, y, "#d7dae0", 1.0)?;
            text(out, (across.0 - 8.0, y + 4.0), Anchor::End, 11.0, MUTED, "", &label)?;
        }
        Ok(())
    }

    /// The bytes of each tick, and what is written there.
    fn ticks(&self) -> Vec<(f64, String)> {
        let step = self.step / self.unit.bytes;
        let label = |value: f64| {
            let name = self.unit.name;
            if value >= 1e5 {
                return format!("{value:.1e} {name}");
            }
            let digits = [1.0, 0.1, 0.01].iter().position(|&least| step >= least).unwrap_or(3);
            format!("{value:.digits$} {name}")
        };
        (0..)
            .map(|count| f64::from(count) * step)
            .take_while(|value| value * self.unit.bytes <= self.top)
            .map(|value| (value * self.unit.bytes, label(value)))
            .collect()
    }
}

/// The least of 1, 2 and 5 times a power of ten that is not below `wanted` (0.01 or more). By
/// multiplication: logarithms differ from machine to machine in their last digit.
fn round_up(wanted: f64) -> f64 {
    let mut power = 0.01;
    loop {
        for factor in [1.0, 2.0, 5.0] {
            if factor * power >= wanted {
                return factor * power;
            }
        }
        power *= 10.0;
    }
}
