//! Resolved policies: a policy applied to one network.

use std::ffi::c_char;

use super::arena::{Arena, View, viewed};
use super::guard::{free_handle, guard_handle, reference};
use super::network::qube_network;
use super::policy::{document, qube_policy};
use super::render::rendered;
use super::role::role_number;
use super::status::Failure;
use super::structs::{self, growable};
use crate::BatchPolicy;
use crate::network::{IndexId, Network};
use crate::policy::{ResolvedPolicy, Role};

/// A policy resolved for one network.
pub struct qube_resolved_policy {
    resolved: ResolvedPolicy,
    policy: BatchPolicy,
    network: Network,
    view: View<qube_resolved_policy_view>,
}

/// The slicing of an index. If it must not be sliced, target and tile are 0, and one batch has its
/// extent.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_resolved_index {
    /// The most elements of a batch.
    pub target: i64,
    /// Elements of a tile.
    pub tile: i64,
    /// Elements of a batch: target in whole tiles, at least one, at most the extent. The last batch
    /// may be shorter.
    pub batch: i64,
    /// Number of batches.
    pub batches: i64,
    /// QUBE_ROLE_CONTRACTED or _EXTERNAL: its role in the network.
    pub role: i32,
    /// 1: loops may slice it.
    pub is_batchable: i32,
}

/// The contents of a resolved policy.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_resolved_policy_view {
    pub struct_size: usize,
    /// By number of the index.
    pub indices: *const qube_resolved_index,
    pub n_indices: i64,
    /// By number of the tensor, 1: it changes on every iteration.
    pub is_volatile: *const i32,
    /// Length of is_volatile.
    pub n_tensors: i64,
    /// As in qube_policy_settings.
    pub accumulation_factor: f64,
    /// As in qube_policy_settings.
    pub peak_threshold: i64,
    /// As in qube_policy_settings.
    pub persistent_only: i32,
    pub reserved: i32,
}

growable!(qube_resolved_policy_view);

/// Resolves a policy for one network. Callbacks are called now, and never again.
/// @param policy    the policy
/// @param network   the network
/// @param resolved  the new resolved policy
/// @return QUBE_OK; QUBE_ERR_POSITION (a rule on a tensor beyond the last), QUBE_ERR_CALLBACK,
///         QUBE_ERR_TARGET (a size below 1 from a callback)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_policy_resolve(
    policy: *const qube_policy,
    network: *const qube_network,
    resolved: *mut *mut qube_resolved_policy,
) -> i32 {
    guard_handle(resolved, "resolved", || {
        let policy = &unsafe { reference(policy, "policy") }?.0;
        let network = unsafe { reference(network, "network") }?.network.clone();
        let policy = policy.by_label(&network)?;
        // What was resolved has no callbacks, so this asks none again.
        let resolved = policy.resolve(&network)?;
        Ok(qube_resolved_policy { resolved, policy, network, view: View::default() })
    })
}

/// Frees a resolved policy.
/// @param resolved  NULL does nothing
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_resolved_policy_free(resolved: *mut qube_resolved_policy) {
    unsafe { free_handle(resolved) }
}

/// Fills the view of a resolved policy.
/// @param resolved  the resolved policy
/// @param view      the view, with struct_size set
/// @return QUBE_OK
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_resolved_policy_get(
    resolved: *const qube_resolved_policy,
    view: *mut qube_resolved_policy_view,
) -> i32 {
    unsafe { viewed(resolved, "resolved", view, |handle| &handle.view, view_of) }
}

/// Renders a resolved policy without callbacks: rules by label of the index and number of the
/// tensor.
/// @param resolved  the resolved policy
/// @param format    QUBE_FORMAT_TABLE, or _JSON for qube_policy_add_json()
/// @param text      the new document
/// @return QUBE_OK
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_resolved_policy_render(
    resolved: *const qube_resolved_policy,
    format: i32,
    text: *mut *mut c_char,
) -> i32 {
    rendered(text, || document(&unsafe { reference(resolved, "resolved") }?.policy, format))
}

fn view_of(
    handle: &qube_resolved_policy,
    arena: &mut Arena,
) -> Result<qube_resolved_policy_view, Failure> {
    let qube_resolved_policy { resolved, network, .. } = handle;
    // Sizes and extents came in as int64_t.
    let (indices, n_indices) =
        arena.array_of(network.indices().iter().enumerate(), |_, (at, index)| {
            let id = IndexId::new(at);
            let slicing = resolved.slicing(id);
            Ok(qube_resolved_index {
                target: slicing.map_or(0, |slicing| slicing.target as i64),
                tile: slicing.map_or(0, |slicing| slicing.tile as i64),
                batch: slicing.map_or(index.extent, |slicing| slicing.batch(index.extent)) as i64,
                batches: slicing.map_or(1, |slicing| slicing.batches(index.extent)) as i64,
                role: role_number(Role::of(network, id)),
                is_batchable: slicing.is_some().into(),
            })
        })?;
    let (is_volatile, n_tensors) = arena.array_of(0..network.tensors().len(), |_, tensor| {
        Ok(resolved.is_volatile(tensor).into())
    })?;
    Ok(qube_resolved_policy_view {
        indices,
        n_indices,
        is_volatile,
        n_tensors,
        accumulation_factor: resolved.accumulation_factor(),
        peak_threshold: resolved.peak_threshold().unwrap_or(0) as i64, // it came in as int64_t
        persistent_only: resolved.persistent_only().into(),
        ..structs::Growable::defaults()
    })
}
