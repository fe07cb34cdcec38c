//! Networks and their builder.

use std::ffi::c_char;

use super::guard::{free_handle, guard, guard_handle, reference, reference_mut};
use super::policy::qube_policy;
use super::spaces::qube_spaces;
use super::status::Failure;
use super::text::{array_in, position, text_in, text_out, texts_in};
use crate::network::json::from_json;
use crate::network::{Index, Network, NetworkBuilder, einsum, parse};

/// Collects the indices and tensors of a network.
pub struct qube_network_builder(pub(super) NetworkBuilder);

/// What one term contracts: indices, tensors, and the indices open in the result. Never changes.
pub struct qube_network(pub(super) Network);

/// Makes an empty builder.
///
/// @param builder  receives the handle
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_network_builder_create(
    builder: *mut *mut qube_network_builder,
) -> i32 {
    guard_handle(builder, "builder", || Ok(qube_network_builder(NetworkBuilder::new())))
}

/// Frees a builder; NULL is fine. Networks that it built stay valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_network_builder_free(builder: *mut qube_network_builder) {
    unsafe { free_handle(builder) }
}

/// Adds a plain index.
///
/// @param label   unique in the network, without control characters
/// @param space   its space; NULL: the label up to the first _, digit or <
/// @param extent  elements, 1 or more
/// Errors: QUBE_ERR_LABEL, QUBE_ERR_EXTENT, QUBE_ERR_DUPLICATE.
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

/// Adds a composite index: one whose extent depends on plain indices added before, its protos.
///
/// @param label          unique in the network, by custom with the protos: a_1<i_1,i_2>
/// @param space          its space; NULL: the label up to the first _, digit or <
/// @param extent         mean domain size, elements, 1 or more
/// @param protos         labels of the protos
/// @param n_protos       how many there are
/// @param power_means    as for qube_spaces_add_composite; NULL with n_power_means 0: those of a
///                       callback; without one the extent stands for every k
/// @param n_power_means  how many there are
/// Errors: QUBE_ERR_LABEL, QUBE_ERR_EXTENT, QUBE_ERR_POWER_MEAN, QUBE_ERR_DUPLICATE,
/// QUBE_ERR_UNKNOWN_INDEX (a proto), QUBE_ERR_DOCUMENT (a proto that is composite itself).
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
            unsafe { array_in(power_means, n_power_means, ("power_means", "n_power_means")) }?;
        builder.0.composite(label, space, extent, &protos, means)?;
        Ok(())
    })
}

/// Adds a tensor. Tensors are numbered from 0 in the order in which they are added; their labels
/// may repeat. An index may stand twice on one tensor (a trace).
///
/// @param label      its label, by which policies know it
/// @param indices    labels of the indices in its slots
/// @param n_indices  how many slots there are; 0 for a scalar
/// Errors: QUBE_ERR_UNKNOWN_INDEX.
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

/// Sets the indices open in the result, as einsum does: they may keep an index that several tensors
/// carry, or leave out one that a single tensor carries. Without this call they are those that
/// occur in exactly one slot of the whole network.
///
/// @param targets    labels of the indices, each once
/// @param n_targets  how many there are; 0 for a scalar result
/// Errors: QUBE_ERR_UNKNOWN_INDEX, QUBE_ERR_DUPLICATE; an index that no tensor carries is found by
/// qube_network_builder_build.
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

/// Builds the network. The builder stays as it is and must still be freed.
///
/// @param network  receives the handle
/// Errors: QUBE_ERR_NO_TENSORS, QUBE_ERR_UNKNOWN_INDEX (a target that no tensor carries);
/// QUBE_ERR_CALLBACK, QUBE_ERR_POWER_MEAN (a callback for power means).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_network_builder_build(
    builder: *const qube_network_builder,
    network: *mut *mut qube_network,
) -> i32 {
    guard_handle(network, "network", || {
        let builder = unsafe { reference(builder, "builder") }?;
        Ok(qube_network(builder.0.build()?))
    })
}

/// Reads a term in the manner of SeQuant: g{μ̃_1;i_3;Κ_1} C{a_3<i_2>;μ̃_1} t{a_3<i_2>;i_2}
/// (label, then bra;ket;aux in braces; a composite index has its protos in angle brackets). The
/// result keeps the indices that occur in exactly one slot.
///
/// @param text     the term
/// @param spaces   extents by space; the space of an index is its label up to the first _ or digit
/// @param network  receives the handle
/// Errors: QUBE_ERR_PARSE (with the position), QUBE_ERR_UNKNOWN_SPACE, QUBE_ERR_NO_TENSORS,
/// QUBE_ERR_DUPLICATE (a proto twice on one index); QUBE_ERR_CALLBACK, QUBE_ERR_POWER_MEAN (a
/// callback for power means).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_network_parse(
    text: *const c_char,
    spaces: *const qube_spaces,
    network: *mut *mut qube_network,
) -> i32 {
    guard_handle(network, "network", || {
        let text = unsafe { text_in(text, "text") }?;
        let spaces = unsafe { reference(spaces, "spaces") }?;
        Ok(qube_network(parse(text, &spaces.0)?))
    })
}

