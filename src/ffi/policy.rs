//! Batch policies: sliced indices, their batches, and volatile tensors.

use std::ffi::{c_char, c_void};

use super::callbacks::{User, set_batchable, set_volatile};
use super::guard::{free_handle, guard, guard_handle, reference, reference_mut};
use super::render::{QUBE_FORMAT_JSON, QUBE_FORMAT_TABLE, no_such_format, rendered};
use super::role::{QUBE_ROLE_CONTRACTED, QUBE_ROLE_EXTERNAL};
use super::spaces::qube_free_user;
use super::status::Failure;
use super::structs::{self, given, growable, quiet, truth, unused};
use super::text::{optional_text_in, text_in};
use crate::policy::Role;
use crate::{BatchPolicy, Error};

/// Rules for slicing indices, and volatile tensors.
pub struct qube_policy(pub(super) BatchPolicy);

/// Decides whether loops may slice an index, and into which batches. qube_optimize(),
/// qube_optimize_custom(), qube_optimize_many() (for all terms, before it plans the first),
/// qube_plan_verify() and qube_policy_resolve() call it once for every index of the network without
/// a rule by label or space in its role, in the order of the network; tensors follow. It must not
/// change or free the policy. Threads that share a policy may call it at the same time.
/// @param user          batchable_user of the settings
/// @param label         the label of the index
/// @param space         its space
/// @param extent        elements; of a composite index the mean domain size
/// @param role          QUBE_ROLE_CONTRACTED or _EXTERNAL
/// @param is_batchable  is 0; set it to 1 if loops may slice the index
/// @param target        is 0; set it to the most elements of a batch, 1 or more
/// @param tile          is 1; elements of a tile, 1 or more, unless a rule by label or space sets
///                      them
/// @return 0 to go on
pub type qube_batchable_callback = Option<
    unsafe extern "C" fn(
        user: *mut c_void,
        label: *const c_char,
        space: *const c_char,
        extent: i64,
        role: i32,
        is_batchable: *mut i32,
        target: *mut i64,
        tile: *mut i64,
    ) -> i32,
>;

/// Decides whether a tensor changes on every iteration. It is called as qube_batchable_callback,
/// once for every tensor, in the order of the network, that no rule makes volatile.
/// @param user         volatile_user of the settings
/// @param label        the label of the tensor
/// @param tensor       its number in the network
/// @param is_volatile  is 0; set it to 1 if the tensor changes on every iteration
/// @return 0 to go on
pub type qube_volatile_callback = Option<
    unsafe extern "C" fn(
        user: *mut c_void,
        label: *const c_char,
        tensor: i64,
        is_volatile: *mut i32,
    ) -> i32,
>;

/// A rule on indices, by label or by space. Rules on labels override those on spaces; a later rule
/// replaces an earlier one on the same label or space.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_index_rule {
    pub struct_size: usize,
    /// The index; NULL (default): by space.
    pub label: *const c_char,
    /// The space, ignored in networks without it; NULL (default): by label.
    pub space: *const c_char,
    /// The most elements of a batch, 1 or more; 0 (default): no statement.
    pub target: i64,
    /// Elements of a tile; a batch has whole tiles, one at least. 0 (default): no statement, as 1.
    pub tile: i64,
    /// The role in which target holds: QUBE_ROLE_CONTRACTED (default) or _EXTERNAL, whose loops
    /// assemble the result block by block (_TIME_SPACE_BATCHED and _SPACE_TIME_BATCHED).
    pub role: i32,
    pub reserved: i32,
}

growable!(qube_index_rule { role: QUBE_ROLE_CONTRACTED });

/// A rule on tensors, by label or by number.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_tensor_rule {
    pub struct_size: usize,
    /// The label of the tensors; NULL (default): by number.
    pub label: *const c_char,
    /// The number of one tensor, in any network; -1 (default): by label.
    pub tensor: i64,
    /// 1 (default): volatile. 0 is refused: without a rule it is persistent.
    pub is_volatile: i32,
    pub reserved: i32,
}

growable!(qube_tensor_rule { tensor: -1, is_volatile: 1 });

/// Settings of a policy beside its rules.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_policy_settings {
    pub struct_size: usize,
    /// Part of a batch's contribution that lives beside the accumulator while it is added, 0
    /// (default): none, 1: all; 0, or 1e-9 to 1e18.
    pub accumulation_factor: f64,
    /// Bytes that a plan has to fit, for _TIME_SPACE_BATCHED and _SPACE_TIME_BATCHED; 0 (default):
    /// unlimited.
    pub peak_threshold: i64,
    /// Decides on indices without a rule; NULL (default): none.
    pub batchable: qube_batchable_callback,
    /// Passed to batchable; may be NULL.
    pub batchable_user: *mut c_void,
    /// Frees batchable_user; NULL (default): the host does, after all policies with it.
    pub free_batchable_user: qube_free_user,
    /// Decides on tensors without a rule; NULL (default).
    pub is_volatile: qube_volatile_callback,
    /// Passed to is_volatile; may be NULL.
    pub volatile_user: *mut c_void,
    /// As free_batchable_user.
    pub free_volatile_user: qube_free_user,
    /// 1: no contracted loops around volatile tensors. 0 (default).
    pub persistent_only: i32,
    pub reserved: i32,
}

