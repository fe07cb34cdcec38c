//! What the machine offers.

use super::guard::{guard, reference_mut};
use crate::{Error, machine};

/// How much memory this process may use: the least of the machine's physical memory and the memory
/// limits of the process's control groups (cgroup v1 and v2). Swap does not count.
///
/// @param bytes  receives the bytes, 1 or more
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_SYSTEM (the system does not tell)
///
/// Reads /proc/self/cgroup and the limits of /sys/fs/cgroup at every call; safe on any thread.
/// Under a scheduler that enforces memory by other means than control groups, ask the scheduler
/// instead.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_memory_limit(bytes: *mut i64) -> i32 {
    guard(|| {
        let bytes = unsafe { reference_mut(bytes, "bytes") }?;
        *bytes = i64::try_from(machine::memory_limit()?)
            .map_err(|_| Error::System { what: "a memory limit below 2^63 bytes" })?;
        Ok(())
    })
}
