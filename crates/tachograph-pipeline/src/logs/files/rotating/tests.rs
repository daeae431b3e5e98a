use std::fs;

use tempfile::TempDir;

use super::*;

fn file(folder: &TempDir, max_bytes: u64, backups: u32) -> RotatingFile {
    RotatingFile::new(folder.path().join("logs/app.log"), Rotation { max_bytes, backups })
}

fn append(file: &mut RotatingFile, lines: &[&str]) {
    let appended = try_append(file, lines);
    assert!(appended.error.is_none(), "{appended:?}");
    assert_eq!(appended.lines, lines.len());
}

fn try_append(file: &mut RotatingFile, lines: &[&str]) -> Appended {
    let (mut bytes, mut ends) = (Vec::new(), Vec::new());
    for line in lines {
        bytes.extend_from_slice(line.as_bytes());
        bytes.push(b'\n');
        ends.push(bytes.len());
    }
    file.append(&bytes, &ends)
}

/// Each file that there is, by its name behind `app.log`, and what is in it.
fn files(folder: &TempDir) -> Vec<(String, String)> {
    let entries = fs::read_dir(folder.path().join("logs")).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().strip_prefix("app.log").unwrap().to_owned();
            (name, fs::read_to_string(path).unwrap().replace('\n', "|"))
        })
        .collect();
    files.sort();
    files
}

fn expect(folder: &TempDir, expected: &[(&str, &str)]) {
    let expected: Vec<_> = expected.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    assert_eq!(files(folder), expected);
}

#[test]
fn it_rotates_before_the_line_that_is_too_much_and_drops_the_oldest() {
    let folder = tempfile::tempdir().unwrap();
    let mut file = file(&folder, 6, 2);
    append(&mut file, &["aa", "bb"]);
    expect(&folder, &[("", "aa|bb|")]);
    append(&mut file, &["cc", "d", "ee", "ff"]);
    expect(&folder, &[("", "ee|ff|"), (".1", "cc|d|"), (".2", "aa|bb|")]);
    append(&mut file, &["gg"]);
    expect(&folder, &[("", "gg|"), (".1", "ee|ff|"), (".2", "cc|d|")]);
}

#[test]
fn a_line_that_is_larger_than_a_file_has_one_to_itself() {
    let folder = tempfile::tempdir().unwrap();
    let mut file = file(&folder, 4, 9);
    append(&mut file, &["long line", "a", "another", "b", "c"]);
    expect(&folder, &[("", "b|c|"), (".1", "another|"), (".2", "a|"), (".3", "long line|")]);
}

#[test]
fn a_restart_appends_and_counts_what_is_there() {
    let folder = tempfile::tempdir().unwrap();
    append(&mut file(&folder, 6, 2), &["aa"]);
    append(&mut file(&folder, 6, 2), &["bb"]);
    expect(&folder, &[("", "aa|bb|")]);
    append(&mut file(&folder, 6, 2), &["c"]);
    expect(&folder, &[("", "c|"), (".1", "aa|bb|")]);
}

#[test]
fn a_line_that_was_torn_by_a_crash_is_ended_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    append(&mut file(&folder, 100, 2), &["aa"]);
    let path = folder.path().join("logs/app.log");
    fs::write(&path, "aa\nto").unwrap();
    append(&mut file(&folder, 9, 2), &["bb"]);
    expect(&folder, &[("", "aa|to|bb|")]);
    fs::write(&path, "aa\nto").unwrap();
    append(&mut file(&folder, 8, 2), &["bb"]);
    expect(&folder, &[("", "bb|"), (".1", "aa|to|")]);
}

#[test]
fn what_is_deleted_is_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut file = file(&folder, 100, 2);
    append(&mut file, &["a"]);
    fs::remove_file(folder.path().join("logs/app.log")).unwrap();
    append(&mut file, &["b"]);
    expect(&folder, &[("", "b|")]);
    fs::remove_dir_all(folder.path().join("logs")).unwrap();
    append(&mut file, &["c"]);
    expect(&folder, &[("", "c|")]);
}

#[test]
fn a_file_that_others_moved_is_left_and_a_new_one_begun() {
    let folder = tempfile::tempdir().unwrap();
    let mut file = file(&folder, 6, 2);
    let path = folder.path().join("logs/app.log");
    append(&mut file, &["aa", "b"]);
    fs::rename(&path, folder.path().join("logs/app.log-moved")).unwrap();
    append(&mut file, &["cc", "dd"]);
    expect(&folder, &[("", "cc|dd|"), ("-moved", "aa|b|")]);
    // The other way of `logrotate`: a new file is there already.
    fs::rename(&path, folder.path().join("logs/app.log-moved")).unwrap();
    fs::write(&path, "ee\n").unwrap();
    append(&mut file, &["ff"]);
    expect(&folder, &[("", "ee|ff|"), ("-moved", "cc|dd|")]);
}

