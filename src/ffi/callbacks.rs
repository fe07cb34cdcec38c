//! Callbacks of a host for indices and tensors: batchability, volatility, power means.

use std::ffi::{CString, c_char, c_void};

use super::role::role_number;
use super::structs::{quiet, truth};
use crate::network::CompositeFacts;
use crate::policy::{Batching, IndexFacts, TensorFacts};
use crate::{BatchPolicy, Error, Result};

type FreeUser = unsafe extern "C" fn(*mut c_void);

type IsBatchable = unsafe extern "C" fn(
    *mut c_void,
    *const c_char,
    *const c_char,
    i64,
    i32,
    *mut i32,
    *mut i64,
    *mut i64,
) -> i32;

/// Gives a policy the host's callback for indices that loops may slice.
pub(super) fn set_batchable(policy: &mut BatchPolicy, callback: IsBatchable, user: User) {
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
}

type IsVolatile = unsafe extern "C" fn(*mut c_void, *const c_char, i64, *mut i32) -> i32;

/// Gives a policy the host's callback for volatile tensors.
pub(super) fn set_volatile(policy: &mut BatchPolicy, callback: IsVolatile, user: User) {
    policy.set_volatile_callback(move |tensor| {
        let about = || about_tensor(tensor);
        let label = c_text(tensor.label)?;
        let mut is_volatile = 0;
        let position = tensor.position as i64;
        // SAFETY: the host promises a function of this type that does not unwind.
        let code = unsafe { callback(user.get(), label.as_ptr(), position, &raw mut is_volatile) };
        check("volatile", code, about)?;
        checked_truth("volatile", is_volatile, about)
    });
}

type GivesMean =
    unsafe extern "C" fn(*mut c_void, *const c_char, *const c_char, i64, i64, *mut f64) -> i32;

/// The host's callback for power means.
pub(super) fn inner_pow(
    callback: GivesMean,
    user: *mut c_void,
    free_user: Option<FreeUser>,
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
pub(super) struct User {
    pub pointer: *mut c_void,
    pub free: Option<FreeUser>,
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

/// Checks a callback's return value: 0 to go on.
fn check(name: &'static str, code: i32, about: impl Fn() -> String) -> Result<()> {
    if code == 0 {
        return Ok(());
    }
    let reason = format!("it returned {code} for {}; return 0 to go on", about());
    Err(Error::Callback { name, reason })
}

/// A truth value that a callback set.
fn checked_truth(name: &'static str, value: i32, about: impl Fn() -> String) -> Result<bool> {
    truth(value, name).map_err(|_| {
        let reason = format!("it set {value} for {}; set 0 or 1", about());
        Error::Callback { name, reason }
    })
}

/// Text for C. Documents can have labels with a NUL.
fn c_text(text: &str) -> Result<CString> {
    CString::new(text).map_err(|_| Error::Label {
        what: "argument of a callback",
        label: text.escape_debug().to_string(), // the message goes to C too
        allowed: "text without NUL",
    })
}
