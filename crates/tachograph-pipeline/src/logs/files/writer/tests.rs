use std::fs;
use std::path::Path;
use std::sync::Mutex;

use super::super::counts::FileSet;
use super::super::settings::LogFiles;
use super::*;

fn writer(directory: &Path) -> (Writer, Arc<Counts>) {
    let settings = FilesSettings {
        directory: directory.to_owned(),
        source_name: "test",
        files: LogFiles::new(),
        queue_limit: 1 << 20,
    };
    let counts = Arc::new(Counts::default());
    (Writer::open(&settings, Arc::clone(&counts)).unwrap(), counts)
}

fn chunk(lines: &[(&str, &[LogFile])]) -> Chunk {
    let mut chunk = Chunk::default();
    for (line, files) in lines {
        chunk.push(files.iter().fold(FileSet::default(), |set, file| set.with(*file)), line.as_bytes());
    }
    chunk
}

/// What is logged while `work` runs.
fn logged(work: impl FnOnce()) -> String {
    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);
    impl io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    // While a process has one subscriber, `tracing` asks the thread that comes to a line first whether anybody wants it.
    let _second = tracing::Dispatch::new(tracing_subscriber::registry());
    let log = Log::default();
    let lines = log.clone();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || lines.clone()).finish();
    tracing::subscriber::with_default(subscriber, work);
    let text = log.0.lock().unwrap().clone();
    String::from_utf8(text).unwrap()
}

#[test]
fn each_file_gets_its_lines() {
    use LogFile::{Application, Errors, Performance, Security};
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, counts) = writer(folder.path());
    let lines: [(&str, &[LogFile]); 4] = [
        ("plain\n", &[Application]),
        ("slow\n", &[Application, Performance]),
        ("wrong\n", &[Application, Errors, Security]),
        ("plain\n", &[Application]),
    ];
    writer.write(&chunk(&lines), Instant::now());
    let read = |file: LogFile| fs::read_to_string(folder.path().join(file.name())).unwrap();
    assert_eq!(LogFile::ALL.map(read), ["plain\nslow\nwrong\nplain\n", "wrong\n", "slow\n", "wrong\n"]);
    assert_eq!(LogFile::ALL.map(|file| counts.written(file)), [4, 1, 1, 1]);
}

#[test]
fn a_directory_that_is_lost_is_said_once_tried_again_with_rests_and_said_when_it_works() {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().join("logs");
    let (mut writer, counts) = writer(&directory);
    let one = chunk(&[("line\n", &[LogFile::Application, LogFile::Errors])]);
    let start = Instant::now();
    let mut said = Vec::new();
    let mut at = |writer: &mut Writer, milliseconds: u64| {
        said.push(logged(|| writer.write(&one, start + Duration::from_millis(milliseconds))));
    };
    at(&mut writer, 0);
    fs::remove_dir_all(&directory).unwrap();
    fs::write(&directory, "in the way").unwrap();
    for milliseconds in [1, 2, 3] {
        at(&mut writer, milliseconds);
    }
    assert!(counts.health().last_error.unwrap().contains("logs/application.log: "));
    fs::remove_file(&directory).unwrap();
    // It rests for 100 ms, then for twice as long each time.
    at(&mut writer, 100);
    assert!(!directory.exists());
    at(&mut writer, 101);
    assert!(directory.exists());

    let health = counts.health();
    assert_eq!((health.written, health.io_error, health.last_error), (4, 8, None));
    assert_eq!(said.iter().filter(|text| !text.is_empty()).count(), 2, "{said:?}");
    assert!(said[1].contains("WARN tachograph::log_files") && said[1].contains("application.log"), "{said:?}");
    assert!(said[5].contains("INFO") && said[5].contains("lost=8"), "{said:?}");
}

#[test]
fn a_file_that_failed_is_tried_without_a_line_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, counts) = writer(folder.path());
    let path = folder.path().join("errors.log");
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    let start = Instant::now();
    writer.write(&chunk(&[("line\n", &[LogFile::Application, LogFile::Errors])]), start);
    let plain = chunk(&[("line\n", &[LogFile::Application])]);
    let mut error_at = |milliseconds| {
        writer.write(&plain, start + Duration::from_millis(milliseconds));
        counts.health().last_error.is_some()
    };
    assert!(error_at(1) && error_at(100));
    fs::remove_dir(&path).unwrap();
    assert!(error_at(299));
    assert!(!error_at(300));
    assert_eq!((counts.health().written, counts.health().io_error), (5, 1));
}

#[test]
fn rests_grow_to_five_seconds() {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().join("logs");
    let (mut writer, _) = writer(&directory);
    fs::remove_dir_all(&directory).unwrap();
    fs::write(&directory, "in the way").unwrap();
    let one = chunk(&[("line\n", &[LogFile::Application])]);
    let mut now = Instant::now();
    let mut rests = Vec::new();
    for _ in 0..8 {
        writer.write(&one, now);
        let until = writer.files[0].rests_until.unwrap();
        rests.push((until - now).as_millis());
        now = until;
    }
    assert_eq!(rests, [100, 200, 400, 800, 1600, 3200, 5000, 5000]);
}

#[test]
fn outages_that_come_and_go_are_said_at_most_every_half_minute() {
    let mut outage = Outage::default();
    let start = Instant::now();
    let mut lines = 0;
    for second in 0..60 {
        let text = logged(|| {
            outage.lost(1);
            outage.fails(LogFile::Errors, || "refused".to_owned());
            outage.say(start + Duration::from_secs(second));
            outage.works(LogFile::Errors);
            outage.say(start + Duration::from_secs(second));
        });
        lines += text.lines().count();
    }
    assert_eq!(lines, 4);
}

#[cfg(target_os = "linux")]
#[test]
fn one_file_that_fails_does_not_hold_up_the_others() {
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink("/dev/full", folder.path().join("application.log")).unwrap();
    let (mut writer, counts) = writer(folder.path());
    let said = logged(|| {
        for _ in 0..5 {
            writer.write(&chunk(&[("line\n", &[LogFile::Application, LogFile::Errors])]), Instant::now());
        }
    });
    assert_eq!(said.lines().count(), 1, "{said}");
    assert_eq!((counts.written(LogFile::Application), counts.written(LogFile::Errors)), (0, 5));
    assert_eq!(counts.dropped(LogFile::Application, DropReason::IoError), 5);
}
