//! Versions of the library, and the memory of the machine.

use std::ffi::c_char;

use super::guard::{guard, reference_mut};
use crate::{Error, Result, machine};

/// Version of the library that this header belongs to, first part.
pub const QUBE_VERSION_MAJOR: i32 = 0;
/// Second part.
pub const QUBE_VERSION_MINOR: i32 = 2;
/// Third part.
pub const QUBE_VERSION_PATCH: i32 = 0;
/// Version of the binary interface: the number in the soname libqube_budget.so.1.
pub const QUBE_ABI_VERSION: i32 = 1;

/// The version of the loaded library.
///
/// @return "major.minor.patch"; never NULL, never to be freed
#[unsafe(no_mangle)]
pub extern "C" fn qube_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// The binary interface of the loaded library.
///
/// @return its number; a host compiled against another QUBE_ABI_VERSION must not call anything else
#[unsafe(no_mangle)]
pub extern "C" fn qube_abi_version() -> i32 {
    QUBE_ABI_VERSION
}

/// How much memory this process may use: the least of the machine's physical memory and the memory
/// limits of the process's control groups (cgroup v1 and v2). Swap does not count.
///
/// Reads /proc/self/cgroup and the limits of /sys/fs/cgroup at every call; safe on any thread.
/// Under a scheduler that enforces memory by other means than control groups, ask the scheduler
/// instead.
///
/// @param bytes  receives the bytes, 1 or more
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_SYSTEM (the system gives no answer)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_memory_limit(bytes: *mut i64) -> i32 {
    unsafe { tell_limit(bytes, machine::memory_limit) }
}

/// # Safety
/// `bytes` is NULL (an error) or writable.
unsafe fn tell_limit(bytes: *mut i64, limit: impl FnOnce() -> Result<u64>) -> i32 {
    guard(|| {
        let bytes = unsafe { reference_mut(bytes, "bytes") }?;
        *bytes = i64::try_from(limit()?)
            .map_err(|_| Error::System { what: "a memory limit below 2^63 bytes" })?;
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ffi::status::{QUBE_ERR_SYSTEM, QUBE_OK, last_error};

    #[test]
    fn a_system_that_does_not_tell_is_a_status() {
        let mut bytes = -7;
        let mut tell = |limit| unsafe { tell_limit(&raw mut bytes, || limit) };
        assert_eq!(tell(Err(Error::System { what: "its memory" })), QUBE_ERR_SYSTEM);
        assert!(last_error().contains("its memory"), "{}", last_error());
        assert_eq!(tell(Ok(1 << 63)), QUBE_ERR_SYSTEM);
        assert!(last_error().contains("2^63"), "{}", last_error());
        assert_eq!(bytes, -7);
        let mut tell = |limit| unsafe { tell_limit(&raw mut bytes, || limit) };
        assert_eq!(tell(Ok((1 << 63) - 1)), QUBE_OK);
        assert_eq!(bytes, i64::MAX);
    }
}