/// Reads an einsum expression: ijk,kl->ijl. Without -> the result keeps the letters that occur
/// once.
///
/// @param text     the expression; white space does not count
/// @param letters  extents by letter
/// @param network  receives the handle
/// Errors: QUBE_ERR_PARSE (with the position), QUBE_ERR_UNKNOWN_SPACE, QUBE_ERR_NO_TENSORS,
/// QUBE_ERR_UNKNOWN_INDEX (a letter of the result that no operand has), QUBE_ERR_DUPLICATE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_network_einsum(
    text: *const c_char,
    letters: *const qube_spaces,
    network: *mut *mut qube_network,
) -> i32 {
    guard_handle(network, "network", || {
        let text = unsafe { text_in(text, "text") }?;
        let letters = unsafe { reference(letters, "letters") }?;
        Ok(qube_network(einsum(text, &letters.0)?))
    })
}

/// Reads a JSON document:
/// {"indices":[{"label":"i_1","extent":56},{"label":"a_1<i_1>","space":"a","extent":12,
/// "protos":["i_1"],"power_means":[12.0]},{"label":"Κ_1","extent":1652,"batchable":true,
/// "target":236}],"tensors":[{"label":"t","indices":["a_1<i_1>","i_1"],"volatile":true}],
/// "targets":["i_1"]}. Without "targets" the result keeps the indices that occur in one slot.
///
/// @param text     the document
/// @param network  receives the handle
/// @param policy   receives a policy with what the document says of batches and volatile tensors;
///                 NULL: not wanted
/// Errors: QUBE_ERR_DOCUMENT (with line and column), QUBE_ERR_TARGET, and those of the builder. On
/// failure both handles are NULL.
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
        Ok(qube_network(case.network))
    });
    match found {
        Some(found) if !policy.is_null() => {
            guard_handle(policy, "policy", || Ok(qube_policy(found)))
        }
        _ => status,
    }
}

/// Frees a network; NULL is fine. Plans made from it stay valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_network_free(network: *mut qube_network) {
    unsafe { free_handle(network) }
}

/// How many tensors there are.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_network_tensor_count(
    network: *const qube_network,
    count: *mut i64,
) -> i32 {
    guard(|| {
        let network = unsafe { reference(network, "network") }?;
        *unsafe { reference_mut(count, "count") }? = network.0.tensors().len() as i64;
        Ok(())
    })
}

/// The label of a tensor.
///
/// @param tensor  its number, from 0
/// @param buf     receives the label and a NUL; NULL with cap 0: only the length is wanted
/// @param cap     bytes that buf can hold
/// @param length  receives the length in bytes without the NUL
/// Errors: QUBE_ERR_POSITION, QUBE_ERR_BUFFER.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_network_tensor_label(
    network: *const qube_network,
    tensor: i64,
    buf: *mut c_char,
    cap: usize,
    length: *mut usize,
) -> i32 {
    guard(|| {
        let network = unsafe { reference(network, "network") }?;
        let tensors = network.0.tensors();
        let tensor = position("tensor", tensor, tensors.len())?;
        unsafe { text_out(&tensors[tensor].label, buf, cap, length) }
    })
}

/// How many indices there are, those that are only protos included.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_network_index_count(
    network: *const qube_network,
    count: *mut i64,
) -> i32 {
    guard(|| {
        let network = unsafe { reference(network, "network") }?;
        *unsafe { reference_mut(count, "count") }? = network.0.indices().len() as i64;
        Ok(())
    })
}

/// The label of an index.
///
/// @param index   its number, from 0
/// @param buf     receives the label and a NUL; NULL with cap 0: only the length is wanted
/// @param cap     bytes that buf can hold
/// @param length  receives the length in bytes without the NUL
/// Errors: QUBE_ERR_POSITION, QUBE_ERR_BUFFER.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_network_index_label(
    network: *const qube_network,
    index: i64,
    buf: *mut c_char,
    cap: usize,
    length: *mut usize,
) -> i32 {
    guard(|| {
        let index = unsafe { index_at(network, index) }?;
        unsafe { text_out(&index.label, buf, cap, length) }
    })
}

/// The extent of an index, elements; of a composite one the mean domain size.
///
/// @param index   its number, from 0
/// @param extent  receives the extent
/// Errors: QUBE_ERR_POSITION.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_network_index_extent(
    network: *const qube_network,
    index: i64,
    extent: *mut i64,
) -> i32 {
    guard(|| {
        let index = unsafe { index_at(network, index) }?;
        // The builder takes extents as int64_t.
        *unsafe { reference_mut(extent, "extent") }? = index.extent as i64;
        Ok(())
    })
}

unsafe fn index_at<'a>(network: *const qube_network, index: i64) -> Result<&'a Index, Failure> {
    let indices = unsafe { reference(network, "network") }?.0.indices();
    Ok(&indices[position("index", index, indices.len())?])
}

unsafe fn optional_text_in<'a>(
    text: *const c_char,
    name: &'static str,
) -> Result<Option<&'a str>, Failure> {
    if text.is_null() { Ok(None) } else { unsafe { text_in(text, name) }.map(Some) }
}
