//! Batch policies: how they are made and what is said in them.

use std::ffi::c_char;

use super::guard::{free_handle, guard, guard_handle, reference, reference_mut};
use super::status::Failure;
use super::structs::truth;
use super::text::{text_in, text_out};
use crate::policy::Role;
use crate::{BatchPolicy, Error, Result};

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

/// Makes a policy that says the same as another, with the same callbacks.
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
    let set =
        |policy: &mut BatchPolicy, space: &str| policy.batch_space(Role::Contracted, space, target);
    unsafe { say_of(policy, space, "space", set) }
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
    let set =
        |policy: &mut BatchPolicy, label: &str| policy.batch_index(Role::Contracted, label, target);
    unsafe { say_of(policy, label, "label", set) }
}

/// Lets loops slice the external indices of a space: those open in the result, which is then put
/// together block by block. The objectives _TIME_SPACE_BATCHED and _SPACE_TIME_BATCHED do so.
///
/// @param space   the space; one that a network does not have does nothing there
/// @param target  the most elements of a batch, 1 or more
/// Errors: QUBE_ERR_TARGET.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_policy_batch_external_space(
    policy: *mut qube_policy,
    space: *const c_char,
    target: i64,
) -> i32 {
    let set =
        |policy: &mut BatchPolicy, space: &str| policy.batch_space(Role::External, space, target);
    unsafe { say_of(policy, space, "space", set) }
}

/// Lets loops slice one index where it is external; goes before what its space says.
///
/// @param label   the label of the index
/// @param target  the most elements of a batch, 1 or more
/// Errors: QUBE_ERR_TARGET.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_policy_batch_external_index(
    policy: *mut qube_policy,
    label: *const c_char,
    target: i64,
) -> i32 {
    let set =
        |policy: &mut BatchPolicy, label: &str| policy.batch_index(Role::External, label, target);
    unsafe { say_of(policy, label, "label", set) }
}

/// Says that the indices of a space come in tiles: a batch is rounded down to whole tiles, and has
/// one at least.
///
/// @param space  the space
/// @param tile   elements of a tile, 1 or more; where nothing is said, 1
/// Errors: QUBE_ERR_TARGET.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_policy_tile_space(
    policy: *mut qube_policy,
    space: *const c_char,
    tile: i64,
) -> i32 {
    let set = |policy: &mut BatchPolicy, space: &str| policy.tile_space(space, tile);
    unsafe { say_of(policy, space, "space", set) }
}

/// Says that one index comes in tiles; goes before what its space says.
///
/// @param label  the label of the index
/// @param tile   elements of a tile, 1 or more
/// Errors: QUBE_ERR_TARGET.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_policy_tile_index(
    policy: *mut qube_policy,
    label: *const c_char,
    tile: i64,
) -> i32 {
    let set = |policy: &mut BatchPolicy, label: &str| policy.tile_index(label, tile);
    unsafe { say_of(policy, label, "label", set) }
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

/// The memory that a plan has to fit: what the objectives _TIME_SPACE_BATCHED and
/// _SPACE_TIME_BATCHED slice for. Without one, as in a new policy, they open no loop. The other
/// objectives do not read it.
///
/// @param bytes  1 or more
/// Errors: QUBE_ERR_OPTION.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_policy_set_peak_threshold(
    policy: *mut qube_policy,
    bytes: i64,
) -> i32 {
    guard(|| {
        let policy = unsafe { reference_mut(policy, "policy") }?;
        Ok(policy.0.set_peak_threshold(Some(bytes))?)
    })
}

/// Takes the peak threshold back: memory is unlimited.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_policy_clear_peak_threshold(policy: *mut qube_policy) -> i32 {
    guard(|| Ok(unsafe { reference_mut(policy, "policy") }?.0.set_peak_threshold(None)?))
}

/// Adds what a document says, as if it were said now by the functions above; what the document
/// leaves out stays as it is.
///
/// @param text  the document, schema qube-policy/1, as qube_policy_json() writes it
/// Errors: QUBE_ERR_DOCUMENT (with line and column), QUBE_ERR_TARGET, QUBE_ERR_OPTION; then nothing
/// has been added.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_policy_add_json(
    policy: *mut qube_policy,
    text: *const c_char,
) -> i32 {
    unsafe { say_of(policy, text, "text", BatchPolicy::add_json) }
}

/// The policy as a JSON document on one line, schema qube-policy/1.
///
/// @param buf     receives the text and a NUL; NULL with cap 0: only the length is wanted
/// @param cap     bytes that buf can hold
/// @param length  receives the length in bytes without the NUL
/// Errors: QUBE_ERR_BUFFER, QUBE_ERR_DOCUMENT (the policy has a callback, which no document can
/// hold; see qube_policy_resolve()).
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

/// The body of a setter that names what it is about.
///
/// # Safety
/// `policy` is NULL or valid; `text` is NULL or NUL-terminated.
unsafe fn say_of(
    policy: *mut qube_policy,
    text: *const c_char,
    name: &'static str,
    say: impl FnOnce(&mut BatchPolicy, &str) -> Result<()>,
) -> i32 {
    guard(|| {
        let policy = unsafe { reference_mut(policy, "policy") }?;
        let text = unsafe { text_in(text, name) }?;
        say(&mut policy.0, text).map_err(Failure::from)
    })
}
