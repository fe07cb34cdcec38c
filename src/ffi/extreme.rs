//! Inverse questions in C: the largest size of a run, the fewest nodes or the most ranks of a node,
//! for the memory that a node has.

use std::ffi::c_char;

use super::guard::guard;
use super::job::qube_job;
use super::paths::or_overflow;
use super::run::{qube_run, run_in};
use super::status::Failure;
use super::structs::{self, Growable};
use super::text::text_out;
use crate::Error;
use crate::budget::{Bytes, Largest, Size, Tried};

/// HEALPix resolution, at a fixed fraction of the sky and fixed multipoles: the largest.
pub const QUBE_SIZE_NSIDE: i32 = 1;
/// The largest multipole that is estimated: the largest. Where QUBE's survey names one, it moves up
/// to lmax_signal; where it does not, all are estimated and lmax_signal moves.
pub const QUBE_SIZE_LMAX: i32 = 2;
/// Bins of multipoles, with as many parameters for each: the most.
pub const QUBE_SIZE_N_BINS: i32 = 3;
/// Maps of ECLIPSE: the most.
pub const QUBE_SIZE_MAPS: i32 = 4;
/// Nodes: the fewest, of 2^14 at most.
pub const QUBE_SIZE_NODES: i32 = 5;
/// Ranks on each node: the most, of 2^20 at most, of ECLIPSE's 2^10.
pub const QUBE_SIZE_RANKS_PER_NODE: i32 = 6;

/// There is an extreme value that fits.
pub const QUBE_FOUND_EXTREME: i32 = 1;
/// Not even the least value fits.
pub const QUBE_FOUND_NONE: i32 = 2;
/// Every value fits, as nothing that a node holds depends on it.
pub const QUBE_FOUND_ANY: i32 = 3;

/// What was found of a size, filled by qube_run_extreme(); 56 bytes.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_found {
    /// sizeof(qube_found), set by the caller
    pub struct_size: usize,
    /// The memory of a node that was asked about.
    pub limit_bytes: i64,
    /// The extreme value that fits; 0 unless kind is QUBE_FOUND_EXTREME.
    pub value: i64,
    /// What a node holds with it, or with any value; 0 if none fits.
    pub per_node_bytes: i64,
    /// The value next to it (for nside the next power of two, for nodes one less), which does not
    /// fit; if none fits, the least (of nodes, the most that is tried). 0: there is none, or none
    /// is tried.
    pub next_value: i64,
    /// What a node holds with that; -1: past 2^63 - 1 bytes. 0 where next_value is 0.
    pub next_per_node_bytes: i64,
    /// QUBE_SIZE_NSIDE to QUBE_SIZE_RANKS_PER_NODE: what was asked for.
    pub size: i32,
    /// QUBE_FOUND_EXTREME, QUBE_FOUND_NONE or QUBE_FOUND_ANY.
    pub kind: i32,
}

// SAFETY: repr(C), struct_size first, numbers without padding.
unsafe impl Growable for qube_found {
    const NAME: &'static str = "qube_found";
    const BASELINE: usize = 56;
    fn defaults() -> Self {
        qube_found {
            struct_size: size_of::<Self>(),
            limit_bytes: 0,
            value: 0,
            per_node_bytes: 0,
            next_value: 0,
            next_per_node_bytes: 0,
            size: 0,
            kind: 0,
        }
    }
}

const SIZES: [(i32, Size); 6] = [
    (QUBE_SIZE_NSIDE, Size::Nside),
    (QUBE_SIZE_LMAX, Size::Lmax),
    (QUBE_SIZE_N_BINS, Size::NBins),
    (QUBE_SIZE_MAPS, Size::Maps),
    (QUBE_SIZE_NODES, Size::Nodes),
    (QUBE_SIZE_RANKS_PER_NODE, Size::RanksPerNode),
];

fn size_of_number(number: i32) -> Result<Size, Failure> {
    let known = SIZES.iter().find(|(known, _)| *known == number);
    known.map(|(_, size)| *size).ok_or_else(|| {
        let allowed = "QUBE_SIZE_NSIDE (1) to QUBE_SIZE_RANKS_PER_NODE (6)";
        Error::Input { name: "size", value: number.into(), allowed }.into()
    })
}

impl qube_found {
    fn of(found: &Largest, size: i32, limit: Bytes) -> qube_found {
        let asked = qube_found { limit_bytes: limit.signed(), size, ..qube_found::defaults() };
        // A size of a run is 2^63 - 1 at most.
        let pair = |tried: &Tried| (tried.value as i64, or_overflow(tried.per_node));
        match found {
            Largest::Value { fits, next } => {
                let (value, per_node_bytes) = pair(fits);
                let (next_value, next_per_node_bytes) = next.as_ref().map_or((0, 0), pair);
                let kind = QUBE_FOUND_EXTREME;
                let next = qube_found { next_value, next_per_node_bytes, ..asked };
                qube_found { value, per_node_bytes, kind, ..next }
            }
            Largest::None { least } => {
                let (next_value, next_per_node_bytes) = pair(least);
                qube_found { next_value, next_per_node_bytes, kind: QUBE_FOUND_NONE, ..asked }
            }
            Largest::Any { per_node } => {
                let per_node_bytes = per_node.signed();
                qube_found { per_node_bytes, kind: QUBE_FOUND_ANY, ..asked }
            }
        }
    }

