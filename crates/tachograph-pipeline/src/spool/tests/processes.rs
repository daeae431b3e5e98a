//! Two processes on one folder, one that is killed, and one whose disk is full. The children are this test binary again, with
//! [`child`] as its only test.

use std::env;
use std::io::{self, BufRead, BufReader, Lines, Read, Write};
use std::process::{Child, ChildStdout, Command, Stdio};

use bytes::Bytes;
use futures_executor::block_on;

use super::super::error::Refused;
use super::*;
use crate::settings::Signal::{Logs, Traces};

const TASK: &str = "SPOOL_TEST_CHILD";
const FOLDER: &str = "SPOOL_TEST_FOLDER";
/// Before what is said to the parent, because the test runner writes to the same place.
const MARK: &str = "spool-child: ";

#[test]
#[ignore = "runs as the child of other tests"]
fn child() {
    let (Ok(task), Ok(folder)) = (env::var(TASK), env::var(FOLDER)) else { return };
    let folder = Path::new(&folder);
    match task.as_str() {
        "hold" => hold(folder),
        "try" => say(&Spool::open(small(folder)).unwrap_err().to_string()),
        "append" => append_for_ever(folder),
        "short files" => short_files(folder),
        "full disk" => full_disk(folder),
        _ => panic!("{task}"),
    }
}

fn say(words: &str) {
    writeln!(io::stdout(), "\n{MARK}{words}").unwrap();
}

/// What is run is `before`, with the test binary and its arguments behind it.
fn start(before: &[&str], task: &str, folder: &Path) -> (Running, Said) {
    let binary = env::current_exe().unwrap();
    let mut words = before.iter().map(Into::into).chain([binary.into_os_string()]);
    let mut command = Command::new(words.next().unwrap());
    command.args(words).args(["--exact", "spool::tests::processes::child", "--ignored", "--nocapture"]);
    command.env(TASK, task).env(FOLDER, folder).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let said = Said(BufReader::new(child.stdout.take().unwrap()).lines());
    (Running(child), said)
}

struct Running(Child);

