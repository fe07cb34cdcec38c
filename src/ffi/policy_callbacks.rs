//! Callbacks of a host about its indices and tensors: batchability, volatility, power means.

use std::ffi::{CString, c_char, c_void};

use super::guard::{guard, reference_mut};
use super::network::qube_network_builder;
use super::policy::qube_policy;
use super::policy_rulings::role_number;
use super::spaces::qube_spaces;
use super::structs::{quiet, truth};
use crate::network::CompositeFacts;
use crate::policy::{Batching, IndexFacts, TensorFacts};
use crate::{Error, Result};

/// Frees the user pointer of a callback, when the last object that holds the callback is freed or
/// gets another one; on the thread that does so. It must neither throw nor longjmp.
pub type qube_free_user = Option<unsafe extern "C" fn(user: *mut c_void)>;

/// Whether loops may slice an index, and into which batches. It is called by calls that are given
/// the policy and a network, on their thread: qube_optimize(), qube_optimize_custom(),
/// qube_optimize_many() (for all terms before the first is planned), qube_policy_slicing(),
/// _target(), _is_volatile() and _resolve(). They ask once about every index of the network, in its
/// order, of which the policy says nothing by label or space in its role; then about the tensors.
/// It may call the library, but must neither throw nor longjmp, nor change or free the policy. Calls
/// on several threads that share a policy may call it at the same time.
///
/// @param user          what was given to qube_policy_set_batchable_callback()
/// @param label         the label of the index, valid during the call
/// @param space         its space, valid during the call
/// @param extent        elements; of a composite index the mean domain size
/// @param role          QUBE_ROLE_CONTRACTED or QUBE_ROLE_EXTERNAL, what the index is in the network
/// @param is_batchable  0 before; 1: loops may slice it
/// @param target        0 before; where it is batchable the most elements of a batch, 1 or more
/// @param tile          1 before; where it is batchable the elements of a tile, 1 or more; what the
///                      policy says of tiles by label or space goes before it
/// @return 0 to go on; anything else ends the call with QUBE_ERR_CALLBACK
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

/// Whether a tensor changes on every iteration. It is called as qube_batchable_callback is, once for
/// every tensor, in the order of the network, that is not volatile by label or number.
///
/// @param user         what was given to qube_policy_set_volatile_callback()
/// @param label        the label of the tensor, valid during the call
/// @param tensor       its number in the network, from 0
/// @param is_volatile  0 before; 1: it changes on every iteration
/// @return 0 to go on; anything else ends the call with QUBE_ERR_CALLBACK
pub type qube_volatile_callback = Option<
    unsafe extern "C" fn(
        user: *mut c_void,
        label: *const c_char,
        tensor: i64,
        is_volatile: *mut i32,
    ) -> i32,
>;

/// A power mean of the domain sizes of a composite index: (sum over pairs of d^k / pairs)^(1/k). It
/// is called when a network is built or read, on that thread: for every composite index without
/// power means, in the order of the network, with k = 1 to the number of composite indices of the
/// network that have the same protos. It may call the library, but must neither throw nor longjmp,
/// nor change or free the builder or table that holds it.
///
/// @param user    what was given with the callback
/// @param label   the label of the index with its protos, valid during the call
/// @param space   its space, valid during the call
/// @param extent  its mean domain size, elements
/// @param k       the order, 1 or more
/// @param mean    0 before; to be set, elements, finite and above 0
/// @return 0 to go on; anything else ends the call with QUBE_ERR_CALLBACK
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

/// Sets the callback that says of an index whether loops may slice it, where the policy says nothing
/// of it by label or space. Clones of the policy share it.
///
/// @param callback   NULL: none, as in a new policy; then user and free_user do not count
/// @param user       handed to the callback as it is; may be NULL
/// @param free_user  frees user; NULL: user is the host's, and outlives all policies with the
///                   callback. After a failure user is the host's in any case.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_policy_set_batchable_callback(
    policy: *mut qube_policy,
    callback: qube_batchable_callback,
    user: *mut c_void,
    free_user: qube_free_user,
) -> i32 {
    guard(|| {
        let policy = &mut unsafe { reference_mut(policy, "policy") }?.0;
        let Some(callback) = callback else {
            policy.clear_batchable_callback();
            return Ok(());
        };
        let user = User { pointer: user, free: free_user };
        policy.set_batchable_callback(move |index| {
            let (label, space) = (c_text(index.label)?, c_text(index.space)?);
            let (mut is_batchable, mut target, mut tile) = (0, 0, 1);
            // SAFETY: the host promises a function of this type that does not unwind.
            let code = unsafe {
                callback(
                    user.get(),
                    label.as_ptr(),
                    space.as_ptr(),
                    index.extent as i64, // extents come in as int64_t
                    role_number(index.role),
                    &raw mut is_batchable,
                    &raw mut target,
                    &raw mut tile,
                )
            };
            check("batchable", code, || about_index(index))?;
            let is_batchable = checked_truth("batchable", is_batchable, || about_index(index))?;
            Ok(is_batchable.then_some(Batching { target, tile }))
        });
        Ok(())
    })
}