#[test]
fn a_file_that_others_truncated_goes_on_at_its_start() {
    let folder = tempfile::tempdir().unwrap();
    let mut file = file(&folder, 6, 2);
    append(&mut file, &["aa", "b"]);
    fs::write(folder.path().join("logs/app.log"), "").unwrap();
    append(&mut file, &["cc", "dd"]);
    expect(&folder, &[("", "cc|dd|")]);
}

#[test]
fn a_gap_among_the_backups_is_closed_and_loses_none() {
    let folder = tempfile::tempdir().unwrap();
    let mut file = file(&folder, 2, 3);
    append(&mut file, &["a", "b", "c", "d"]);
    fs::remove_file(folder.path().join("logs/app.log.2")).unwrap();
    append(&mut file, &["e"]);
    expect(&folder, &[("", "e|"), (".1", "d|"), (".2", "c|"), (".3", "a|")]);
}

#[test]
fn backups_beyond_the_number_are_removed_and_none_may_be_kept() {
    let folder = tempfile::tempdir().unwrap();
    append(&mut file(&folder, 2, 4), &["a", "b", "c", "d", "e"]);
    append(&mut file(&folder, 2, 2), &["f"]);
    expect(&folder, &[("", "f|"), (".1", "e|"), (".2", "d|")]);
    let folder = tempfile::tempdir().unwrap();
    append(&mut file(&folder, 4, 0), &["a", "b", "c"]);
    expect(&folder, &[("", "c|")]);
}

#[test]
fn a_rotation_that_fails_is_an_error_and_nothing_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let mut file = file(&folder, 2, 1);
    append(&mut file, &["a"]);
    let obstacle = folder.path().join("logs/app.log.1");
    fs::create_dir_all(obstacle.join("not empty")).unwrap();
    let appended = try_append(&mut file, &["b"]);
    assert!(appended.error.is_some() && appended.lines == 0, "{appended:?}");
    fs::remove_dir_all(obstacle).unwrap();
    append(&mut file, &["c"]);
    expect(&folder, &[("", "c|"), (".1", "a|")]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error_and_not_rotated() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("logs/app.log");
    fs::create_dir(folder.path().join("logs")).unwrap();
    std::os::unix::fs::symlink("/dev/full", &path).unwrap();
    let mut file = file(&folder, 2, 1);
    let appended = try_append(&mut file, &["a", "b"]);
    assert_eq!(appended.error.unwrap().kind(), ErrorKind::StorageFull);
    fs::remove_file(&path).unwrap();
    append(&mut file, &["c"]);
    expect(&folder, &[("", "c|")]);
}

/// Takes some bytes, after interruptions, and then no more.
struct Full(usize, bool);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.1 = !self.1;
        if self.1 {
            return Err(ErrorKind::Interrupted.into());
        }
        let taken = bytes.len().min(self.0).min(3);
        self.0 -= taken;
        if taken == 0 { Err(ErrorKind::StorageFull.into()) } else { Ok(taken) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn writing_says_how_far_it_came() {
    let (written, result) = write_all(&mut Full(7, false), b"aa\nbb\ncc\n");
    assert_eq!((written, result.unwrap_err().kind()), (7, ErrorKind::StorageFull));
    assert!(matches!(write_all(&mut Full(9, false), b"aa\nbb\ncc\n"), (9, Ok(()))));
}

#[test]
fn a_torn_line_is_cut_off_unless_others_wrote_behind_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("logs/app.log");
    let mut file = file(&folder, 100, 1);
    append(&mut file, &["aa"]);
    let open = file.open.as_mut().unwrap();
    open.file.write_all(b"bbb").unwrap();
    open.size += 3;
    file.give_up(3);
    expect(&folder, &[("", "aa|")]);

    append(&mut file, &["cc"]);
    let open = file.open.as_mut().unwrap();
    open.file.write_all(b"ddd").unwrap();
    open.size += 3;
    fs::write(&path, "aa\ncc\ndddothers\n").unwrap();
    file.give_up(3);
    append(&mut file, &["ee"]);
    expect(&folder, &[("", "aa|cc|dddothers|ee|")]);
}