growable!(qube_policy_settings);

/// Fills a rule with the defaults.
/// @param rule         the struct to fill
/// @param struct_size  sizeof *rule
/// @return QUBE_OK
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_index_rule_init(
    rule: *mut qube_index_rule,
    struct_size: usize,
) -> i32 {
    guard(|| unsafe { structs::init(rule, struct_size, "rule") })
}

/// Fills a rule with the defaults.
/// @param rule         the struct to fill
/// @param struct_size  sizeof *rule
/// @return QUBE_OK
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_tensor_rule_init(
    rule: *mut qube_tensor_rule,
    struct_size: usize,
) -> i32 {
    guard(|| unsafe { structs::init(rule, struct_size, "rule") })
}

/// Fills settings with the defaults.
/// @param settings     the struct to fill
/// @param struct_size  sizeof *settings
/// @return QUBE_OK
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_policy_settings_init(
    settings: *mut qube_policy_settings,
    struct_size: usize,
) -> i32 {
    guard(|| unsafe { structs::init(settings, struct_size, "settings") })
}

/// Makes a policy that forbids slicing and calls no tensor volatile. Optimizer and run-time
/// evaluator both read a policy. It names spaces and labels, and so serves many networks.
/// @param policy  the new policy
/// @return QUBE_OK
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_policy_create(policy: *mut *mut qube_policy) -> i32 {
    guard_handle(policy, "policy", || Ok(qube_policy(BatchPolicy::new())))
}

/// Copies a policy with its callbacks.
/// @param original  the policy to copy
/// @param policy    the new policy
/// @return QUBE_OK
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_policy_clone(
    original: *const qube_policy,
    policy: *mut *mut qube_policy,
) -> i32 {
    guard_handle(policy, "policy", || {
        Ok(qube_policy(unsafe { reference(original, "original") }?.0.clone()))
    })
}

/// Frees a policy.
/// @param policy  NULL does nothing
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_policy_free(policy: *mut qube_policy) {
    unsafe { free_handle(policy) }
}

/// Sets all settings of a policy; its rules stay.
/// @param policy    the policy
/// @param settings  the settings. A user pointer with a callback and a function that frees it
///                  belongs to the policy from now on; after a failure it is the host's
/// @return QUBE_OK; QUBE_ERR_OPTION (accumulation_factor, peak_threshold), QUBE_ERR_INPUT
///         (persistent_only)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_policy_set(
    policy: *mut qube_policy,
    settings: *const qube_policy_settings,
) -> i32 {
    guard(|| {
        let policy = &mut unsafe { reference_mut(policy, "policy") }?.0;
        let settings = unsafe { structs::read(settings, "settings") }?;
        unused("qube_policy_settings.reserved", settings.reserved)?;
        let mut changed = policy.clone();
        changed.set_accumulation_factor(quiet(settings.accumulation_factor))?;
        changed.set_peak_threshold(given(settings.peak_threshold))?;
        changed.set_persistent_only(truth(settings.persistent_only, "persistent_only")?);
        // From here on nothing fails: the user pointers belong to the policy.
        match settings.batchable {
            None => changed.clear_batchable_callback(),
            Some(batchable) => {
                let (pointer, free) = (settings.batchable_user, settings.free_batchable_user);
                set_batchable(&mut changed, batchable, User { pointer, free });
            }
        }
        match settings.is_volatile {
            None => changed.clear_volatile_callback(),
            Some(is_volatile) => {
                let (pointer, free) = (settings.volatile_user, settings.free_volatile_user);
                set_volatile(&mut changed, is_volatile, User { pointer, free });
            }
        }
        *policy = changed;
        Ok(())
    })
}

