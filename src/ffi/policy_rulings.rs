//! Batch policies: what was said in them, and what they rule in a network.

use std::ffi::c_char;

use super::guard::{guard, guard_handle, reference, reference_mut};
use super::network::qube_network;
use super::policy::qube_policy;
use super::status::Failure;
use super::structs::{Growable, write};
use super::text::{position, text_in};
use crate::network::{IndexId, Network};
use crate::policy::{Role, Slicing};
use crate::{BatchPolicy, Error};

/// What the policy says of a space: of all its contracted indices without a target of their own.
///
/// @param space   the space
/// @param target  receives the most elements of a batch, or 0 where nothing is said
/// Errors: QUBE_ERR_NULL, QUBE_ERR_UTF8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_policy_space_target(
    policy: *const qube_policy,
    space: *const c_char,
    target: *mut i64,
) -> i32 {
    unsafe {
        what_is_said(policy, (space, "space"), (target, "target"), |policy, space| {
            policy.space_target(Role::Contracted, space)
        })
    }
}

/// What qube_policy_batch_external_space() has said of a space.
///
/// @param space   the space
/// @param target  receives the most elements of a batch, or 0 where nothing is said
/// Errors: QUBE_ERR_NULL, QUBE_ERR_UTF8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_policy_external_space_target(
    policy: *const qube_policy,
    space: *const c_char,
    target: *mut i64,
) -> i32 {
    unsafe {
        what_is_said(policy, (space, "space"), (target, "target"), |policy, space| {
            policy.space_target(Role::External, space)
        })
    }
}

/// What qube_policy_batch_index() has said of a label.
///
/// @param label   the label of an index
/// @param target  receives the most elements of a batch, or 0 where nothing is said
/// Errors: QUBE_ERR_NULL, QUBE_ERR_UTF8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_policy_index_target(
    policy: *const qube_policy,
    label: *const c_char,
    target: *mut i64,
) -> i32 {
    unsafe {
        what_is_said(policy, (label, "label"), (target, "target"), |policy, label| {
            policy.index_target(Role::Contracted, label)
        })
    }
}

/// What qube_policy_batch_external_index() has said of a label.
///
/// @param label   the label of an index
/// @param target  receives the most elements of a batch, or 0 where nothing is said
/// Errors: QUBE_ERR_NULL, QUBE_ERR_UTF8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_policy_external_index_target(
    policy: *const qube_policy,
    label: *const c_char,
    target: *mut i64,
) -> i32 {
    unsafe {
        what_is_said(policy, (label, "label"), (target, "target"), |policy, label| {
            policy.index_target(Role::External, label)
        })
    }
}

/// What qube_policy_tile_space() has said of a space.
///
/// @param space  the space
/// @param tile   receives the elements of a tile, or 0 where nothing is said
/// Errors: QUBE_ERR_NULL, QUBE_ERR_UTF8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_policy_space_tile(
    policy: *const qube_policy,
    space: *const c_char,
    tile: *mut i64,
) -> i32 {
    unsafe { what_is_said(policy, (space, "space"), (tile, "tile"), BatchPolicy::space_tile) }
}

/// What qube_policy_tile_index() has said of a label.
///
/// @param label  the label of an index
/// @param tile   receives the elements of a tile, or 0 where nothing is said
/// Errors: QUBE_ERR_NULL, QUBE_ERR_UTF8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_policy_index_tile(
    policy: *const qube_policy,
    label: *const c_char,
    tile: *mut i64,
) -> i32 {
    unsafe { what_is_said(policy, (label, "label"), (tile, "tile"), BatchPolicy::index_tile) }
}

/// What qube_policy_set_persistent_only() has set.
///
/// @param on  receives 1 or 0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_policy_persistent_only(
    policy: *const qube_policy,
    on: *mut i32,
) -> i32 {
    guard(|| {
        let policy = unsafe { reference(policy, "policy") }?;
        *unsafe { reference_mut(on, "on") }? = policy.0.persistent_only().into();
        Ok(())
    })
}

