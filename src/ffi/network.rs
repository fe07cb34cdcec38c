//! Networks and their builders.

use std::ffi::{c_char, c_void};

use super::arena::{Arena, View, viewed};
use super::callbacks::inner_pow;
use super::guard::{free_handle, guard, guard_handle, reference, reference_mut};
use super::policy::qube_policy;
use super::role::role_number;
use super::spaces::{qube_free_user, qube_inner_pow_callback, qube_spaces};
use super::status::Failure;
use super::structs::{self, growable};
use super::text::{numbers_in, optional_text_in, text_in, texts_in};
use crate::network::{IndexId, Network, NetworkBuilder, einsum, parse};
use crate::policy::Role;
use crate::problem::document::from_json;

/// Collects indices and tensors.
pub struct qube_network_builder(NetworkBuilder);

/// Indices and tensors of a term, and its open indices.
pub struct qube_network {
    pub(super) network: Network,
    /// From its document; 0: none.
    bytes_per_element: i64,
    view: View<qube_network_view>,
}

/// An index of a network; its number is its place in the view.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_index {
    pub label: *const c_char,
    pub space: *const c_char,
    /// Elements; of a composite index the mean domain size.
    pub extent: i64,
    /// Numbers of the indices on which its extent depends, if composite.
    pub protos: *const i64,
    pub n_protos: i64,
    /// Power means of its domain sizes, of order 1 and up.
    pub power_means: *const f64,
    pub n_power_means: i64,
    /// QUBE_ROLE_CONTRACTED or _EXTERNAL.
    pub role: i32,
    pub reserved: i32,
}

/// A tensor of a network; its number is its place in the view.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_tensor {
    pub label: *const c_char,
    /// Numbers of the indices in its slots, in slot order.
    pub indices: *const i64,
    pub n_indices: i64,
}

/// The contents of a network.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_network_view {
    pub struct_size: usize,
    /// The indices, those that are only protos included.
    pub indices: *const qube_index,
    pub n_indices: i64,
    /// The tensors, 1 or more.
    pub tensors: *const qube_tensor,
    pub n_tensors: i64,
    /// Numbers of the indices open in the result, increasing.
    pub targets: *const i64,
    pub n_targets: i64,
    /// From the network's document, for qube_options; 0: it gives none.
    pub bytes_per_element: i64,
}

growable!(qube_network_view);

/// Makes an empty builder.
/// @param builder  the new builder
/// @return QUBE_OK
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_network_builder_create(
    builder: *mut *mut qube_network_builder,
) -> i32 {
    guard_handle(builder, "builder", || Ok(qube_network_builder(NetworkBuilder::new())))
}

/// Frees a builder. Its networks stay valid.
/// @param builder  NULL does nothing
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_network_builder_free(builder: *mut qube_network_builder) {
    unsafe { free_handle(builder) }
}

/// Adds a plain index.
/// @param builder  the builder
/// @param label    unique in the network, without control characters
/// @param space    its space; NULL: the label up to the first _, digit or <
/// @param extent   elements, 1 or more
/// @return QUBE_OK; QUBE_ERR_LABEL, QUBE_ERR_EXTENT, QUBE_ERR_DUPLICATE, QUBE_ERR_TOO_LARGE (more
///         than 2^20 indices)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_network_builder_add_index(
    builder: *mut qube_network_builder,
    label: *const c_char,
    space: *const c_char,
    extent: i64,
) -> i32 {
    guard(|| {
        let builder = unsafe { reference_mut(builder, "builder") }?;
        let label = unsafe { text_in(label, "label") }?;
        let space = unsafe { optional_text_in(space, "space") }?;
        builder.0.index(label, space, extent)?;
        Ok(())
    })
}

/// Adds a composite index: its extent depends on plain indices added before, its protos.
/// @param builder        the builder
/// @param label          unique in the network, by custom with the protos: a_1<i_1,i_2>
/// @param space          its space; NULL: the label up to the first _, digit or <
/// @param extent         mean domain size, elements, 1 or more
/// @param protos         labels of the protos
/// @param n_protos       length of protos
/// @param power_means    as for qube_spaces_add(); NULL: means of a callback, without one the
///                       extent for every k
/// @param n_power_means  length of power_means
/// @return as qube_network_builder_add_index(); QUBE_ERR_POWER_MEAN, QUBE_ERR_UNKNOWN_INDEX (a
///         proto), QUBE_ERR_DOCUMENT (a composite proto), QUBE_ERR_INPUT (a count)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_network_builder_add_composite(
    builder: *mut qube_network_builder,
    label: *const c_char,
    space: *const c_char,
    extent: i64,
    protos: *const *const c_char,
    n_protos: i64,
    power_means: *const f64,
    n_power_means: i64,
) -> i32 {
    guard(|| {
        let builder = unsafe { reference_mut(builder, "builder") }?;
        let label = unsafe { text_in(label, "label") }?;
        let space = unsafe { optional_text_in(space, "space") }?;
        let protos = unsafe { texts_in(protos, n_protos, ("protos", "n_protos")) }?;
        let means =
            unsafe { numbers_in(power_means, n_power_means, ("power_means", "n_power_means")) }?;
        builder.0.composite(label, space, extent, &protos, &means)?;
        Ok(())
    })
}

