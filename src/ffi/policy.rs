//! Batch policies.

use std::ffi::c_char;

use super::guard::{free_handle, guard, guard_handle, reference, reference_mut};
use super::network::qube_network;
use super::structs::truth;
use super::text::{position, text_in, text_out};
use crate::policy::Role;
use crate::{BatchPolicy, Error};

/// Which indices may be sliced, how finely, and which tensors change on every iteration: one object
/// that the optimizer and the run-time evaluator both read. It names spaces and labels, so one
/// policy serves many networks.
pub struct qube_policy(pub(super) BatchPolicy);

/// Makes a policy that batches nothing and calls no tensor volatile.
///
/// @param policy  receives the handle
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_policy_create(policy: *mut *mut qube_policy) -> i32 {
    guard_handle(policy, "policy", || Ok(qube_policy(BatchPolicy::new())))
}

/// Makes a policy from what qube_policy_json() wrote.
///
/// @param text    the document, schema qube-policy/1
/// @param policy  receives the handle
/// Errors: QUBE_ERR_DOCUMENT (with line and column), QUBE_ERR_TARGET, QUBE_ERR_OPTION.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_policy_from_json(
    text: *const c_char,
    policy: *mut *mut qube_policy,
) -> i32 {
    guard_handle(policy, "policy", || {
        Ok(qube_policy(BatchPolicy::from_json(unsafe { text_in(text, "text") }?)?))
    })
}

/// Makes a policy that says the same as another.
///
/// @param original  the other
/// @param policy    receives the handle
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_policy_clone(
    original: *const qube_policy,
    policy: *mut *mut qube_policy,
) -> i32 {
    guard_handle(policy, "policy", || {
        Ok(qube_policy(unsafe { reference(original, "original") }?.0.clone()))
    })
}

/// Frees a policy; NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_policy_free(policy: *mut qube_policy) {
    unsafe { free_handle(policy) }
}

/// Lets loops slice the contracted indices of a space.
///
/// @param space   the space; one that a network does not have does nothing there
/// @param target  the most elements of a batch, 1 or more
/// Errors: QUBE_ERR_TARGET.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_policy_batch_space(
    policy: *mut qube_policy,
    space: *const c_char,
    target: i64,
) -> i32 {
    guard(|| {
        let policy = unsafe { reference_mut(policy, "policy") }?;
        let space = unsafe { text_in(space, "space") }?;
        Ok(policy.0.batch_space(Role::Contracted, space, target)?)
    })
}

/// Lets loops slice one index where it is contracted; goes before what its space says.
///
/// @param label   the label of the index
/// @param target  the most elements of a batch, 1 or more
/// Errors: QUBE_ERR_TARGET.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_policy_batch_index(
    policy: *mut qube_policy,
    label: *const c_char,
    target: i64,
) -> i32 {
    guard(|| {
        let policy = unsafe { reference_mut(policy, "policy") }?;
        let label = unsafe { text_in(label, "label") }?;
        Ok(policy.0.batch_index(Role::Contracted, label, target)?)
    })
}

/// Says that the tensors of this label change on every iteration.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_policy_add_volatile(
    policy: *mut qube_policy,
    label: *const c_char,
) -> i32 {
    guard(|| {
        let policy = unsafe { reference_mut(policy, "policy") }?;
        policy.0.volatile(unsafe { text_in(label, "label") }?);
        Ok(())
    })
}

/// Says that one tensor changes on every iteration, where others of its label do not. The policy
/// then fits networks that have such a tensor only; prefer labels in one that serves many.
///
/// @param tensor  its number in the network, from 0; qube_optimize() refuses one beyond the last
/// Errors: QUBE_ERR_INPUT (a negative number).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_policy_add_volatile_tensor(
    policy: *mut qube_policy,
    tensor: i64,
) -> i32 {
    guard(|| {
        let policy = unsafe { reference_mut(policy, "policy") }?;
        let number = usize::try_from(tensor).map_err(|_| Error::Input {
            name: "tensor",
            value: tensor,
            allowed: "0 or more",
        })?;
        policy.0.volatile_position(number);
        Ok(())
    })
}

