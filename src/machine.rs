//! Memory limit of this process, and its source: the least of the machine's physical memory, the
//! limits of its control groups, and the resource limits that a shell sets (`ulimit -v`, `ulimit
//! -d`). Swap does not count.
//!
//! The kernel counts mappings, not resident pages, against the resource limits: RLIMIT_AS all address
//! space (getrlimit(2)), RLIMIT_DATA since Linux 4.7 every private writable mapping. A run touches nearly
//! all that it allocates, so its budget has to stay below them too.

use std::fs;
use std::path::{Path, PathBuf};

use crate::{Error, Result};

/// Memory that this process may use at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemoryLimit {
    pub bytes: u64,
    /// The source of the limit; of equal ones the first in the order of [`Bound`].
    pub bound: Bound,
}

/// Source of a memory limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    PhysicalMemory,
    ControlGroup,
    AddressSpace,
    Data,
}

impl Bound {
    /// Its name, and how a shell sets it where one can.
    pub fn name(self) -> &'static str {
        self.c_name().to_str().unwrap_or_default() // ASCII
    }

    /// The same for C.
    pub(crate) fn c_name(self) -> &'static std::ffi::CStr {
        match self {
            Bound::PhysicalMemory => c"physical memory",
            Bound::ControlGroup => c"control group (memory.max)",
            Bound::AddressSpace => c"RLIMIT_AS (ulimit -v)",
            Bound::Data => c"RLIMIT_DATA (ulimit -d)",
        }
    }
}

/// The memory that this process may use at most.
pub fn memory_limit() -> Result<MemoryLimit> {
    limit_of(Path::new("/"), physical_memory(), resource_limits())
}

/// The same of a machine whose files are below `root`, and of a process with these resource limits.
fn limit_of(
    root: &Path,
    physical: Result<u64>,
    resource_limits: [(Bound, Option<u64>); 2],
) -> Result<MemoryLimit> {
    let physical = MemoryLimit { bytes: physical?, bound: Bound::PhysicalMemory };
    let others = [(Bound::ControlGroup, cgroup_limit(root))].into_iter().chain(resource_limits);
    let set = others.filter_map(|(bound, bytes)| Some(MemoryLimit { bytes: bytes?, bound }));
    Ok(set.fold(physical, |least, other| if other.bytes < least.bytes { other } else { least }))
}

/// The soft resource limits of this process on memory; none where they are unlimited or unknown.
#[allow(unsafe_code)]
fn resource_limits() -> [(Bound, Option<u64>); 2] {
    [(Bound::AddressSpace, libc::RLIMIT_AS), (Bound::Data, libc::RLIMIT_DATA)].map(
        |(bound, resource)| {
            let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
            // SAFETY: getrlimit writes into the struct, which lives here, and keeps no pointer.
            let known = unsafe { libc::getrlimit(resource, &raw mut limit) } == 0;
            let is_set = known && limit.rlim_cur != libc::RLIM_INFINITY;
            (bound, is_set.then_some(limit.rlim_cur))
        },
    )
}

/// Bytes of physical memory of the machine (POSIX `sysconf`).
#[allow(unsafe_code)]
fn physical_memory() -> Result<u64> {
    let unknown = Error::System { what: "the size of its memory; give bytes instead" };
    // SAFETY: sysconf takes no pointers; it answers -1 for what it does not know.
    let (pages, page) =
        unsafe { (libc::sysconf(libc::_SC_PHYS_PAGES), libc::sysconf(libc::_SC_PAGESIZE)) };
    match (u64::try_from(pages), u64::try_from(page)) {
        (Ok(pages), Ok(page)) => pages.checked_mul(page).ok_or(unknown),
        _ => Err(unknown),
    }
}

/// The largest resident size of the life of this process (getrusage); none where the system has no such
/// figure. It never falls, and a program that exec started inherits what was there before it.
#[allow(unsafe_code)]
pub(crate) fn max_rss() -> Option<u64> {
    /// Unit of ru_maxrss: bytes on macOS, KiB elsewhere.
    const UNIT: u64 = if cfg!(target_os = "macos") { 1 } else { 1024 };
    // SAFETY: plain numbers, all zeros is a value; getrusage writes the struct that it is given.
    let (status, usage) = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        (libc::getrusage(libc::RUSAGE_SELF, &raw mut usage), usage)
    };
    let size = u64::try_from(usage.ru_maxrss).ok().filter(|&size| status == 0 && size > 0)?;
    size.checked_mul(UNIT)
}

/// The least memory limit of this process's control group and those above it; none outside Linux,
/// without cgroups, or where no level sets one.
fn cgroup_limit(root: &Path) -> Option<u64> {
    groups(root, "memory.max", "memory.limit_in_bytes")
        .filter_map(|(mount, path, file)| least_limit(&mount, &path, file))
        .min()
}