/// Adds a tensor. Tensors are numbered in the order of these calls; labels may repeat. An index may
/// stand twice on one tensor (a trace).
/// @param builder    the builder
/// @param label      its label, for policies
/// @param indices    labels of the indices in its slots
/// @param n_indices  length of indices; 0 for a scalar
/// @return QUBE_OK; QUBE_ERR_UNKNOWN_INDEX, QUBE_ERR_INPUT (n_indices)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_network_builder_add_tensor(
    builder: *mut qube_network_builder,
    label: *const c_char,
    indices: *const *const c_char,
    n_indices: i64,
) -> i32 {
    guard(|| {
        let builder = unsafe { reference_mut(builder, "builder") }?;
        let label = unsafe { text_in(label, "label") }?;
        let indices = unsafe { texts_in(indices, n_indices, ("indices", "n_indices")) }?;
        builder.0.tensor(label, &indices)?;
        Ok(())
    })
}

/// Sets the indices open in the result, as einsum does: they may include an index of several
/// tensors, or omit one of a single tensor. Without this call they are the indices in exactly one
/// slot of the network.
/// @param builder    the builder
/// @param targets    labels of the indices, each once
/// @param n_targets  length of targets; 0 for a scalar result
/// @return QUBE_OK; QUBE_ERR_UNKNOWN_INDEX, QUBE_ERR_DUPLICATE, QUBE_ERR_INPUT (n_targets).
///         qube_network_builder_build() finds an index that no tensor carries
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_network_builder_set_targets(
    builder: *mut qube_network_builder,
    targets: *const *const c_char,
    n_targets: i64,
) -> i32 {
    guard(|| {
        let builder = unsafe { reference_mut(builder, "builder") }?;
        let targets = unsafe { texts_in(targets, n_targets, ("targets", "n_targets")) }?;
        Ok(builder.0.targets(&targets)?)
    })
}

/// Sets the callback for power means of composite indices that were added without, called when the
/// network is built.
/// @param builder    the builder
/// @param callback   as for qube_spaces_set_inner_pow_callback()
/// @param user       passed to callback; may be NULL
/// @param free_user  as for qube_spaces_set_inner_pow_callback()
/// @return QUBE_OK
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_network_builder_set_inner_pow_callback(
    builder: *mut qube_network_builder,
    callback: qube_inner_pow_callback,
    user: *mut c_void,
    free_user: qube_free_user,
) -> i32 {
    guard(|| {
        let builder = &mut unsafe { reference_mut(builder, "builder") }?.0;
        match callback {
            None => builder.clear_inner_pow_callback(),
            Some(callback) => builder.set_inner_pow_callback(inner_pow(callback, user, free_user)),
        }
        Ok(())
    })
}

/// Builds the network. The builder stays as it is, and must still be freed.
/// @param builder  the builder
/// @param network  the new network
/// @return QUBE_OK; QUBE_ERR_NO_TENSORS, QUBE_ERR_UNKNOWN_INDEX (a target that no tensor carries),
///         QUBE_ERR_CALLBACK, QUBE_ERR_POWER_MEAN (from a callback)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_network_builder_build(
    builder: *const qube_network_builder,
    network: *mut *mut qube_network,
) -> i32 {
    guard_handle(network, "network", || {
        let builder = unsafe { reference(builder, "builder") }?;
        Ok(qube_network::of(builder.0.build()?))
    })
}

/// Reads a term in SeQuant's notation: g{μ̃_1;i_3;Κ_1} C{a_3<i_2>;μ̃_1} t{a_3<i_2>;i_2} (a label,
/// then bra;ket;aux in braces; protos of a composite index in angle brackets). The result keeps the
/// indices in exactly one slot.
/// @param text     the term
/// @param spaces   extents by space; the space of an index is its label up to the first _ or digit
/// @param network  the new network
/// @return QUBE_OK; QUBE_ERR_PARSE, QUBE_ERR_UNKNOWN_SPACE, QUBE_ERR_NO_TENSORS, QUBE_ERR_DUPLICATE
///         (a proto twice on one index), QUBE_ERR_CALLBACK, QUBE_ERR_POWER_MEAN (from a callback)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_network_parse(
    text: *const c_char,
    spaces: *const qube_spaces,
    network: *mut *mut qube_network,
) -> i32 {
    guard_handle(network, "network", || {
        let text = unsafe { text_in(text, "text") }?;
        let spaces = unsafe { reference(spaces, "spaces") }?;
        Ok(qube_network::of(parse(text, &spaces.0)?))
    })
}

