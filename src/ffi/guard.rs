//! The one guard of every entry: no panic reaches the host, and a failure leaves a message.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::status::{Failure, QUBE_ERR_PANIC, QUBE_OK, set_last_error};

/// Runs the body of an entry and turns its result into a status.
///
/// Bodies write their outputs last, so an output is touched only on success.
pub(super) fn guard(body: impl FnOnce() -> Result<(), Failure>) -> i32 {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(())) => QUBE_OK,
        Ok(Err(failure)) => {
            set_last_error(failure.message());
            failure.status()
        }
        Err(payload) => {
            let reason = payload
                .downcast_ref::<&str>()
                .copied()
                .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
                .unwrap_or("no reason given");
            set_last_error(format!("a defect of qube_budget, please report it: {reason}"));
            // The payload's own drop may panic: it is never dropped.
            std::mem::forget(payload);
            QUBE_ERR_PANIC
        }
    }
}

/// As `guard`, for an entry that makes a handle: `*out` is the new handle, or NULL on failure.
pub(super) fn guard_handle<T>(
    out: *mut *mut T,
    name: &'static str,
    make: impl FnOnce() -> Result<T, Failure>,
) -> i32 {
    guard(|| {
        if out.is_null() {
            return Err(Failure::Null(name));
        }
        // SAFETY: not NULL; the caller promises a writable pointer.
        unsafe { *out = std::ptr::null_mut() };
        let handle = Box::into_raw(Box::new(make()?));
        // SAFETY: as above.
        unsafe { *out = handle };
        Ok(())
    })
}

/// Frees a handle made by `guard_handle`; NULL is fine.
///
/// # Safety
/// `handle` is NULL or came from `guard_handle` and has not been freed.
pub(super) unsafe fn free_handle<T>(handle: *mut T) {
    if !handle.is_null() {
        // The value's own drop cannot panic: handles hold plain data, and callbacks whose free_user
        // does not unwind.
        drop(unsafe { Box::from_raw(handle) });
    }
}

/// A shared reference from a pointer that must not be NULL.
///
/// # Safety
/// A pointer that is not NULL is valid and not written to during the call.
pub(super) unsafe fn reference<'a, T>(
    pointer: *const T,
    name: &'static str,
) -> Result<&'a T, Failure> {
    unsafe { pointer.as_ref() }.ok_or(Failure::Null(name))
}

/// As `reference`, to write through.
///
/// # Safety
/// A pointer that is not NULL is valid and not used elsewhere during the call.
pub(super) unsafe fn reference_mut<'a, T>(
    pointer: *mut T,
    name: &'static str,
) -> Result<&'a mut T, Failure> {
    unsafe { pointer.as_mut() }.ok_or(Failure::Null(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ffi::render::rendered;
    use crate::ffi::status::last_error;
    use std::panic::panic_any;

    const DEFECT: &str = "a defect of qube_budget, please report it: ";

    /// A payload whose drop panics, too.
    struct PanicsWhenDropped;

    impl Drop for PanicsWhenDropped {
        fn drop(&mut self) {
            panic!("dropped");
        }
    }

    #[test]
    fn a_panic_is_a_status_with_its_reason() {
        let number = 7;
        type Panics = Box<dyn FnOnce()>;
        let panics: [(Panics, &str); 4] = [
            (Box::new(|| panic!("text")), "text"),
            (Box::new(move || panic!("a String with {number}")), "a String with 7"),
            (Box::new(|| panic_any(7)), "no reason given"),
            (Box::new(|| panic_any(PanicsWhenDropped)), "no reason given"),
        ];
        for (panics, reason) in panics {
            let status = guard(|| {
                panics();
                Ok(())
            });
            assert_eq!(status, QUBE_ERR_PANIC);
            assert_eq!(last_error(), format!("{DEFECT}{reason}"));
        }
    }

    #[test]
    fn a_panic_leaves_no_handle_and_no_text() {
        let mut handle = std::ptr::without_provenance_mut::<u64>(8);
        assert_eq!(guard_handle(&raw mut handle, "handle", || panic!("making")), QUBE_ERR_PANIC);
        assert!(handle.is_null());
        let mut text = std::ptr::without_provenance_mut(8);
        assert_eq!(rendered(&raw mut text, || panic!("rendering")), QUBE_ERR_PANIC);
        assert!(text.is_null());
        assert_eq!(last_error(), format!("{DEFECT}rendering"));
    }

    #[test]
    fn the_guard_goes_on_to_work() {
        assert_eq!(guard(|| panic!("once")), QUBE_ERR_PANIC);
        assert_eq!(guard(|| Ok(())), QUBE_OK);
        let mut handle = std::ptr::null_mut();
        assert_eq!(guard_handle(&raw mut handle, "handle", || Ok(5)), QUBE_OK);
        // SAFETY: made by guard_handle.
        assert_eq!(unsafe { *handle }, 5);
        unsafe { free_handle(handle) };
    }
}
