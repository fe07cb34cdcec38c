//! The last value of a parameter with which a run fits.
//!
//! A pipeline's memory need not grow with a parameter, so the two searches promise different
//! things. Choices are tried one by one, from the largest: no larger one fits. A range is searched
//! from the run's own value, by doubled steps up from one that fits or down from one that does not,
//! and then by bisection: the answer fits and the next value does not. Where more of a parameter
//! can mean less memory, a value further up may fit as well.

use crate::Result;
use crate::run::largest::{Largest, Tried};

/// Searches `count` choices, each tried by its number from 0.
pub(crate) fn last_of(
    count: u64,
    tried: impl Fn(u64) -> Result<Tried>,
    fits: impl Fn(Tried) -> bool,
) -> Result<Largest> {
    let mut next = None;
    for number in (0..count).rev() {
        let tried = tried(number)?;
        if fits(tried) {
            return Ok(Largest::Value { fits: tried, next });
        }
        next = Some(tried);
    }
    match next {
        Some(least) => Ok(Largest::None { least }),
        None => Ok(Largest::None { least: tried(0)? }),
    }
}

/// Searches `count` values, from number `now`.
pub(crate) fn last_near(
    count: u64,
    now: u64,
    tried: impl Fn(u64) -> Result<Tried>,
    fits: impl Fn(Tried) -> bool,
) -> Result<Largest> {
    let last = count - 1;
    let now = now.min(last);
    let at = tried(now)?;
    // Numbers of values, the lower one of which fits and the upper one of which does not.
    let (mut below, mut above) = match fits(at) {
        true => ((now, at), None),
        false => match down(now, at, &tried, &fits)? {
            Ok((below, above)) => (below, Some(above)),
            Err(least) => return Ok(Largest::None { least }),
        },
    };
    let mut step = 1u64;
    while above.is_none() && below.0 < last {
        let number = below.0.saturating_add(step).min(last);
        let found = (number, tried(number)?);
        match fits(found.1) {
            true => below = found,
            false => above = Some(found),
        }
        step = step.saturating_mul(2);
    }
    while let Some(over) = above.filter(|over| over.0 - below.0 > 1) {
        let number = below.0 + (over.0 - below.0) / 2;
        let found = (number, tried(number)?);
        match fits(found.1) {
            true => below = found,
            false => above = Some(found),
        }
    }
    Ok(Largest::Value { fits: below.1, next: above.map(|(_, tried)| tried) })
}

type Numbered = (u64, Tried);

/// A value below this one that fits, with one above it that does not; or the least value, if none is found.
fn down(
    from: u64,
    at: Tried,
    tried: impl Fn(u64) -> Result<Tried>,
    fits: impl Fn(Tried) -> bool,
) -> Result<std::result::Result<(Numbered, Numbered), Tried>> {
    let mut above = (from, at);
    let mut step = 1u64;
    while above.0 > 0 {
        let number = above.0.saturating_sub(step);
        let found = (number, tried(number)?);
        if fits(found.1) {
            return Ok(Ok((found, above)));
        }
        above = found;
        step = step.saturating_mul(2);
    }
    Ok(Err(above.1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::Bytes;

    fn tried(value: u64) -> Result<Tried> {
        Ok(Tried { value, per_node: Some(Bytes::constant(value * value)) })
    }

    #[test]
    fn every_start_finds_the_border() {
        for count in 1..40 {
            for now in 0..count {
                for limit in 0..50 {
                    let fits = |tried: Tried| tried.value < limit;
                    let found = last_near(count, now, tried, fits).unwrap();
                    assert_eq!(
                        found,
                        last_of(count, tried, fits).unwrap(),
                        "{count} {now} {limit}"
                    );
                }
            }
        }
    }

    #[test]
    fn what_fits_is_beside_what_does_not_whatever_the_order() {
        // The least value fits, so that one is always found.
        let fits = |tried: Tried| !(tried.value * 7919 % 13 + 1).is_multiple_of(3);
        for now in 0..200 {
            let found = last_near(200, now, tried, fits).unwrap();
            let Largest::Value { fits: found, next } = found else { panic!("{now}") };
            assert!(fits(found), "{now}");
            match next {
                Some(next) => assert!(!fits(next) && next.value == found.value + 1, "{now}"),
                None => assert_eq!(found.value, 199),
            }
        }
    }
}