impl Running {
    /// What it wrote to its standard error, if it failed.
    fn failure(&mut self) -> Option<String> {
        let mut text = String::new();
        self.0.stderr.take().unwrap().read_to_string(&mut text).unwrap();
        (!self.0.wait().unwrap().success()).then_some(text)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

struct Said(Lines<BufReader<ChildStdout>>);

impl Iterator for Said {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        self.0.by_ref().map_while(Result::ok).find_map(|line| line.strip_prefix(MARK).map(str::to_owned))
    }
}

fn hold(folder: &Path) {
    let (_spool, _) = spool(small(folder));
    say("open");
    let _ = io::stdin().read(&mut [0]);
}

#[test]
fn a_second_process_is_told_who_has_the_folder() {
    let folder = folder();
    let (_spool, _) = spool(small(folder.path()));
    let (_child, mut said) = start(&[], "try", folder.path());
    let words = said.next().unwrap();
    assert!(words.contains(&format!("in use by process {}", std::process::id())), "{words}");
    assert!(words.contains(folder.path().to_str().unwrap()), "{words}");
}

#[test]
fn the_folder_of_a_killed_process_is_free() {
    let folder = folder();
    let (mut child, mut said) = start(&[], "hold", folder.path());
    assert_eq!(said.next().unwrap(), "open");
    let error = Spool::open(small(folder.path())).unwrap_err().to_string();
    assert!(error.contains(&format!("in use by process {}", child.0.id())), "{error}");
    child.0.kill().unwrap();
    child.0.wait().unwrap();
    spool(small(folder.path()));
}

/// Says each request that is kept, and each that is settled. Every third is settled; the last of these stays lent until the next one is.
fn append_for_ever(folder: &Path) {
    let (spool, _) = spool(SpoolSettings { segment_bytes: 8000, fsync: Fsync::Never, ..SpoolSettings::new(folder) });
    for number in 0_u64.. {
        let mut body = number.to_le_bytes().to_vec();
        body.resize(8 + number as usize % 700, number as u8);
        block_on(spool.append(Traces, number, Bytes::from(body))).unwrap();
        say(&format!("kept {number}"));
        if number % 3 == 2 {
            let lent = block_on(spool.next(Traces)).unwrap();
            assert!(block_on(spool.settle(lent.id)));
            say(&format!("settled {}", lent.items));
        }
    }
}

#[test]
fn what_a_killed_process_was_told_is_kept_is_found_and_what_was_settled_is_not() {
    for killed_after in [1, 50, 777] {
        let folder = folder();
        let (mut child, mut said) = start(&[], "append", folder.path());
        let mut lines: Vec<_> = said.by_ref().take(killed_after).collect();
        child.0.kill().unwrap();
        child.0.wait().unwrap();
        lines.extend(said);
        let count = |word: &str| lines.iter().filter(|line| line.starts_with(word)).count() as u64;
        let (kept, settled) = (count("kept"), count("settled"));
        assert!(lines.len() >= killed_after);

        let (mut store, found) = open(small(folder.path()));
        assert_eq!((found.corrupt_bytes, found.left_alone_count), (0, 0));
        let mut numbers = Vec::new();
        while let Some(lent) = store.next(0) {
            let number = u64::from_le_bytes(lent.body[..8].try_into().unwrap());
            assert_eq!((lent.items, lent.body.len()), (number, 8 + number as usize % 700));
            assert!(lent.body[8..].iter().all(|byte| *byte == number as u8));
            numbers.push(number);
        }
        // One more of each may have been done and not said.
        let (first, last) =
            (numbers.first().copied().unwrap_or(settled), numbers.last().map_or(settled, |last| last + 1));
        assert!((settled..=settled + 1).contains(&first), "settled {settled}, found from {first}");
        assert!((kept..=kept + 1).contains(&last), "kept {kept}, found to {last}");
        assert_eq!(numbers, (first..last).collect::<Vec<_>>());
        assert_law(&store.state);
    }
}

/// No file may be longer than 64 KiB.
fn short_files(folder: &Path) {
    let (spool, _) = spool(SpoolSettings::new(folder));
    let append = |length| block_on(spool.append(Logs, 1, Bytes::from(vec![1; length])));
    assert!(append(40_000).is_ok());
    assert!(append(40_000).is_ok(), "in a segment of its own");
    assert_eq!(segments(folder).len(), 2);
    for _ in 0..3 {
        let refused = append(100_000).unwrap_err();
        assert!(matches!(&refused, Refused::Io(words) if words.contains("cannot append to")), "{refused}");
        assert!(!spool.state().working);
        assert_eq!(segments(folder).len(), 2, "nothing is left of what was refused");
    }
    assert!(append(1000).is_ok());
    let state = spool.state();
    assert!(state.working);
    assert_eq!((state.of(Logs).refused_failed, state.of(Logs).spooled), (amount(3, 3), amount(3, 3)));
    assert_eq!(state.bytes, bytes_on_disk(folder));
    assert_law(&state);
    assert!(spool.close(LONG));
    let (_, found) = open(SpoolSettings::new(folder));
    assert_eq!((found.of(Logs), found.corrupt_bytes, found.torn_bytes), (amount(3, 3), 0, 0));
    say("as it should be");
}

/// The limit is the kernel's, for each file, and needs no privileges: a write is cut short by it, and the next one fails.
#[cfg(target_os = "linux")]
#[test]
fn a_file_that_may_not_grow_refuses_and_another_one_is_begun() {
    let folder = folder();
    let limited = ["sh", "-c", "trap '' XFSZ; ulimit -f 128; exec \"$@\"", "sh"];
    let (mut child, mut said) = start(&limited, "short files", folder.path());
    let words = said.next();
    assert_eq!(words.as_deref(), Some("as it should be"), "{:?}", child.failure());
}

/// The folder is on a file system of 256 KiB.
fn full_disk(folder: &Path) {
    let (spool, _) = spool(SpoolSettings { segment_bytes: 30_000, ..SpoolSettings::new(folder.join("spool")) });
    let append = || block_on(spool.append(Logs, 1, Bytes::from(vec![1; 10_000])));
    let mut kept = 0;
    let refused = loop {
        match append() {
            Ok(_) => kept += 1,
            Err(refused) => break refused,
        }
    };
    assert!(refused.to_string().contains("No space left on device"), "{refused}");
    assert!(!spool.state().working);
    assert!(append().is_err());
    // Settling needs no room.
    for _ in 0..3 {
        let lent = block_on(spool.next(Logs)).unwrap();
        assert!(block_on(spool.settle(lent.id)));
    }
    append().unwrap();
    let state = spool.state();
    assert!(state.working);
    assert_eq!((state.of(Logs).refused_failed, state.of(Logs).spooled), (amount(2, 2), amount(kept - 2, kept - 2)));
    assert_eq!(state.bytes, bytes_on_disk(&folder.join("spool")));
    assert_law(&state);
    assert!(spool.close(LONG));
    let (_, found) = open(SpoolSettings::new(folder.join("spool")));
    assert_eq!((found.of(Logs), found.corrupt_bytes), (amount(kept - 2, kept - 2), 0));
    say("as it should be");
}

/// With a mount of its own where that is allowed. Elsewhere only the limit above stands for a full disk.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_refuses_and_is_used_again_when_there_is_room() {
    let folder = folder();
    let mount = "mount -t tmpfs -o size=256k tmpfs \"$SPOOL_TEST_FOLDER\" || exit 0; exec \"$@\"";
    let unshared = ["unshare", "--mount", "--map-root-user", "sh", "-c", mount, "sh"];
    let may =
        Command::new("unshare").args(["--mount", "--map-root-user", "sh", "-c", "mount -t tmpfs tmpfs /mnt"]).output();
    if !may.is_ok_and(|output| output.status.success()) {
        let _ = writeln!(io::stderr(), "skipped: mounts are not allowed here");
        return;
    }
    let (mut child, mut said) = start(&unshared, "full disk", folder.path());
    let words = said.next();
    assert_eq!(words.as_deref(), Some("as it should be"), "{:?}", child.failure());
}
