//! Spaces: extents, and power means of domain sizes.

use std::ffi::{c_char, c_void};

use super::callbacks::inner_pow;
use super::guard::{free_handle, guard, guard_handle, reference_mut};
use super::status::Failure;
use super::text::{array_in, numbers_in, text_in};
use crate::Error;
use crate::network::{Spaces, power_means};

/// Extents by space: i 120, μ̃ 1800, ...
pub struct qube_spaces(pub(super) Spaces);

/// Frees the user pointer of a callback, when the last object that holds the callback is freed or
/// gets another one, on the thread that does so.
pub type qube_free_user = Option<unsafe extern "C" fn(user: *mut c_void)>;

/// Gives a power mean of the domain sizes d of a composite index, (sum over pairs of d^k /
/// pairs)^(1/k). Building or reading a network calls it for every composite index without power
/// means, in the order of the network, with k = 1 to the number of the network's composite indices
/// with the same protos. It must not change or free the builder or table that holds it.
/// @param user    the user pointer
/// @param label   the label of the index with its protos
/// @param space   its space
/// @param extent  its mean domain size, elements
/// @param k       the order, 1 or more
/// @param mean    is 0; set it to the mean, elements, finite and above 0
/// @return 0 to go on
pub type qube_inner_pow_callback = Option<
    unsafe extern "C" fn(
        user: *mut c_void,
        label: *const c_char,
        space: *const c_char,
        extent: i64,
        k: i64,
        mean: *mut f64,
    ) -> i32,
>;

/// Makes an empty table of extents by space, for any number of networks. In einsum texts a space is
/// a letter.
/// @param spaces  the new table
/// @return QUBE_OK
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_spaces_create(spaces: *mut *mut qube_spaces) -> i32 {
    guard_handle(spaces, "spaces", || Ok(qube_spaces(Spaces::new())))
}

/// Frees a table. Networks that were read with it stay valid.
/// @param spaces  NULL does nothing
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_spaces_free(spaces: *mut qube_spaces) {
    unsafe { free_handle(spaces) }
}

/// Adds a space.
/// @param spaces         the table
/// @param space          its name: the labels of its indices up to the first _ or digit
/// @param extent         elements, 1 or more; for composite indices the mean domain size
/// @param power_means    power means of the domain sizes, as from qube_power_means(), finite and
///                       above 0. NULL: plain indices, composite indices of one size, or means of a
///                       callback
/// @param n_power_means  length of power_means; a network needs one for each composite index with
///                       the same protos
/// @return QUBE_OK; QUBE_ERR_LABEL, QUBE_ERR_EXTENT, QUBE_ERR_POWER_MEAN, QUBE_ERR_DUPLICATE,
///         QUBE_ERR_INPUT (n_power_means)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_spaces_add(
    spaces: *mut qube_spaces,
    space: *const c_char,
    extent: i64,
    power_means: *const f64,
    n_power_means: i64,
) -> i32 {
    guard(|| {
        let spaces = &mut unsafe { reference_mut(spaces, "spaces") }?.0;
        let space = unsafe { text_in(space, "space") }?;
        let means =
            unsafe { numbers_in(power_means, n_power_means, ("power_means", "n_power_means")) }?;
        match means.as_slice() {
            [] => spaces.add(space, extent)?,
            means => spaces.add_composite(space, extent, means)?,
        }
        Ok(())
    })
}

/// Sets the callback for power means that the table lacks, for terms that are read with it.
/// Networks do not hold the callback.
/// @param spaces     the table
/// @param callback   NULL (default): none; the extent then stands for every k, and user and
///                   free_user are ignored
/// @param user       passed to callback; may be NULL
/// @param free_user  frees user when the table is freed or gets another callback; NULL: user is the
///                   host's and must outlive the table. After a failure user is the host's in any
///                   case
/// @return QUBE_OK
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_spaces_set_inner_pow_callback(
    spaces: *mut qube_spaces,
    callback: qube_inner_pow_callback,
    user: *mut c_void,
    free_user: qube_free_user,
) -> i32 {
    guard(|| {
        let spaces = &mut unsafe { reference_mut(spaces, "spaces") }?.0;
        match callback {
            None => spaces.clear_inner_pow_callback(),
            Some(callback) => spaces.set_inner_pow_callback(inner_pow(callback, user, free_user)),
        }
        Ok(())
    })
}

/// Computes power means of domain sizes d, for qube_spaces_add() and
/// qube_network_builder_add_composite(): means[k-1] = (sum over pairs of d^k / pairs)^(1/k).
/// @param domains    domain sizes of all pairs, elements, 0 or more, at least one above 0
/// @param n_domains  length of domains
/// @param means      n_means power means, elements
/// @param n_means    0 to 1024; a network needs one for each composite index with the same protos
/// @return QUBE_OK; QUBE_ERR_POWER_MEAN, QUBE_ERR_INPUT (n_domains, n_means)
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
        // SAFETY: the caller promises room for n_means doubles.
        unsafe { means.copy_from_nonoverlapping(found.as_ptr(), found.len()) };
        Ok(())
    })
}
