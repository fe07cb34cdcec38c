//! How long a call takes.

use std::hint::black_box;
use std::time::Instant;

use crate::Result;

pub struct Timed<T> {
    /// Of one call.
    pub seconds: f64,
    pub calls: u32,
    /// What the first call gave.
    pub value: T,
}

/// Calls once; where that was short, twice as often as before, again and again, until a run of calls
/// fills `seconds`, which is the one that counts: the first calls meet cold caches and predictors. What a
/// call returns is freed within its time.
pub fn timed<T>(seconds: f64, mut call: impl FnMut() -> Result<T>) -> Result<Timed<T>> {
    let begun = Instant::now();
    let value = call()?;
    let (mut spent, mut calls) = (begun.elapsed().as_secs_f64(), 1);
    while spent < seconds {
        calls *= 2;
        let begun = Instant::now();
        for _ in 0..calls {
            drop(black_box(call()?));
        }
        spent = begun.elapsed().as_secs_f64();
    }
    Ok(Timed { seconds: spent / f64::from(calls), calls, value })
}