/// Reads an einsum expression: ijk,kl->ijl. Every character except white space, comma, -, > and
/// period is an index. Without -> the result keeps the indices that occur once.
/// @param text     the expression; white space is ignored
/// @param letters  extents by letter
/// @param network  the new network
/// @return QUBE_OK; QUBE_ERR_PARSE, QUBE_ERR_UNKNOWN_SPACE, QUBE_ERR_NO_TENSORS,
///         QUBE_ERR_UNKNOWN_INDEX (a letter of the result that no operand has), QUBE_ERR_DUPLICATE
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_network_einsum(
    text: *const c_char,
    letters: *const qube_spaces,
    network: *mut *mut qube_network,
) -> i32 {
    guard_handle(network, "network", || {
        let text = unsafe { text_in(text, "text") }?;
        let letters = unsafe { reference(letters, "letters") }?;
        Ok(qube_network::of(einsum(text, &letters.0)?))
    })
}

/// Reads a JSON document:
/// @verbatim
///   {"indices":[{"label":"i_1","extent":56},
///     {"label":"a_1<i_1>","space":"a","extent":12,"protos":["i_1"],"power_means":[12.0]},
///     {"label":"Κ_1","extent":1652,"batchable":true,"target":236}],
///    "tensors":[{"label":"t","indices":["a_1<i_1>","i_1"],"volatile":true}],"targets":["i_1"]}
/// @endverbatim
/// Without "targets" the result keeps the indices in exactly one slot. "bytes_per_element" is
/// checked and put into the view: pass it on in the options.
/// @param text     the document
/// @param network  the new network
/// @param policy   a new policy with the document's batches and volatile tensors; may be NULL
/// @return QUBE_OK; QUBE_ERR_DOCUMENT (with line and column), QUBE_ERR_TARGET, and those of the
///         builder
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_network_from_json(
    text: *const c_char,
    network: *mut *mut qube_network,
    policy: *mut *mut qube_policy,
) -> i32 {
    if let Some(policy) = unsafe { policy.as_mut() } {
        *policy = std::ptr::null_mut();
    }
    let mut found = None;
    let status = guard_handle(network, "network", || {
        let text = unsafe { text_in(text, "text") }?;
        let case = from_json(text)?;
        found = Some(case.policy);
        // 1024 at most, or nothing.
        let bytes_per_element = case.bytes_per_element.unwrap_or(0) as i64;
        Ok(qube_network { bytes_per_element, ..qube_network::of(case.network) })
    });
    match found {
        Some(found) if !policy.is_null() => {
            guard_handle(policy, "policy", || Ok(qube_policy(found)))
        }
        _ => status,
    }
}

/// Frees a network. Its plans stay valid.
/// @param network  NULL does nothing
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_network_free(network: *mut qube_network) {
    unsafe { free_handle(network) }
}

/// Fills the view of a network.
/// @param network  the network
/// @param view     the view, with struct_size set
/// @return QUBE_OK; QUBE_ERR_LABEL (a label with a NUL, from a document)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_network_get(
    network: *const qube_network,
    view: *mut qube_network_view,
) -> i32 {
    unsafe { viewed(network, "network", view, |handle| &handle.view, view_of) }
}

impl qube_network {
    fn of(network: Network) -> qube_network {
        qube_network { network, bytes_per_element: 0, view: View::default() }
    }
}

fn view_of(handle: &qube_network, arena: &mut Arena) -> Result<qube_network_view, Failure> {
    let network = &handle.network;
    let numbers = |arena: &mut Arena, ids: &mut dyn Iterator<Item = IndexId>| {
        arena.array_of(ids, |_, id| Ok(id.position() as i64))
    };
    let (indices, n_indices) =
        arena.array_of(network.indices().iter().enumerate(), |arena, (at, index)| {
            let (protos, n_protos) = numbers(arena, &mut index.protos.iter().copied())?;
            Ok(qube_index {
                label: arena.text(&index.label)?,
                space: arena.text(&index.space)?,
                extent: index.extent as i64, // it came in as int64_t
                protos,
                n_protos,
                power_means: arena.array(&index.power_means)?,
                n_power_means: index.power_means.len() as i64,
                role: role_number(Role::of(network, IndexId::new(at))),
                reserved: 0,
            })
        })?;
    let (tensors, n_tensors) = arena.array_of(network.tensors(), |arena, tensor| {
        let (indices, n_indices) = numbers(arena, &mut tensor.indices.iter().copied())?;
        Ok(qube_tensor { label: arena.text(&tensor.label)?, indices, n_indices })
    })?;
    let (targets, n_targets) = numbers(arena, &mut network.targets().iter())?;
    Ok(qube_network_view {
        indices,
        n_indices,
        tensors,
        n_tensors,
        targets,
        n_targets,
        bytes_per_element: handle.bytes_per_element,
        ..structs::Growable::defaults()
    })
}