/// What qube_policy_set_accumulation_factor() has set.
///
/// @param factor  receives the factor
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_policy_accumulation_factor(
    policy: *const qube_policy,
    factor: *mut f64,
) -> i32 {
    guard(|| {
        let policy = unsafe { reference(policy, "policy") }?;
        *unsafe { reference_mut(factor, "factor") }? = policy.0.accumulation_factor();
        Ok(())
    })
}

/// What qube_policy_set_peak_threshold() has set.
///
/// @param bytes  receives the threshold, or 0 where there is none
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_policy_peak_threshold(
    policy: *const qube_policy,
    bytes: *mut i64,
) -> i32 {
    guard(|| {
        let policy = unsafe { reference(policy, "policy") }?;
        unsafe { size_out(policy.0.peak_threshold(), bytes, "bytes") }
    })
}

/// What an index is in a network: contracted, that is summed at some contraction.
pub const QUBE_ROLE_CONTRACTED: i32 = 0;
/// What an index is in a network: external, that is open in the result.
pub const QUBE_ROLE_EXTERNAL: i32 = 1;

/// How loops may slice an index of a network.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_slicing {
    /// sizeof(qube_slicing), to be set by the caller
    pub struct_size: usize,
    /// The most elements of a batch; 0 where the index must not be sliced.
    pub target: i64,
    /// A batch has whole tiles of this many elements; 0 where the index must not be sliced.
    pub tile: i64,
    /// Elements of a batch: target rounded down to whole tiles, one tile at least, and no more than
    /// the extent, which it is where the index must not be sliced. The last batch may be shorter.
    pub batch: i64,
    /// How many batches there are; 1 where the index must not be sliced.
    pub batches: i64,
    /// QUBE_ROLE_CONTRACTED or QUBE_ROLE_EXTERNAL
    pub role: i32,
    /// 1: loops may slice it.
    pub is_batchable: i32,
}

// SAFETY: repr(C), begins with struct_size, plain numbers only.
unsafe impl Growable for qube_slicing {
    const NAME: &'static str = "qube_slicing";
    const BASELINE: usize = size_of::<qube_slicing>();

    fn defaults() -> Self {
        qube_slicing {
            struct_size: size_of::<qube_slicing>(),
            target: 0,
            tile: 0,
            batch: 0,
            batches: 0,
            role: QUBE_ROLE_CONTRACTED,
            is_batchable: 0,
        }
    }
}

/// What the policy says of an index in the role that it has in a network, callbacks included: what
/// an evaluator asks before it slices. Callbacks are asked about the whole network; for many
/// questions about one network, resolve the policy first.
///
/// @param label    the label of the index in the network
/// @param slicing  the struct to fill; its struct_size must be set
/// Errors: QUBE_ERR_UNKNOWN_INDEX, QUBE_ERR_ABI, QUBE_ERR_POSITION (a volatile tensor that the
/// network does not have); QUBE_ERR_CALLBACK, QUBE_ERR_TARGET (what a callback said).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_policy_slicing(
    policy: *const qube_policy,
    network: *const qube_network,
    label: *const c_char,
    slicing: *mut qube_slicing,
) -> i32 {
    guard(|| {
        let (network, index, ruling) = unsafe { ruling_of(policy, network, label) }?;
        let extent = network.index_at(index).extent;
        let role = role_number(Role::of(network, index));
        // Targets, tiles and extents come in as int64_t.
        let value = match ruling {
            None => qube_slicing { batch: extent as i64, batches: 1, role, ..Growable::defaults() },
            Some(ruling) => qube_slicing {
                target: ruling.target as i64,
                tile: ruling.tile as i64,
                batch: ruling.batch(extent) as i64,
                batches: ruling.batches(extent) as i64,
                role,
                is_batchable: 1,
                ..Growable::defaults()
            },
        };
        unsafe { write(&value, slicing, "slicing") }
    })
}

