//! With the thread that writes, and threads that log.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use super::counts::FileSet;
use super::*;

const LONG: Duration = Duration::from_secs(60);

fn start(directory: &Path, files: LogFiles, queue_limit: usize) -> FileLog {
    FileLog::start(&FilesSettings { directory: directory.to_owned(), source_name: "test", files, queue_limit }).unwrap()
}

fn application() -> FileSet {
    FileSet::default().with(LogFile::Application)
}

/// `threads` log `bytes` together. Checks that every line is in the files, whole, once and in the order of its thread, or counted.
#[expect(clippy::print_stdout, reason = "the numbers of the run at full size")]
fn log_and_check(threads: usize, bytes: usize, max_bytes: u64, backups: u32, queue_limit: usize) {
    let folder = tempfile::tempdir().unwrap();
    let files = LogFiles::new().with_rotation(LogFile::Application, max_bytes, backups);
    let log = start(folder.path(), files, queue_limit);
    let offered: u64 = thread::scope(|scope| {
        let threads: Vec<_> = (0..threads)
            .map(|number| {
                let queue = &log.queue;
                scope.spawn(move || {
                    let (mut lines, mut made) = (0_u64, 0);
                    while made < bytes / threads {
                        let filling = "x".repeat(40 + usize::try_from(lines * 7 % 200).unwrap());
                        let line = format!("[{number}:{lines}:{filling}]\n");
                        queue.offer(application(), line.as_bytes());
                        made += line.len();
                        lines += 1;
                    }
                    lines
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert!(log.stop(LONG));
    let counts = log.counts();
    let (written, dropped) = (counts.written(LogFile::Application), counts.health().queue_full);
    assert_eq!(written + dropped, offered);
    assert_eq!(counts.health().dropped(), dropped);

    let mut names: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("application"))
        .collect();
    names.sort_by_key(|name| {
        std::cmp::Reverse(name.strip_prefix("application.log.").map_or(0, |it| it.parse().unwrap()))
    });
    let (mut last, mut found) = (HashMap::new(), 0);
    for name in &names {
        let text = fs::read_to_string(folder.path().join(name)).unwrap();
        assert!(text.len() as u64 <= max_bytes && text.ends_with('\n'), "{name}: {}", text.len());
        for line in text.lines() {
            let whole =
                line.strip_prefix('[').and_then(|line| line.strip_suffix(']')).unwrap_or_else(|| panic!("{line}"));
            let parts: Vec<_> = whole.split(':').collect();
            let [number, index, filling] = parts[..] else { panic!("{line}") };
            let index: u64 = index.parse().unwrap();
            assert_eq!(filling.len() as u64, 40 + index * 7 % 200, "{line}");
            assert!(last.insert(number.to_owned(), index).is_none_or(|before| before < index), "{line}");
            found += 1;
        }
    }
    let all_kept = u64::from(backups) * max_bytes > bytes as u64;
    match all_kept {
        true => assert_eq!(found, written),
        false => assert_eq!(names.len(), 1 + usize::try_from(backups).unwrap(), "{names:?}"),
    }
    println!("{offered} lines offered, {written} written, {dropped} dropped, {} files", names.len());
}

#[test]
fn eight_threads_lose_no_line_when_all_is_kept() {
    log_and_check(8, 4 << 20, 100_000, 1000, 16 << 20);
}

#[test]
fn eight_threads_leave_the_exact_number_of_backups_and_account_for_every_line() {
    log_and_check(8, 4 << 20, 20_000, 5, 256 * 1024);
}

#[test]
#[ignore = "100 MB, with the real sizes"]
fn a_hundred_megabytes_of_eight_threads() {
    log_and_check(8, 100_000_000, 10 << 20, 5, 8 << 20);
    log_and_check(8, 100_000_000, 10 << 20, 5, 256 << 20);
    log_and_check(8, 100_000_000, 1 << 20, 1000, 256 << 20);
}

/// A file that blocks whoever writes to it, until it is dropped.
#[cfg(unix)]
fn blocking_file(path: &Path) -> fs::File {
    assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
    fs::File::options().read(true).write(true).open(path).unwrap()
}

#[cfg(unix)]
#[test]
fn a_disk_that_hangs_blocks_nobody_who_logs_and_no_shutdown() {
    let folder = tempfile::tempdir().unwrap();
    let mut held = blocking_file(&folder.path().join("application.log"));
    let log = start(folder.path(), LogFiles::new(), 256 * 1024);
    let line = format!("{}\n", "x".repeat(999));
    let (offered, start) = (2000, Instant::now());
    for _ in 0..offered {
        log.queue.offer(application(), line.as_bytes());
    }
    assert!(start.elapsed() < LONG / 4, "{:?}", start.elapsed());
    let full = log.counts().dropped(LogFile::Application, DropReason::QueueFull);
    // The queue holds 258 of them, and the pipe 64 KiB.
    assert!((1670..=1742).contains(&full), "{full}");
    assert!(!log.flush(Duration::from_millis(5)));
    assert!(!log.stop(Duration::from_millis(5)));
    log.queue.offer(application(), line.as_bytes());
    assert_eq!(log.counts().dropped(LogFile::Application, DropReason::ShutDown), 1);

    // Once it takes bytes again, what was queued is written, and the thread ends.
    let queued = usize::try_from(offered - full).unwrap() * line.len();
    let mut read = vec![0; queued];
    io::Read::read_exact(&mut held, &mut read).unwrap();
    assert!(read.chunks(line.len()).all(|chunk| chunk == line.as_bytes()));
    assert!(log.stop(LONG));
    assert_eq!(log.counts().written(LogFile::Application) + full, offered);
}

#[test]
fn a_handle_that_is_dropped_ends_the_thread_after_the_last_line() {
    let folder = tempfile::tempdir().unwrap();
    let log = start(folder.path(), LogFiles::new(), 256 * 1024);
    let (queue, counts) = (Arc::clone(&log.queue), Arc::clone(log.counts()));
    queue.offer(application(), b"last\n");
    drop(log);
    queue.offer(application(), b"too late\n");
    assert_eq!(counts.dropped(LogFile::Application, DropReason::ShutDown), 1);
    assert!(queue.stop(LONG));
    assert_eq!(fs::read_to_string(folder.path().join("application.log")).unwrap(), "last\n");
}
