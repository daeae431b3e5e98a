use std::fs;

use tempfile::TempDir;

use super::*;

/// Files as the kernel has them, in a folder of the test's own.
struct Files(TempDir);

impl Files {
    /// A process in `group`.
    fn of(group: &str) -> Self {
        let files = Self(tempfile::tempdir().unwrap());
        fs::create_dir(files.mount()).unwrap();
        fs::write(files.0.path().join("membership"), format!("1:name=systemd:/else\n0::{group}\n")).unwrap();
        files
    }

    fn mount(&self) -> PathBuf {
        self.0.path().join("mount")
    }

    /// A file of a group; the root is the empty one.
    fn with(self, group: &str, file: &str, text: &str) -> Self {
        let folder = self.mount().join(group);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(file), text).unwrap();
        self
    }

    fn limits(&self) -> Limits {
        ControlGroups::new(self.0.path().join("membership"), self.mount()).limits()
    }

    fn memory(&self) -> Option<(u64, Option<u64>)> {
        self.limits().memory.map(|limit| (limit.total, limit.available))
    }
}

#[test]
fn a_limit_leaves_what_is_not_used_and_what_the_kernel_can_take_back() {
    let files = Files::of("/app").with("app", "memory.max", "1000\n").with("app", "memory.current", "700\n").with(
        "app",
        "memory.stat",
        "anon 300\nactive_file 50\ninactive_file 250\nslab 9\n",
    );
    assert_eq!(files.memory(), Some((1000, Some(550))));
}

#[test]
fn the_root_of_the_mount_counts_as_it_does_in_a_container() {
    let files = Files::of("/")
        .with("", "memory.max", "500\n")
        .with("", "memory.current", "100\n")
        .with("", "cpu.max", "150000 100000\n")
        .with("", "cpu.stat", "usage_usec 2500000\nuser_usec 1\n");
    let limits = files.limits();
    assert_eq!(limits.memory, Some(MemoryLimit { total: 500, available: Some(400) }));
    assert_eq!(limits.quota, Some(Quota { cpus: 1.5, used: Some(2.5), folder: files.mount() }));
}

#[test]
fn no_limit_is_no_limit() {
    let files = Files::of("/app").with("app", "memory.max", "max\n").with("app", "memory.current", "700\n").with(
        "app",
        "cpu.max",
        "max 100000\n",
    );
    assert_eq!(files.limits(), Limits::default());
    assert_eq!(Files::of("/gone").limits(), Limits::default());
    assert_eq!(ControlGroups::new("/nowhere/cgroup", "/nowhere/mount").limits(), Limits::default());
}

#[test]
fn the_tightest_limit_of_all_groups_above_holds() {
    let files = Files::of("/slice/pod/app")
        .with("slice/pod/app", "memory.max", "max")
        .with("slice/pod", "memory.max", "800")
        .with("slice/pod", "memory.current", "100")
        .with("slice", "memory.max", "2000")
        .with("slice", "memory.current", "1900")
        .with("slice/pod/app", "cpu.max", "400000 100000")
        .with("slice/pod/app", "cpu.stat", "usage_usec 1000000")
        .with("slice/pod", "cpu.max", "50000 100000")
        .with("slice/pod", "cpu.stat", "usage_usec 3000000")
        .with("slice", "cpu.max", "max 100000");
    // Other pods have used up what the slice has, though this pod is far from its own limit.
    assert_eq!(files.memory(), Some((800, Some(100))));
    let quota = files.limits().quota.unwrap();
    assert_eq!((quota.cpus, quota.used, quota.folder), (0.5, Some(3.0), files.mount().join("slice/pod")));
}

#[test]
fn of_equal_quotas_the_upper_one_counts_because_it_is_used_up_first() {
    let files =
        Files::of("/pod/app").with("pod/app", "cpu.max", "100000 100000").with("pod", "cpu.max", "200000 200000");
    assert_eq!(files.limits().quota.unwrap().folder, files.mount().join("pod"));
}

#[test]
fn torn_and_strange_files_are_no_limits() {
    for text in ["", "\n", "12x", "-5", "0", "99999999999999999999999", "1 2 3", "\u{0}"] {
        let files = Files::of("/app").with("app", "memory.max", text).with("app", "memory.current", "7");
        assert_eq!(files.memory(), None, "{text:?}");
    }
    for text in ["", "100000", "100000 ", "100000 0", "0 100000", "x 100000", "-1 100000", "max"] {
        let files = Files::of("/app").with("app", "cpu.max", text);
        assert_eq!(files.limits().quota, None, "{text:?}");
    }
    // The bytes of a file that is no text.
    let files = Files::of("/app").with("app", "memory.max", "5");
    fs::write(files.mount().join("app/memory.max"), [0xff, 0xfe]).unwrap();
    assert_eq!(files.memory(), None);
    fs::remove_file(files.mount().join("app/memory.max")).unwrap();
    fs::create_dir(files.mount().join("app/memory.max")).unwrap();
    assert_eq!(files.memory(), None);
}

#[test]
fn what_a_limit_is_measured_by_may_be_missing() {
    let files = Files::of("/app").with("app", "memory.max", "1000").with("app", "cpu.max", "1 2");
    assert_eq!(files.memory(), Some((1000, None)));
    assert_eq!(files.limits().quota.unwrap().used, None);
    let files = files.with("app", "memory.current", "garbage").with("app", "cpu.stat", "usage_usec\nusage_usec x");
    assert_eq!(files.memory(), Some((1000, None)));
    assert_eq!(files.limits().quota.unwrap().used, None);
    // Without the pages that can be taken back, all counts as used; more than all is all.
    let files = files.with("app", "memory.current", "400").with("app", "memory.stat", "anon 1\nunevictable\n");
    assert_eq!(files.memory(), Some((1000, Some(600))));
    assert_eq!(files.with("app", "memory.current", "4000").memory(), Some((1000, Some(0))));
}

#[test]
fn a_group_that_cannot_be_seen_leaves_the_root_and_nothing_outside_of_the_mount_is_read() {
    let files = Files::of("/../../outside").with("", "memory.max", "500").with("../outside", "memory.max", "5");
    assert_eq!(files.memory(), Some((500, None)));
    let files = Files::of("/docker/4f2a").with("", "memory.max", "500");
    assert_eq!(files.memory(), Some((500, None)), "the mount shows the container's own group as its root");
    fs::write(files.0.path().join("membership"), "4:memory:/app\n").unwrap();
    assert_eq!(files.memory(), Some((500, None)), "the process is in groups of version 1 alone");
}
