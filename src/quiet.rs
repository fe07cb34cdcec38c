//! Arithmetic that raises no floating-point flag but `inexact`.
//!
//! Hosts trap invalid operations, divisions by zero and overflow; one such flag ends their job. A
//! condition around an operation does not prevent one: compilers assume that no code reads the
//! flags. They divide before they know whether the quotient is needed, and they undo a replaced
//! divisor where the condition is known or the dividend a constant. So these functions replace the
//! operand by a harmless one and hide it from the compiler ([`black_box`], a few cycles): the
//! operation is safe whenever it is executed.
//!
//! Comparisons, `min` and `max` raise no flag, not even for NaN. Where a floor keeps an operand in
//! range under any condition, `x.max(floor)` does as well.

use std::hint::black_box;

/// The number where it is needed; else 1, a safe operand of every operation.
#[inline]
pub fn operand(is_wanted: bool, number: f64) -> f64 {
    black_box(if is_wanted { number } else { 1.0 })
}

/// `dividend / divisor` where the divisor is positive; else the dividend. The quotient must be in
/// range; [`quotient`] checks that.
#[inline]
pub fn ratio(dividend: f64, divisor: f64) -> f64 {
    dividend / operand(divisor > 0.0, divisor)
}

/// `dividend / divisor` of any two numbers, including infinities and NaN. None unless both are
/// positive and the quotient lies well within the range of a double.
pub fn quotient(dividend: f64, divisor: f64) -> Option<f64> {
    /// In powers of two; a double has 1022 to either side.
    const FAR: u64 = 1000;
    let magnitude = |number: f64| number.to_bits() >> (f64::MANTISSA_DIGITS - 1);
    let is_usual = |number: f64| number.is_normal() && number > 0.0;
    let both = is_usual(dividend) && is_usual(divisor);
    let in_range = both && magnitude(dividend).abs_diff(magnitude(divisor)) <= FAR;
    let quotient = operand(in_range, dividend) / operand(in_range, divisor);
    in_range.then_some(quotient)
}

/// The base-2 logarithm of a positive number; else 0.
pub fn log2(number: f64) -> f64 {
    operand(number > 0.0, number).log2()
}

/// A number from 0 to 2^53, rounded down; else 0.
pub fn whole(number: f64) -> u64 {
    /// Above this, doubles do not represent every integer.
    const EXACT: f64 = (1u64 << f64::MANTISSA_DIGITS) as f64;
    let fits = (0.0..=EXACT).contains(&number);
    let rounded = operand(fits, number) as u64;
    if fits { rounded } else { 0 }
}

/// The largest double that is not above: the nearest one may be, from 2^53 on, and would let a peak
/// pass that does not fit.
pub fn rounded_down(number: u64) -> f64 {
    let bits = u64::BITS - number.leading_zeros();
    let lost = bits.saturating_sub(f64::MANTISSA_DIGITS);
    (number >> lost << lost) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operands_out_of_range_are_harmless() {
        assert_eq!((ratio(3.0, 2.0), ratio(3.0, 0.0), ratio(3.0, f64::NAN)), (1.5, 3.0, 3.0));
        assert_eq!(quotient(3.0, 2.0), Some(1.5));
        for odd in [0.0, -1.0, f64::NAN, f64::INFINITY, 5e-324] {
            assert_eq!((quotient(odd, 1.0), quotient(1.0, odd)), (None, None), "{odd}");
        }
        assert_eq!((quotient(1e300, 1e-300), quotient(1e-300, 1e300)), (None, None));
        assert_eq!(quotient(1e300, 1e300), Some(1.0));
        assert_eq!((log2(8.0), log2(0.0), log2(-1.0), log2(f64::NAN)), (3.0, 0.0, 0.0, 0.0));
        assert_eq!((whole(3.9), whole(-1.0), whole(1e300), whole(f64::NAN)), (3, 0, 0, 0));
        assert_eq!(whole(9007199254740992.0), 1 << 53);
    }

    #[test]
    fn a_limit_is_not_rounded_up() {
        let edge = 1u64 << 53;
        for (number, expected) in [
            (0, 0.0),
            (1, 1.0),
            (edge - 1, 9007199254740991.0),
            (edge, 9007199254740992.0),
            (edge + 1, 9007199254740992.0),
            (edge + 2, 9007199254740994.0),
            (edge + 3, 9007199254740994.0),
            (i64::MAX as u64, 9223372036854774784.0),
            (u64::MAX, 18446744073709549568.0),
        ] {
            assert_eq!(rounded_down(number), expected, "{number}");
        }
    }
}
