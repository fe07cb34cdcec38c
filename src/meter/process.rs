//! Reads a process: /proc/self/status (VmRSS, VmHWM; its kB are 1024 bytes), or else ru_maxrss of
//! getrusage, a high-water mark that never falls; and the peak of its control group (cgroup v2
//! `memory.peak`, v1 `memory.max_usage_in_bytes`), of all its processes and the pages of files that
//! they read.
//!
//! Writing 5 to /proc/self/clear_refs sets VmHWM back to VmRSS (Linux 4.0).

use std::fs;
use std::path::{Path, PathBuf};

use crate::budget::Bytes;
use crate::machine;

/// Memory of a process at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reading {
    /// The resident size; none if the system does not report it.
    pub resident: Option<Bytes>,
    /// The largest since the mark was set back, or else of the life of the process.
    pub peak: Option<Bytes>,
}

/// A process that a meter reads.
pub trait Process {
    fn read(&mut self) -> Reading;

    /// Sets the high-water mark back to the resident size; whether the system took that.
    fn reset(&mut self) -> bool;

    /// The largest that its control group held.
    fn cgroup_peak(&mut self) -> Option<Bytes>;

    /// The node.
    fn host(&mut self) -> Option<String>;
}

/// Reads a process at a border and, if `resets`, tries to reset its mark. Also returns whether the mark
/// was reset: sandboxes may accept the request and ignore it, which a mark above the resident size
/// reveals.
pub fn read_and_reset(process: &mut impl Process, resets: bool) -> (Reading, bool) {
    let before = process.read();
    if !resets || !process.reset() {
        return (before, false);
    }
    let after = process.read();
    (before, after.peak < before.peak || before.peak <= after.resident)
}

/// The process that this is.
#[derive(Debug, Clone)]
pub struct ThisProcess {
    root: PathBuf,
}

impl ThisProcess {
    pub fn new() -> ThisProcess {
        ThisProcess { root: "/".into() }
    }

    fn text(&self, file: &str) -> Option<String> {
        fs::read_to_string(self.root.join(file)).ok()
    }
}

impl Default for ThisProcess {
    fn default() -> ThisProcess {
        ThisProcess::new()
    }
}

impl Process for ThisProcess {
    fn read(&mut self) -> Reading {
        let status = self.text("proc/self/status").unwrap_or_default();
        let resident = field(&status, "VmRSS");
        let peak = field(&status, "VmHWM").or_else(|| machine::max_rss().and_then(bytes));
        Reading { resident, peak }
    }

    fn reset(&mut self) -> bool {
        let file = self.root.join("proc/self/clear_refs");
        fs::OpenOptions::new()
            .write(true)
            .open(file)
            .and_then(|mut file| std::io::Write::write_all(&mut file, b"5"))
            .is_ok()
    }

    fn cgroup_peak(&mut self) -> Option<Bytes> {
        cgroup_peak(&self.root)
    }

    fn host(&mut self) -> Option<String> {
        let name = self.text("proc/sys/kernel/hostname")?;
        Some(name.trim().to_owned()).filter(|name| !name.is_empty())
    }
}

fn bytes(number: u64) -> Option<Bytes> {
    i64::try_from(number).ok().and_then(Bytes::from_signed)
}

/// A line of /proc/self/status.
fn field(status: &str, name: &str) -> Option<Bytes> {
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024).and_then(bytes)
}

/// Of the nearest level that tells one.
fn cgroup_peak(root: &Path) -> Option<Bytes> {
    machine::groups(root, "memory.peak", "memory.max_usage_in_bytes")
        .filter_map(|(mount, path, file)| {
            Path::new(&path).ancestors().find_map(|level| {
                let level = level.to_str()?.trim_start_matches('/');
                fs::read_to_string(mount.join(level).join(file)).ok()?.trim().parse().ok()
            })
        })
        .find_map(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn system(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (file, content) in files {
            let file = root.path().join(file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, content).unwrap();
        }
        root
    }

    fn process(root: &tempfile::TempDir) -> ThisProcess {
        ThisProcess { root: root.path().into() }
    }

    #[test]
    fn sizes_are_those_of_the_status() {
        let root = system(&[
            ("proc/self/status", "Name:\tx\nVmHWM:\t  218224 kB\nVmRSS:\t   13536 kB\n"),
            ("proc/self/clear_refs", ""),
            ("proc/sys/kernel/hostname", "node7\n"),
        ]);
        let mut process = process(&root);
        let reading = process.read();
        assert_eq!(reading.resident.unwrap().get(), 13536 * 1024);
        assert_eq!(reading.peak.unwrap().get(), 218_224 * 1024);
        assert!(process.reset());
        assert_eq!(fs::read_to_string(root.path().join("proc/self/clear_refs")).unwrap(), "5");
        assert_eq!(process.host().as_deref(), Some("node7"));
    }

    /// Without /proc the only figure is that of getrusage.
    #[test]
    fn a_system_without_proc_has_the_peak_of_getrusage() {
        let root = system(&[]);
        let mut process = process(&root);
        let reading = process.read();
        assert_eq!(reading.resident, None);
        assert_eq!(reading.peak.unwrap().get(), machine::max_rss().unwrap());
        assert!(!process.reset());
        assert_eq!((process.host(), process.cgroup_peak()), (None, None));
    }

    #[test]
    fn the_peak_of_the_nearest_group_counts() {
        let version_2 = system(&[
            ("proc/self/cgroup", "0::/job/step\n"),
            ("sys/fs/cgroup/job/memory.peak", "4096\n"),
            ("sys/fs/cgroup/memory.peak", "8192\n"),
        ]);
        assert_eq!(process(&version_2).cgroup_peak().unwrap().get(), 4096);
        let version_1 = system(&[
            ("proc/self/cgroup", "5:cpu:/other\n4:memory,hugetlb:/job\n0::/\n"),
            ("sys/fs/cgroup/memory/job/memory.max_usage_in_bytes", "12288\n"),
            ("sys/fs/cgroup/memory/memory.max_usage_in_bytes", "20480\n"),
        ]);
        assert_eq!(process(&version_1).cgroup_peak().unwrap().get(), 12288);
    }
}
