//! A small generator of random numbers, the same on every run and machine.
//!
//! xoshiro256++ (Blackman and Vigna 2021), seeded by splitmix64 (Steele, Lea and Flood 2014), as
//! its authors advise.

/// A stream of random numbers.
#[derive(Debug, Clone)]
pub struct Random([u64; 4]);

impl Random {
    pub fn new(seed: u64) -> Self {
        let mut state = seed;
        Random(std::array::from_fn(|_| {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
            mixed ^ mixed >> 31
        }))
    }

    pub fn bits(&mut self) -> u64 {
        let [a, b, c, d] = self.0;
        let result = a.wrapping_add(d).rotate_left(23).wrapping_add(a);
        let (c, d) = (c ^ a, d ^ b);
        self.0 = [a ^ d, b ^ c, c ^ b << 17, d.rotate_left(45)];
        result
    }

    /// A number from 0 to `limit` - 1; `limit` is 1 or more, and far below 2^32.
    pub fn below(&mut self, limit: usize) -> usize {
        // The high half of a product: no division, and a bias of limit / 2^32 at most.
        (((self.bits() >> 32) * limit as u64) >> 32) as usize
    }

    /// A number above 0 and below 1.
    pub fn unit(&mut self) -> f64 {
        // One bit less than a double has, so that a half can be added without rounding.
        const BITS: u32 = f64::MANTISSA_DIGITS - 1;
        ((self.bits() >> (u64::BITS - BITS)) as f64 + 0.5) / (1u64 << BITS) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_is_that_of_the_authors() {
        // First outputs of xoshiro256++ 1.0 from the state 1, 2, 3, 4.
        let mut random = Random([1, 2, 3, 4]);
        let first: Vec<u64> = (0..4).map(|_| random.bits()).collect();
        assert_eq!(first, [41943041, 58720359, 3588806011781223, 3591011842654386]);
    }

    #[test]
    fn numbers_stay_in_their_range() {
        let mut random = Random::new(7);
        let mut reached = [false; 5];
        for _ in 0..1000 {
            reached[random.below(5)] = true;
            let unit = random.unit();
            assert!(unit > 0.0 && unit < 1.0);
        }
        assert_eq!(reached, [true; 5]);
    }
}
