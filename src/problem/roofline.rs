//! The roofline: a contraction costs the larger of its work and its memory traffic, in time (Williams,
//! Waterman, Patterson 2009). Traffic includes that of a blocked matrix product (Hong & Kung 1981: at
//! least flops / sqrt(fast memory)).

use crate::Result;
use crate::policy::check_weight;
use crate::quiet::ratio;

/// Parameters of the roofline; off by default.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Roofline {
    /// Multiply-add pairs in the time of moving one element: 8 F / B for F pairs and B bytes per
    /// second. 0 (default): traffic is free.
    pub machine_balance: f64,
    /// Elements of fast memory. 0 (default): operands and result move once each.
    pub fast_mem_elems: f64,
    /// Blocks that fast memory holds at once (default 3: two operands and a result).
    pub block_tiles: f64,
    /// Factor of the blocked traffic (default 1).
    pub block_prefactor: f64,
}

impl Default for Roofline {
    fn default() -> Self {
        Roofline {
            machine_balance: 0.0,
            fast_mem_elems: 0.0,
            block_tiles: 3.0,
            block_prefactor: 1.0,
        }
    }
}

impl Roofline {
    /// Error: `Option`, for a parameter that is not 0 or 1e-9 to 1e18.
    pub fn check(&self) -> Result<()> {
        check_weight("machine_balance", self.machine_balance)?;
        check_weight("fast_mem_elems", self.fast_mem_elems)?;
        check_weight("block_tiles", self.block_tiles)?;
        check_weight("block_prefactor", self.block_prefactor)
    }

    /// `op(flops, traffic)`: the cost of a contraction, in multiply-add pairs. `traffic` is the
    /// volume of operands and result, elements, always unsliced.
    pub fn op(&self, flops: f64, traffic: f64) -> f64 {
        if self.machine_balance <= 0.0 {
            return flops;
        }
        let mut moved = traffic;
        if self.fast_mem_elems > 0.0 && self.block_tiles > 0.0 {
            let side = ratio(self.fast_mem_elems, self.block_tiles).sqrt();
            moved = moved.max(ratio(self.block_prefactor * flops, side));
        }
        flops.max(self.machine_balance * moved)
    }
}
