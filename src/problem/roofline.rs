//! The roofline: a contraction costs its flops or its memory traffic, whichever takes longer
//! (Williams, Waterman, Patterson 2009), with the traffic of a blocked matrix product (Hong & Kung
//! 1981: at least flops / sqrt(fast memory)).

use crate::Result;
use crate::policy::check_weight;
use crate::quiet::ratio;

/// Parameters of the roofline; the default is off.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Roofline {
    /// Multiply-add pairs that take as long as moving one element: 8 F / B for F pairs and B bytes
    /// a second. 0 (default): traffic is free.
    pub machine_balance: f64,
    /// Elements of fast memory; 0 (default): only operands and result are moved, once each.
    pub fast_mem_elems: f64,
    /// Blocks that fast memory holds at a time (default 3: two operands and a result).
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
    /// Each parameter is 0, or 1e-9 to 1e18.
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
