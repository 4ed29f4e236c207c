//! The machine: the memory that the process may use, and the name of the machine.

use std::fs;
use std::path::Path;

/// Memory that is assumed if the machine does not report it.
const UNKNOWN: u64 = 4 << 30;
/// Maximum of the default memory for requests.
const MOST: u64 = 4 << 30;

/// Returns the default memory for requests in bytes: a quarter of the memory of the machine or of the process's control
/// group, and at most 4 GiB.
pub fn default_budget() -> u64 {
    (available(Path::new("/")) / 4).min(MOST)
}

/// Returns the name of the machine.
pub fn host_name() -> Option<String> {
    gethostname::gethostname().into_string().ok().filter(|name| !name.is_empty())
}

/// Returns the number of bytes that the process may use: the memory of the machine, or less if its control group has a limit.
/// `root` is the root of the file system.
fn available(root: &Path) -> u64 {
    let limits = control_groups(root);
    installed(root).into_iter().chain(limits).min().unwrap_or(UNKNOWN)
}

fn installed(root: &Path) -> Option<u64> {
    let text = fs::read_to_string(root.join("proc/meminfo")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

/// Returns the limits of the process's control group and its ancestors, for either version of control groups.
fn control_groups(root: &Path) -> Vec<u64> {
    let Ok(text) = fs::read_to_string(root.join("proc/self/cgroup")) else { return Vec::new() };
    let mut limits = Vec::new();
    for line in text.lines() {
        // `0::/path` in version 2, `5:memory:/path` in version 1.
        let mut parts = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(path)) = (parts.next(), parts.next()) else { continue };
        let (base, file) = if controllers.is_empty() {
            ("sys/fs/cgroup", "memory.max")
        } else if controllers.split(',').any(|controller| controller == "memory") {
            ("sys/fs/cgroup/memory", "memory.limit_in_bytes")
        } else {
            continue;
        };
        // In a container the group's folder may be the base itself, although the path is another one.
        let base = root.join(base);
        for group in Path::new(path.trim_start_matches('/')).ancestors() {
            let limit = fs::read_to_string(base.join(group).join(file)).ok();
            limits.extend(limit.and_then(|text| text.trim().parse::<u64>().ok()));
        }
    }
    limits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(files: &[(&str, &str)]) -> u64 {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        available(root.path())
    }

    #[test]
    fn limits_of_control_groups_apply() {
        let memory = ("proc/meminfo", "MemTotal:       8388608 kB\nMemFree: 1 kB\n");
        assert_eq!(machine(&[]), UNKNOWN);
        assert_eq!(machine(&[memory]), 8 << 30);
        let second = ("proc/self/cgroup", "0::/a/b\n");
        assert_eq!(machine(&[memory, second]), 8 << 30);
        let own = ("sys/fs/cgroup/a/b/memory.max", "max\n");
        let outer = ("sys/fs/cgroup/a/memory.max", "1073741824\n");
        assert_eq!(machine(&[memory, second, own]), 8 << 30);
        assert_eq!(machine(&[memory, second, own, outer]), 1 << 30);
        // The path is that of the host, but the container sees its own group at the base.
        let base = ("sys/fs/cgroup/memory.max", "536870912");
        assert_eq!(machine(&[memory, second, base]), 512 << 20);
        let first = ("proc/self/cgroup", "7:cpu,cpuacct:/x\n5:memory:/x\n");
        let limit = ("sys/fs/cgroup/memory/x/memory.limit_in_bytes", "268435456\n");
        let none = ("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
        assert_eq!(machine(&[memory, first, limit, none]), 256 << 20);
    }
}
