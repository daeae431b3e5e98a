//! What a control group lets its processes have: version 2, as files under a mount.
//!
//! A limit of a group holds for all groups below. So all of them are looked at, from the group of the process up to the root of the
//! mount, which within a container is the container's own group. What cannot be read or understood is no limit: files come and go
//! while they are read, and not every group has every controller.

use std::fs;
use std::path::{Component, Path, PathBuf};

/// Where the files are.
#[derive(Debug, Clone)]
pub(super) struct ControlGroups {
    /// Tells the group of the process.
    membership: PathBuf,
    /// The root of all groups.
    mount: PathBuf,
}

/// What holds for the process.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Limits {
    pub(super) memory: Option<MemoryLimit>,
    pub(super) quota: Option<Quota>,
}

/// A limit of memory in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct MemoryLimit {
    /// The tightest of all limits.
    pub(super) total: u64,
    /// The least that one of the limits leaves; `None` if no group tells what it uses.
    pub(super) available: Option<u64>,
}

/// How much time of processors there is.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Quota {
    /// Processors that may be busy all the time.
    pub(super) cpus: f64,
    /// The group whose quota it is.
    pub(super) folder: PathBuf,
    /// Seconds that the group has used so far.
    pub(super) used: Option<f64>,
}

impl ControlGroups {
    /// Those of this process, where Linux has them. On other systems there are none.
    pub(super) fn of_this_process() -> Self {
        Self::new("/proc/self/cgroup", "/sys/fs/cgroup")
    }

    pub(super) fn new(membership: impl Into<PathBuf>, mount: impl Into<PathBuf>) -> Self {
        Self { membership: membership.into(), mount: mount.into() }
    }

    /// What holds now. Reads some small files of the kernel, which does not block.
    pub(super) fn limits(&self) -> Limits {
        let mut limits = Limits::default();
        for folder in self.folders() {
            if let Some(limit) = memory_limit(&folder) {
                limits.memory = Some(limits.memory.map_or(limit, |tightest| tightest.and(limit)));
            }
            // Of equal quotas the upper one is used up first.
            if let Some(cpus) = cpus(&folder)
                && limits.quota.as_ref().is_none_or(|tightest| cpus <= tightest.cpus)
            {
                limits.quota = Some(Quota { cpus, used: seconds_used(&folder), folder });
            }
        }
        limits
    }

    /// The group of the process and all above it, the root of the mount last.
    fn folders(&self) -> Vec<PathBuf> {
        let membership = fs::read_to_string(&self.membership).unwrap_or_default();
        let group = membership.lines().find_map(|line| line.strip_prefix("0::")).unwrap_or_default();
        // A group outside of what this process can see is told with `..`. Then the root is all there is to look at.
        let below: Option<PathBuf> = Path::new(group)
            .components()
            .filter(|component| *component != Component::RootDir)
            .map(|component| matches!(component, Component::Normal(_)).then_some(component))
            .collect();
        let group = self.mount.join(below.unwrap_or_default());
        group.ancestors().take_while(|folder| folder.starts_with(&self.mount)).map(Path::to_path_buf).collect()
    }
}

impl MemoryLimit {
    fn and(self, other: Self) -> Self {
        let available = match (self.available, other.available) {
            (Some(one), Some(another)) => Some(one.min(another)),
            (one, another) => one.or(another),
        };
        Self { total: self.total.min(other.total), available }
    }
}

fn memory_limit(folder: &Path) -> Option<MemoryLimit> {
    let total = number(&folder.join("memory.max")).filter(|total| *total > 0)?;
    let used = number(&folder.join("memory.current")).map(|current| {
        // The kernel takes these pages back before it lets anybody go without.
        current.saturating_sub(entry(&folder.join("memory.stat"), "inactive_file").unwrap_or(0))
    });
    Some(MemoryLimit { total, available: used.map(|used| total.saturating_sub(used)) })
}

#[expect(clippy::cast_precision_loss, reason = "microseconds of a period")]
fn cpus(folder: &Path) -> Option<f64> {
    let text = fs::read_to_string(folder.join("cpu.max")).ok()?;
    let mut words = text.split_whitespace();
    let mut next = || words.next()?.parse::<u64>().ok().filter(|number| *number > 0);
    let (quota, period) = (next()?, next()?);
    Some(quota as f64 / period as f64)
}

#[expect(clippy::cast_precision_loss, reason = "exact for 285 years")]
fn seconds_used(folder: &Path) -> Option<f64> {
    entry(&folder.join("cpu.stat"), "usage_usec").map(|microseconds| microseconds as f64 / 1e6)
}

/// A file that is one number. `max` is none.
fn number(file: &Path) -> Option<u64> {
    fs::read_to_string(file).ok()?.trim().parse().ok()
}

/// The number behind a key, in a file with one of both on each line.
fn entry(file: &Path, key: &str) -> Option<u64> {
    let text = fs::read_to_string(file).ok()?;
    text.lines().filter_map(|line| line.split_once(' ')).find(|(name, _)| *name == key)?.1.trim().parse().ok()
}

#[cfg(test)]
mod tests;
