//! Versions of the library, and the memory of the machine.

use std::ffi::c_char;

use super::guard::{guard, reference_mut};
use crate::machine::{self, MemoryLimit};
use crate::{Error, Result};

/// Version of the library with this header: major part.
pub const QUBE_VERSION_MAJOR: i32 = 0;
/// Minor part.
pub const QUBE_VERSION_MINOR: i32 = 2;
/// Patch part.
pub const QUBE_VERSION_PATCH: i32 = 0;
/// Version of the binary interface: that of libqube_budget.so.1.
pub const QUBE_ABI_VERSION: i32 = 1;

/// Returns the version of the loaded library.
/// @return "major.minor.patch", static, never NULL
#[unsafe(no_mangle)]
pub extern "C" fn qube_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// Returns the version of the loaded library's binary interface.
/// @return its number; if it differs from QUBE_ABI_VERSION, call no other function
#[unsafe(no_mangle)]
pub extern "C" fn qube_abi_version() -> i32 {
    QUBE_ABI_VERSION
}

/// Reads how much memory this process may use: the least of the physical memory, the limits of its
/// control groups (cgroup v1 and v2), and its soft limits RLIMIT_AS (ulimit -v) and RLIMIT_DATA
/// (ulimit -d). Swap does not count. Every call reads /proc/self/cgroup, /sys/fs/cgroup and
/// getrlimit(2). If a scheduler enforces memory by other means, ask the scheduler.
/// @param bytes  the limit, 0 or more
/// @param bound  the name of that limit, static: "physical memory", "control group (memory.max)",
///               "RLIMIT_AS (ulimit -v)" or "RLIMIT_DATA (ulimit -d)"; may be NULL
/// @return QUBE_OK; QUBE_ERR_SYSTEM (the system gives no figure)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_memory_limit(bytes: *mut i64, bound: *mut *const c_char) -> i32 {
    unsafe { tell_limit(bytes, bound, machine::memory_limit) }
}

/// # Safety
/// `bytes` is NULL (an error) or writable, `bound` NULL or writable.
unsafe fn tell_limit(
    bytes: *mut i64,
    bound: *mut *const c_char,
    limit: impl FnOnce() -> Result<MemoryLimit>,
) -> i32 {
    guard(|| {
        let bytes = unsafe { reference_mut(bytes, "bytes") }?;
        let limit = limit()?;
        *bytes = i64::try_from(limit.bytes)
            .map_err(|_| Error::System { what: "a memory limit below 2^63 bytes" })?;
        if !bound.is_null() {
            unsafe { *bound = limit.bound.c_name().as_ptr() };
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use std::ffi::CStr;

    use super::*;
    use crate::ffi::status::{QUBE_ERR_SYSTEM, QUBE_OK, last_error};

    #[test]
    fn a_system_that_does_not_tell_is_a_status() {
        let mut bytes = -7;
        let mut bound = std::ptr::null();
        let data = |bytes| Ok(MemoryLimit { bytes, bound: machine::Bound::Data });
        let mut tell = |limit| unsafe { tell_limit(&raw mut bytes, &raw mut bound, || limit) };
        assert_eq!(tell(Err(Error::System { what: "its memory" })), QUBE_ERR_SYSTEM);
        assert!(last_error().contains("its memory"), "{}", last_error());
        assert_eq!(tell(data(1 << 63)), QUBE_ERR_SYSTEM);
        assert!(last_error().contains("2^63"), "{}", last_error());
        assert_eq!(bytes, -7);
        assert!(bound.is_null());
        let mut tell = |limit| unsafe { tell_limit(&raw mut bytes, &raw mut bound, || limit) };
        assert_eq!(tell(data((1 << 63) - 1)), QUBE_OK);
        assert_eq!(bytes, i64::MAX);
        assert_eq!(unsafe { CStr::from_ptr(bound) }, c"RLIMIT_DATA (ulimit -d)");
    }
}