/// Adds a rule on indices.
/// @param policy  the policy
/// @param rule    an index or a space, and a target, a tile or both
/// @return QUBE_OK; QUBE_ERR_TARGET (a size below 0, or none), QUBE_ERR_OPTION (role; a label and a
///         space, or neither)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_policy_add_index_rule(
    policy: *mut qube_policy,
    rule: *const qube_index_rule,
) -> i32 {
    guard(|| {
        let policy = &mut unsafe { reference_mut(policy, "policy") }?.0;
        let rule = unsafe { structs::read(rule, "rule") }?;
        unused("qube_index_rule.reserved", rule.reserved)?;
        let label = unsafe { optional_text_in(rule.label, "label") }?;
        let space = unsafe { optional_text_in(rule.space, "space") }?;
        let role = match rule.role {
            QUBE_ROLE_CONTRACTED => Role::Contracted,
            QUBE_ROLE_EXTERNAL => Role::External,
            other => {
                let allowed = "QUBE_ROLE_CONTRACTED (0) or QUBE_ROLE_EXTERNAL (1)";
                return Err(option("role", other.to_string(), allowed));
            }
        };
        let mut changed = policy.clone();
        match (label, space) {
            (Some(label), None) => {
                // Where no tile is given, a target of 0 is one that is missing.
                if rule.target != 0 || rule.tile == 0 {
                    changed.batch_index(role, label, rule.target)?;
                }
                if rule.tile != 0 {
                    changed.tile_index(label, rule.tile)?;
                }
            }
            (None, Some(space)) => {
                if rule.target != 0 || rule.tile == 0 {
                    changed.batch_space(role, space, rule.target)?;
                }
                if rule.tile != 0 {
                    changed.tile_space(space, rule.tile)?;
                }
            }
            (Some(label), Some(_)) => return Err(option("label", label.into(), ONE_OF)),
            (None, None) => return Err(option("label", "NULL".into(), ONE_OF)),
        }
        *policy = changed;
        Ok(())
    })
}

const ONE_OF: &str = "a label or a space, the other one NULL";

/// Adds a rule on tensors.
/// @param policy  the policy
/// @param rule    a label or the number of a tensor
/// @return QUBE_OK; QUBE_ERR_OPTION (a label and a number, or neither), QUBE_ERR_INPUT (a number
///         below 0, is_volatile other than 1)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_policy_add_tensor_rule(
    policy: *mut qube_policy,
    rule: *const qube_tensor_rule,
) -> i32 {
    guard(|| {
        let policy = &mut unsafe { reference_mut(policy, "policy") }?.0;
        let rule = unsafe { structs::read(rule, "rule") }?;
        unused("qube_tensor_rule.reserved", rule.reserved)?;
        let label = unsafe { optional_text_in(rule.label, "label") }?;
        if !truth(rule.is_volatile, "is_volatile")? {
            let allowed = "1, or no rule: tensors without a rule are persistent";
            return Err(Error::Input { name: "is_volatile", value: 0, allowed }.into());
        }
        match (label, rule.tensor) {
            (Some(label), -1) => policy.volatile(label),
            (None, -1) => return Err(option("label", "NULL".into(), "a label or a tensor")),
            (None, tensor) => {
                let negative =
                    |_| Error::Input { name: "tensor", value: tensor, allowed: "0 or more" };
                policy.volatile_position(usize::try_from(tensor).map_err(negative)?);
            }
            (Some(label), _) => {
                return Err(option("label", label.into(), "a label with tensor -1"));
            }
        }
        Ok(())
    })
}

/// Adds the rules and settings of a document; they replace those on the same thing.
/// @param policy  the policy; unchanged on failure
/// @param text    JSON "qube-policy/1", as from qube_policy_render()
/// @return QUBE_OK; QUBE_ERR_DOCUMENT (with line and column), QUBE_ERR_TARGET, QUBE_ERR_OPTION
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_policy_add_json(
    policy: *mut qube_policy,
    text: *const c_char,
) -> i32 {
    guard(|| {
        let policy = &mut unsafe { reference_mut(policy, "policy") }?.0;
        Ok(policy.add_json(unsafe { text_in(text, "text") }?)?)
    })
}

/// Renders a policy.
/// @param policy  the policy
/// @param format  QUBE_FORMAT_TABLE (in words), or _JSON for qube_policy_add_json()
/// @param text    the new document
/// @return QUBE_OK; QUBE_ERR_DOCUMENT (callbacks have no JSON: resolve the policy first)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_policy_render(
    policy: *const qube_policy,
    format: i32,
    text: *mut *mut c_char,
) -> i32 {
    rendered(text, || document(&unsafe { reference(policy, "policy") }?.0, format))
}

/// A policy in a format.
pub(super) fn document(policy: &BatchPolicy, format: i32) -> Result<String, Failure> {
    match format {
        QUBE_FORMAT_TABLE => Ok(policy.to_string()),
        QUBE_FORMAT_JSON => Ok(policy.to_json()?),
        _ => Err(no_such_format(format, "QUBE_FORMAT_TABLE (1) or _JSON (2)")),
    }
}

fn option(name: &'static str, value: String, allowed: &'static str) -> Failure {
    Error::Option { name, value, allowed }.into()
}
