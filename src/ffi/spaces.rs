//! Tables of spaces.

use std::ffi::c_char;

use super::guard::{free_handle, guard, guard_handle, reference_mut};
use super::status::Failure;
use super::text::{array_in, array_out, text_in};
use crate::Error;
use crate::network::{Spaces, power_means};

/// A table of extents by space: i 120, μ̃ 1800, ... (in einsum texts a space is a letter). One
/// table serves many networks.
pub struct qube_spaces(pub(super) Spaces);

/// Makes an empty table.
///
/// @param spaces  receives the handle
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_spaces_create(spaces: *mut *mut qube_spaces) -> i32 {
    guard_handle(spaces, "spaces", || Ok(qube_spaces(Spaces::new())))
}

/// Frees a table; NULL is fine. Networks read with it stay valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_spaces_free(spaces: *mut qube_spaces) {
    unsafe { free_handle(spaces) }
}

/// Adds a space of plain indices, or of composite ones that all have the same extent.
///
/// @param space   its name: the labels of its indices up to the first _ or digit
/// @param extent  elements, 1 or more
/// Errors: QUBE_ERR_LABEL, QUBE_ERR_EXTENT, QUBE_ERR_DUPLICATE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_spaces_add(
    spaces: *mut qube_spaces,
    space: *const c_char,
    extent: i64,
) -> i32 {
    guard(|| {
        let spaces = unsafe { reference_mut(spaces, "spaces") }?;
        let space = unsafe { text_in(space, "space") }?;
        Ok(spaces.0.add(space, extent)?)
    })
}

/// Adds a space of composite indices, whose extents depend on their protos.
///
/// @param space          its name
/// @param extent         mean domain size, elements, 1 or more
/// @param power_means    power_means[k-1] = (sum over pairs of d^k / pairs)^(1/k), elements, of the
///                       domain sizes d; finite and above 0
/// @param n_power_means  how many there are; a network needs as many as it has composite indices
///                       with the same protos
/// Errors: QUBE_ERR_LABEL, QUBE_ERR_EXTENT, QUBE_ERR_POWER_MEAN, QUBE_ERR_DUPLICATE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_spaces_add_composite(
    spaces: *mut qube_spaces,
    space: *const c_char,
    extent: i64,
    power_means: *const f64,
    n_power_means: i64,
) -> i32 {
    guard(|| {
        let spaces = unsafe { reference_mut(spaces, "spaces") }?;
        let space = unsafe { text_in(space, "space") }?;
        let means =
            unsafe { array_in(power_means, n_power_means, ("power_means", "n_power_means")) }?;
        Ok(spaces.0.add_composite(space, extent, means)?)
    })
}

/// Power means of the domain sizes of composite indices, for qube_spaces_add_composite() and
/// qube_network_builder_add_composite(): means[k-1] = (sum over pairs of d^k / pairs)^(1/k).
///
/// @param domains    domain sizes d of all pairs, elements, 0 or more, one at least above 0
/// @param n_domains  how many there are
/// @param means      receives the means of order 1 to n_means, elements
/// @param n_means    how many are wanted, 0 to 1024: a network needs as many as it has composite
///                   indices with the same protos
/// Errors: QUBE_ERR_POWER_MEAN, QUBE_ERR_INPUT (n_domains, n_means).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_power_means(
    domains: *const i64,
    n_domains: i64,
    means: *mut f64,
    n_means: i64,
) -> i32 {
    guard(|| {
        let domains = unsafe { array_in(domains, n_domains, ("domains", "n_domains")) }?;
        let orders = usize::try_from(n_means)
            .ok()
            .filter(|&orders| orders <= 1024)
            .ok_or(Error::Input { name: "n_means", value: n_means, allowed: "0 to 1024" })?;
        if means.is_null() && orders > 0 {
            return Err(Failure::Null("means"));
        }
        let found = power_means(domains, orders)?;
        let mut length = 0;
        unsafe { array_out(&found, means, orders, &mut length) }
    })
}