/// Sets the callback that says of a tensor whether it changes on every iteration, where the policy
/// does not say so by label or number. Clones of the policy share it.
///
/// @param callback   NULL: none, as in a new policy; then user and free_user do not count
/// @param user       handed to the callback as it is; may be NULL
/// @param free_user  as for qube_policy_set_batchable_callback()
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_policy_set_volatile_callback(
    policy: *mut qube_policy,
    callback: qube_volatile_callback,
    user: *mut c_void,
    free_user: qube_free_user,
) -> i32 {
    guard(|| {
        let policy = &mut unsafe { reference_mut(policy, "policy") }?.0;
        let Some(callback) = callback else {
            policy.clear_volatile_callback();
            return Ok(());
        };
        let user = User { pointer: user, free: free_user };
        policy.set_volatile_callback(move |tensor| {
            let about = || about_tensor(tensor);
            let label = c_text(tensor.label)?;
            let mut is_volatile = 0;
            let position = tensor.position as i64;
            // SAFETY: the host promises a function of this type that does not unwind.
            let code =
                unsafe { callback(user.get(), label.as_ptr(), position, &raw mut is_volatile) };
            check("volatile", code, about)?;
            checked_truth("volatile", is_volatile, about)
        });
        Ok(())
    })
}

/// Sets the callback that gives the power means of the builder's composite indices that are added
/// without, when the network is built.
///
/// @param callback   NULL: none, as in a new builder; then the extent stands for every k, and user
///                   and free_user do not count
/// @param user       handed to the callback as it is; may be NULL
/// @param free_user  frees user when the builder is freed or gets another callback; NULL: user is
///                   the host's, and outlives the builder. After a failure it is the host's in any
///                   case. Networks do not hold the callback.
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

/// Sets the callback that gives the power means of composite indices whose spaces have none in the
/// table, when a term is read with it.
///
/// @param callback   NULL: none, as in a new table; then the extent stands for every k, and user and
///                   free_user do not count
/// @param user       handed to the callback as it is; may be NULL
/// @param free_user  as for qube_network_builder_set_inner_pow_callback()
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

type GivesMean =
    unsafe extern "C" fn(*mut c_void, *const c_char, *const c_char, i64, i64, *mut f64) -> i32;

fn inner_pow(
    callback: GivesMean,
    user: *mut c_void,
    free_user: qube_free_user,
) -> impl Fn(&CompositeFacts, usize) -> Result<f64> + Send + Sync + 'static {
    let user = User { pointer: user, free: free_user };
    move |index, k| {
        let (label, space) = (c_text(index.label)?, c_text(index.space)?);
        let mut mean = 0.0;
        let (extent, order) = (index.extent as i64, k as i64); // extents come in as int64_t
        // SAFETY: the host promises a function of this type that does not unwind.
        let code = unsafe {
            callback(user.get(), label.as_ptr(), space.as_ptr(), extent, order, &raw mut mean)
        };
        check("inner_pow", code, || format!("index '{}' and k = {k}", index.label))?;
        Ok(quiet(mean))
    }
}

/// A host's data, freed with the callback that it belongs to.
struct User {
    pointer: *mut c_void,
    free: qube_free_user,
}

// SAFETY: the library only hands the pointer on: calls that are given one policy on several threads
// at a time call its callbacks there, and the host provides for that.
unsafe impl Send for User {}
// SAFETY: as above.
unsafe impl Sync for User {}

impl User {
    /// A method, so that closures capture the whole and drop it.
    fn get(&self) -> *mut c_void {
        self.pointer
    }
}

impl Drop for User {
    fn drop(&mut self) {
        if let Some(free) = self.free {
            // SAFETY: the host promises a function that takes its user pointer and does not unwind.
            unsafe { free(self.pointer) }
        }
    }
}

fn about_index(index: &IndexFacts) -> String {
    format!("index '{}'", index.label)
}

fn about_tensor(tensor: &TensorFacts) -> String {
    format!("tensor '{}' (number {} from 0)", tensor.label, tensor.position)
}

/// What a callback returned: 0 to go on.
fn check(name: &'static str, code: i32, about: impl Fn() -> String) -> Result<()> {
    if code == 0 {
        return Ok(());
    }
    let reason = format!("it returned {code} for {}; allowed: 0, to go on", about());
    Err(Error::Callback { name, reason })
}

/// A truth value that a callback set.
fn checked_truth(name: &'static str, value: i32, about: impl Fn() -> String) -> Result<bool> {
    truth(value, name).map_err(|_| {
        let reason = format!("it said {value} of {}; allowed: 0 or 1", about());
        Error::Callback { name, reason }
    })
}

/// Text for C. Documents can have labels with a NUL.
fn c_text(text: &str) -> Result<CString> {
    CString::new(text).map_err(|_| Error::Label {
        what: "what a callback is asked about",
        label: text.escape_debug().to_string(), // the message goes to C too
        allowed: "text without NUL",
    })
}