/// Whether to decline loops over subtrees that hold a volatile tensor.
///
/// @param on  1 or 0; 0 in a new policy
/// Errors: QUBE_ERR_INPUT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_policy_set_persistent_only(policy: *mut qube_policy, on: i32) -> i32 {
    guard(|| {
        let policy = unsafe { reference_mut(policy, "policy") }?;
        policy.0.set_persistent_only(truth(on, "persistent_only")?);
        Ok(())
    })
}

/// How much of a batch's contribution lives beside the accumulator while it is added.
///
/// @param factor  0 (in a new policy): nothing; 1: all of it; 0, or 1e-9 to 1e18
/// Errors: QUBE_ERR_OPTION (NaN and negative numbers too).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_policy_set_accumulation_factor(
    policy: *mut qube_policy,
    factor: f64,
) -> i32 {
    guard(|| {
        let policy = unsafe { reference_mut(policy, "policy") }?;
        Ok(policy.0.set_accumulation_factor(super::structs::quiet(factor))?)
    })
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

/// What the policy says of an index: what an evaluator asks before it slices.
///
/// @param label   the label of the index in the network
/// @param target  receives the most elements of a batch, or 0 where it must not be sliced
/// Errors: QUBE_ERR_UNKNOWN_INDEX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_policy_target(
    policy: *const qube_policy,
    network: *const qube_network,
    label: *const c_char,
    target: *mut i64,
) -> i32 {
    guard(|| {
        let policy = unsafe { reference(policy, "policy") }?;
        let network = unsafe { reference(network, "network") }?;
        let label = unsafe { text_in(label, "label") }?;
        let index = network.0.find_index(label).ok_or_else(|| Error::UnknownIndex {
            user: "the call".into(),
            label: label.into(),
            known: network.0.indices().iter().map(|index| index.label.clone()).collect(),
        })?;
        let rulings = policy.0.rulings(&network.0)?;
        let found = rulings.slicing(index).map_or(0, |slicing| slicing.target);
        // Targets come in as int64_t.
        *unsafe { reference_mut(target, "target") }? = found as i64;
        Ok(())
    })
}

/// What the policy says of a space: of all its indices that have no target of their own.
///
/// @param space   the space
/// @param target  receives the most elements of a batch, or 0 where it must not be sliced
/// Errors: QUBE_ERR_NULL, QUBE_ERR_UTF8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_policy_space_target(
    policy: *const qube_policy,
    space: *const c_char,
    target: *mut i64,
) -> i32 {
    guard(|| {
        let policy = unsafe { reference(policy, "policy") }?;
        let found = policy
            .0
            .space_target(Role::Contracted, unsafe { text_in(space, "space") }?)
            .unwrap_or(0);
        // Targets come in as int64_t.
        *unsafe { reference_mut(target, "target") }? = found as i64;
        Ok(())
    })
}

/// Whether a tensor changes on every iteration.
///
/// @param tensor       its number in the network, from 0
/// @param is_volatile  receives 1 or 0
/// Errors: QUBE_ERR_POSITION.
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

/// The policy as a JSON document on one line, schema qube-policy/1.
///
/// @param buf     receives the text and a NUL; NULL with cap 0: only the length is wanted
/// @param cap     bytes that buf can hold
/// @param length  receives the length in bytes without the NUL
/// Errors: QUBE_ERR_BUFFER.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_policy_json(
    policy: *const qube_policy,
    buf: *mut c_char,
    cap: usize,
    length: *mut usize,
) -> i32 {
    guard(|| {
        let policy = unsafe { reference(policy, "policy") }?;
        unsafe { text_out(&policy.0.to_json()?, buf, cap, length) }
    })
}

/// The policy for people, a line for each of its parts.
///
/// @param buf     receives the text and a NUL; NULL with cap 0: only the length is wanted
/// @param cap     bytes that buf can hold
/// @param length  receives the length in bytes without the NUL
/// Errors: QUBE_ERR_BUFFER.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_policy_report(
    policy: *const qube_policy,
    buf: *mut c_char,
    cap: usize,
    length: *mut usize,
) -> i32 {
    guard(|| {
        let policy = unsafe { reference(policy, "policy") }?;
        unsafe { text_out(&policy.0.to_string(), buf, cap, length) }
    })
}