    /// What it was made of. Any other numbers are refused.
    fn checked(&self) -> Result<Largest, Failure> {
        let refused = |name, value, allowed| Failure::from(Error::Input { name, value, allowed });
        let value = |name, value: i64| match value {
            1.. => Ok(value.unsigned_abs()),
            _ => Err(refused(name, value, "1 or more")),
        };
        let per_node = || {
            let bytes = self.per_node_bytes;
            Bytes::from_signed(bytes).ok_or(refused("per_node_bytes", bytes, "0 or more"))
        };
        let next = || match (self.next_per_node_bytes, Bytes::from_signed(self.next_per_node_bytes))
        {
            (-1, per_node) | (_, per_node @ Some(_)) => {
                Ok(Tried { value: value("next_value", self.next_value)?, per_node })
            }
            (bytes, None) => Err(refused("next_per_node_bytes", bytes, "0 or more, or -1")),
        };
        match self.kind {
            QUBE_FOUND_EXTREME => {
                let fits =
                    Tried { value: value("value", self.value)?, per_node: Some(per_node()?) };
                let next = (self.next_value != 0).then(next).transpose()?;
                Ok(Largest::Value { fits, next })
            }
            QUBE_FOUND_NONE => Ok(Largest::None { least: next()? }),
            QUBE_FOUND_ANY => Ok(Largest::Any { per_node: per_node()? }),
            other => {
                let allowed = "QUBE_FOUND_EXTREME (1), QUBE_FOUND_NONE (2) or QUBE_FOUND_ANY (3)";
                Err(refused("kind", other.into(), allowed))
            }
        }
    }
}

/// The extreme value of a size with which a node of so much memory suffices: exact, one more (for
/// nside the next power of two, for nodes one less) does not fit. What overflows does not fit.
///
/// @param run          the run, of which all other sizes stay
/// @param size         QUBE_SIZE_NSIDE to QUBE_SIZE_RANKS_PER_NODE; nside needs a survey with nside
///                     and fsky, lmax a survey or ECLIPSE, maps ECLIPSE
/// @param job          nodes and ranks; NULL: defaults. The number that is asked for is replaced,
///                     and then the grid, too
/// @param limit_bytes  memory of a node in bytes, 1 or more, such as qube_memory_limit() gives
/// @param out          receives the answer; its struct_size must be set
/// @return QUBE_OK, whether a value fits or not; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size, or
///         unknown fields set), QUBE_ERR_INPUT (limit_bytes, size, one that this run does not have
///         or that others were given in place of; a number of the job), QUBE_ERR_CONFLICT (a grid
///         that the ranks do not fill; n_params no multiple of n_bins, where bins are asked for)
///
/// Takes time logarithmic in the answer, but for nodes and ranks of ECLIPSE, which have no order,
/// as a grid of more ranks may be a worse one: these are tried one by one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_run_extreme(
    run: *const qube_run,
    size: i32,
    job: *const qube_job,
    limit_bytes: i64,
    out: *mut qube_found,
) -> i32 {
    guard(|| {
        let run = unsafe { run_in(run) }?;
        let asked = size_of_number(size)?;
        let job = unsafe { qube_job::checked(job) }?;
        let found = run.largest(asked, &job, limit_bytes)?;
        let found = qube_found::of(&found, size, Bytes::limit(limit_bytes)?);
        unsafe { structs::write(&found, out, "out") }
    })
}

/// The answer in one sentence, no newline.
///
/// @param found   the answer, as qube_run_extreme() filled it
/// @param buf     receives the text; NULL with cap 0 to ask for the length only
/// @param cap     bytes that buf can hold
/// @param length  receives the length in bytes, without the NUL
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size, or unknown fields set),
///         QUBE_ERR_INPUT (a number that qube_run_extreme() does not give), QUBE_ERR_BUFFER (length
///         is given too)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_found_message(
    found: *const qube_found,
    buf: *mut c_char,
    cap: usize,
    length: *mut usize,
) -> i32 {
    guard(|| {
        let found = unsafe { structs::read(found, "found") }?;
        let size = size_of_number(found.size)?;
        let message = found.checked()?.message(size, Bytes::limit(found.limit_bytes)?);
        unsafe { text_out(&message, buf, cap, length) }
    })
}
