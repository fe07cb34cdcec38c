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

/// Calls once; where that was short, as often again as fills `seconds`, and then the first call, which
/// met cold caches, does not count. What a call returns is freed within its time.
pub fn timed<T>(seconds: f64, mut call: impl FnMut() -> Result<T>) -> Result<Timed<T>> {
    let begun = Instant::now();
    let value = call()?;
    let first = begun.elapsed().as_secs_f64();
    if first >= seconds {
        return Ok(Timed { seconds: first, calls: 1, value });
    }
    let calls = (seconds / first.max(1e-8)).ceil() as u32;
    let begun = Instant::now();
    for _ in 0..calls {
        drop(black_box(call()?));
    }
    Ok(Timed { seconds: begun.elapsed().as_secs_f64() / f64::from(calls), calls, value })
}