/// The most elements that a batch of an index may have: qube_policy_slicing() for those who want no
/// more.
///
/// @param label   the label of the index in the network
/// @param target  receives the target, or 0 where the index must not be sliced
/// Errors: those of qube_policy_slicing().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_policy_target(
    policy: *const qube_policy,
    network: *const qube_network,
    label: *const c_char,
    target: *mut i64,
) -> i32 {
    guard(|| {
        let (_, _, ruling) = unsafe { ruling_of(policy, network, label) }?;
        unsafe { size_out(ruling.map(|ruling| ruling.target), target, "target") }
    })
}

/// Whether a tensor changes on every iteration.
///
/// @param tensor       its number in the network, from 0
/// @param is_volatile  receives 1 or 0
/// Errors: QUBE_ERR_POSITION, QUBE_ERR_CALLBACK, QUBE_ERR_TARGET (what a callback said).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_policy_is_volatile(
    policy: *const qube_policy,
    network: *const qube_network,
    tensor: i64,
    is_volatile: *mut i32,
) -> i32 {
    guard(|| {
        let policy = unsafe { reference(policy, "policy") }?;
        let network = unsafe { reference(network, "network") }?;
        let tensor = position("tensor", tensor, network.0.tensors().len())?;
        let found = policy.0.rulings(&network.0)?.is_volatile(tensor);
        *unsafe { reference_mut(is_volatile, "is_volatile") }? = found.into();
        Ok(())
    })
}

/// Makes a policy of what another says of one network, by index label and tensor number. It says the
/// same there, has no callbacks, and can be written as JSON.
///
/// @param policy    the other
/// @param network   the network
/// @param resolved  receives the handle
/// Errors: QUBE_ERR_POSITION, QUBE_ERR_CALLBACK, QUBE_ERR_TARGET (what a callback said).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_policy_resolve(
    policy: *const qube_policy,
    network: *const qube_network,
    resolved: *mut *mut qube_policy,
) -> i32 {
    guard_handle(resolved, "resolved", || {
        let policy = unsafe { reference(policy, "policy") }?;
        let network = unsafe { reference(network, "network") }?;
        Ok(qube_policy(policy.0.resolved(&network.0)?))
    })
}

/// The C number of a role.
pub(super) fn role_number(role: Role) -> i32 {
    match role {
        Role::Contracted => QUBE_ROLE_CONTRACTED,
        Role::External => QUBE_ROLE_EXTERNAL,
    }
}

/// An index of a network, and how the policy lets loops slice it.
///
/// # Safety
/// The pointers are NULL or valid during the call.
unsafe fn ruling_of<'a>(
    policy: *const qube_policy,
    network: *const qube_network,
    label: *const c_char,
) -> Result<(&'a Network, IndexId, Option<Slicing>), Failure> {
    let policy = unsafe { reference(policy, "policy") }?;
    let network = &unsafe { reference(network, "network") }?.0;
    let label = unsafe { text_in(label, "label") }?;
    let index = network.find_index(label).ok_or_else(|| Error::UnknownIndex {
        user: "the call".into(),
        label: label.into(),
        known: network.indices().iter().map(|index| index.label.clone()).collect(),
    })?;
    Ok((network, index, policy.0.rulings(network)?.slicing(index)))
}

/// The body of a getter of what was said of a name.
///
/// # Safety
/// The pointers are NULL or valid during the call.
unsafe fn what_is_said(
    policy: *const qube_policy,
    (text, text_name): (*const c_char, &'static str),
    (size, size_name): (*mut i64, &'static str),
    said: impl FnOnce(&BatchPolicy, &str) -> Option<u64>,
) -> i32 {
    guard(|| {
        let policy = unsafe { reference(policy, "policy") }?;
        let text = unsafe { text_in(text, text_name) }?;
        unsafe { size_out(said(&policy.0, text), size, size_name) }
    })
}

/// Gives a size that came in as int64_t, or 0 where there is none.
///
/// # Safety
/// `to` is NULL (an error) or writable.
unsafe fn size_out(size: Option<u64>, to: *mut i64, name: &'static str) -> Result<(), Failure> {
    *unsafe { reference_mut(to, name) }? = size.unwrap_or(0) as i64;
    Ok(())
}
