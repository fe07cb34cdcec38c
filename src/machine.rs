//! How much memory this process may use: the cgroup's limit where there is one, else the machine's
//! physical memory. Swap does not count.

use std::fs;

use crate::{Error, Result};

/// Bytes of memory this process may use at most.
pub fn memory_limit() -> Result<u64> {
    let physical = physical_memory()?;
    Ok(cgroup_limit().map_or(physical, |limit| limit.min(physical)))
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

/// The least memory limit of this process's control group and those above it; none outside Linux,
/// without cgroups, or where no level sets one.
fn cgroup_limit() -> Option<u64> {
    let membership = fs::read_to_string("/proc/self/cgroup").ok()?;
    membership
        .lines()
        .filter_map(|line| {
            let mut fields = line.splitn(3, ':').skip(1);
            let controllers = fields.next()?;
            let path = fields.next()?;
            match controllers {
                "" => least_limit("/sys/fs/cgroup", path, "memory.max"),
                _ if controllers.split(',').any(|name| name == "memory") => {
                    least_limit("/sys/fs/cgroup/memory", path, "memory.limit_in_bytes")
                }
                _ => None,
            }
        })
        .min()
}

/// The least number in `file` from `mount/path` up to `mount`; "max" and absent files set no limit.
fn least_limit(mount: &str, path: &str, file: &str) -> Option<u64> {
    std::path::Path::new(path)
        .ancestors()
        .filter_map(|level| {
            let level = level.to_str()?.trim_start_matches('/');
            fs::read_to_string(format!("{mount}/{level}/{file}")).ok()?.trim().parse().ok()
        })
        .min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limit_is_at_most_the_physical_memory() {
        let limit = memory_limit().unwrap();
        assert!(limit > 0 && limit <= physical_memory().unwrap());
    }

    #[test]
    fn the_least_limit_of_all_levels_counts() {
        let root = tempfile::tempdir().unwrap();
        let mount = root.path().to_str().unwrap();
        fs::create_dir_all(root.path().join("job/step")).unwrap();
        fs::write(root.path().join("job/memory.max"), "4096\n").unwrap();
        fs::write(root.path().join("job/step/memory.max"), "max\n").unwrap();
        assert_eq!(least_limit(mount, "/job/step", "memory.max"), Some(4096));
        assert_eq!(least_limit(mount, "/", "memory.max"), None);
    }
}