/// This process's control groups that account for memory: where their files are mounted, the path of the
/// group below that, and the file of version 2 or 1 to read there.
pub(crate) fn groups(
    root: &Path,
    version_2: &'static str,
    version_1: &'static str,
) -> impl Iterator<Item = (PathBuf, String, &'static str)> {
    let membership = fs::read_to_string(root.join("proc/self/cgroup")).unwrap_or_default();
    let mount = root.join("sys/fs/cgroup");
    let group = |line: &str| {
        let mut fields = line.splitn(3, ':').skip(1);
        let (controllers, path) = (fields.next()?, fields.next()?.to_owned());
        match controllers {
            "" => Some((mount.clone(), path, version_2)),
            _ if controllers.split(',').any(|name| name == "memory") => {
                Some((mount.join("memory"), path, version_1))
            }
            _ => None,
        }
    };
    membership.lines().filter_map(group).collect::<Vec<_>>().into_iter()
}

/// The least number in `file` from `mount/path` up to `mount`; "max" and absent files set no limit.
fn least_limit(mount: &Path, path: &str, file: &str) -> Option<u64> {
    Path::new(path)
        .ancestors()
        .filter_map(|level| {
            let level = level.to_str()?.trim_start_matches('/');
            fs::read_to_string(mount.join(level).join(file)).ok()?.trim().parse().ok()
        })
        .min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limit_is_at_most_the_physical_memory() {
        let limit = memory_limit().unwrap().bytes;
        assert!(limit > 0 && limit <= physical_memory().unwrap());
    }

    const UNLIMITED: [(Bound, Option<u64>); 2] = [(Bound::AddressSpace, None), (Bound::Data, None)];

    fn bytes_of(root: &Path, physical: Result<u64>) -> Result<u64> {
        limit_of(root, physical, UNLIMITED).map(|limit| limit.bytes)
    }

    /// A machine with these files.
    fn machine(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (file, content) in files {
            let file = root.path().join(file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, content).unwrap();
        }
        root
    }

    #[test]
    fn the_least_limit_of_all_levels_counts() {
        let version_2 = machine(&[
            ("proc/self/cgroup", "0::/job/step\n"),
            ("sys/fs/cgroup/job/memory.max", "4096\n"),
            ("sys/fs/cgroup/job/step/memory.max", "max\n"),
        ]);
        assert_eq!(bytes_of(version_2.path(), Ok(1 << 40)), Ok(4096));
        assert_eq!(bytes_of(version_2.path(), Ok(4095)), Ok(4095));
        let version_1 = machine(&[
            ("proc/self/cgroup", "5:cpu,cpuacct:/other\n4:memory,hugetlb:/job\n"),
            ("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"),
            ("sys/fs/cgroup/memory/job/memory.limit_in_bytes", "8192\n"),
            ("sys/fs/cgroup/memory/other/memory.limit_in_bytes", "1\n"),
        ]);
        assert_eq!(bytes_of(version_1.path(), Ok(1 << 40)), Ok(8192));
    }

    #[test]
    fn files_that_are_not_there_set_no_limit() {
        let without_groups = machine(&[]);
        assert_eq!(bytes_of(without_groups.path(), Ok(1 << 40)), Ok(1 << 40));
        let unreadable = machine(&[("proc/self/cgroup", "0::/job\n")]);
        assert_eq!(bytes_of(unreadable.path(), Ok(1 << 40)), Ok(1 << 40));
    }

    /// Then no limit of a group is the least of all.
    #[test]
    fn unknown_physical_memory_is_an_error() {
        let group = machine(&[
            ("proc/self/cgroup", "0::/job\n"),
            ("sys/fs/cgroup/job/memory.max", "4096\n"),
        ]);
        let unknown = Error::System { what: "physical memory" };
        assert_eq!(bytes_of(group.path(), Err(unknown.clone())), Err(unknown));
    }
    /// The least of all four, whichever it is; the first of equal ones.
    #[test]
    fn the_limit_says_what_bounds_it() {
        let group = machine(&[
            ("proc/self/cgroup", "0::/job\n"),
            ("sys/fs/cgroup/job/memory.max", "4096\n"),
        ]);
        for (physical, address_space, data, bytes, bound) in [
            (4095, Some(4096), None, 4095, Bound::PhysicalMemory),
            (4096, Some(4096), Some(4096), 4096, Bound::PhysicalMemory),
            (4097, Some(4096), None, 4096, Bound::ControlGroup),
            (8192, Some(4095), Some(4096), 4095, Bound::AddressSpace),
            (8192, Some(4095), Some(4094), 4094, Bound::Data),
            (8192, None, Some(0), 0, Bound::Data),
        ] {
            let resources = [(Bound::AddressSpace, address_space), (Bound::Data, data)];
            let limit = limit_of(group.path(), Ok(physical), resources);
            assert_eq!(limit, Ok(MemoryLimit { bytes, bound }));
        }
    }
}
