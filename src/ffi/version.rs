//! Version of the library and of its binary interface.

use std::ffi::c_char;

/// Version of the library that this header belongs to, first part.
pub const QUBE_VERSION_MAJOR: i32 = 0;
/// Second part.
pub const QUBE_VERSION_MINOR: i32 = 1;
/// Third part.
pub const QUBE_VERSION_PATCH: i32 = 0;
/// Version of the binary interface: the number in the soname libqube_budget.so.0.
pub const QUBE_ABI_VERSION: i32 = 0;

/// The version of the library that is loaded, "major.minor.patch". Never NULL, never to be freed.
#[unsafe(no_mangle)]
pub extern "C" fn qube_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// The binary interface of the library that is loaded. A host that was compiled against another one
/// (QUBE_ABI_VERSION of its header) must not call anything else.
#[unsafe(no_mangle)]
pub extern "C" fn qube_abi_version() -> i32 {
    QUBE_ABI_VERSION
}
