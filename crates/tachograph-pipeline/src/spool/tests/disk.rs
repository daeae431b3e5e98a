//! Folders and files that go away or change under the spool. A disk that hangs cannot be made here: see `futures` for what a caller
//! sees of one.

use std::fs;

use super::super::error::Refused;
use super::*;

fn is_io(refused: &Refused, words: &str) -> bool {
    matches!(refused, Refused::Io(found) if found.contains(words))
}

#[test]
fn a_folder_that_cannot_be_made_is_an_error_that_names_it() {
    let outside = folder();
    let file = outside.path().join("file");
    fs::write(&file, "").unwrap();
    for path in [file.clone(), file.join("under")] {
        let error = Store::open(small(&path)).unwrap_err().to_string();
        assert!(error.contains(path.to_str().unwrap()), "{error}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_cannot_be_written_is_an_error_that_names_it() {
    // Nothing can be made there, not even by root.
    let error = Store::open(small(Path::new("/proc/self"))).unwrap_err().to_string();
    assert!(error.contains("/proc/self"), "{error}");
}

#[test]
fn a_removed_folder_is_made_again_and_what_was_in_it_is_lost() {
    let outside = folder();
    let path = outside.path().join("spool");
    let (mut store, _) = open(small(&path));
    store.append(0, 3, b"lost").unwrap();
    let lent = store.append(1, 2, b"lent").map(|_| store.next(1).unwrap()).unwrap();
    fs::remove_dir_all(&path).unwrap();

    assert!(store.next(0).is_none(), "it may come back");
    assert!(!store.state.working);
    assert_eq!(store.state.signals[0].failed, amount(0, 0));

    store.append(0, 1, b"new").unwrap();
    assert!(store.state.working);
    assert!(store.state.last_error.is_some());
    assert_eq!(store.state.signals[0].failed, amount(1, 3));
    assert_eq!(store.state.bytes, bytes_on_disk(&path));
    assert!(store.settle(lent.place), "it was sent all the same");
    assert_eq!(drain(&mut store, 0), [b"new"]);
    assert_law(&store.state);
    assert!(Store::open(small(&path)).is_err(), "locked again");
}

#[test]
fn a_folder_that_was_away_is_used_again_with_what_is_in_it() {
    let outside = folder();
    let (path, away) = (outside.path().join("spool"), outside.path().join("away"));
    let (mut store, _) = open(small(&path));
    store.append(0, 3, b"kept").unwrap();
    fs::rename(&path, &away).unwrap();
    fs::write(&path, "in its place").unwrap();

    for _ in 0..3 {
        let refused = store.append(0, 1, b"refused").unwrap_err();
        assert!(is_io(&refused, path.to_str().unwrap()), "{refused}");
        assert!(!store.state.working);
        assert!(store.next(0).is_none());
    }
    assert_eq!(store.state.spooled(), amount(1, 3));

    fs::remove_file(&path).unwrap();
    fs::rename(&away, &path).unwrap();
    store.append(0, 1, b"new").unwrap();
    assert!(store.state.working);
    assert_eq!(drain(&mut store, 0), [b"kept".as_slice(), b"new"]);
    assert_law(&store.state);
}

#[test]
fn a_removed_lock_is_taken_again_and_costs_nothing() {
    let folder = folder();
    let (mut store, _) = open(small(folder.path()));
    store.append(0, 3, b"kept").unwrap();
    fs::remove_file(folder.path().join("lock")).unwrap();
    assert_eq!(drain(&mut store, 0), [b"kept"]);
    assert!(Store::open(small(folder.path())).is_err());
}

#[test]
fn a_lock_that_somebody_else_took_ends_the_use_of_the_folder() {
    let folder = folder();
    let (mut first, _) = open(small(folder.path()));
    first.append(0, 3, b"kept").unwrap();
    fs::remove_file(folder.path().join("lock")).unwrap();
    let (mut second, _) = open(small(folder.path()));
    assert!(is_io(&first.append(0, 1, b"refused").unwrap_err(), "another process"));
    assert!(first.next(0).is_none());
    assert_eq!(drain(&mut second, 0), [b"kept"]);
}

#[test]
fn removed_segments_are_lost_and_others_go_on() {
    let folder = folder();
    let (mut store, _) = open(small(folder.path()));
    for items in 1..=9 {
        store.append(0, items, &[7; 200]).unwrap();
    }
    let paths = segments(folder.path());
    assert_eq!(paths.len(), 3);
    fs::remove_file(&paths[0]).unwrap();
    let lent = store.next(0).unwrap();
    assert_eq!(lent.items, 4);
    assert_eq!(store.state.signals[0].failed, amount(3, 6));

    // The one that is written: seen at once, or what is appended would be gone as well.
    fs::remove_file(&paths[2]).unwrap();
    store.append(0, 10, b"new").unwrap();
    assert_eq!(store.state.signals[0].failed, amount(6, 30));
    store.put_back(lent.place, lent.loan);
    assert_eq!(drain(&mut store, 0).len(), 4);
    assert_law(&store.state);
}

#[test]
fn a_segment_that_was_cut_is_not_made_longer_again() {
    let folder = folder();
    let (mut store, _) = open(small(folder.path()));
    store.append(0, 1, b"whole").unwrap();
    let (second, _) = store.append(0, 2, b"cut off").unwrap();
    let path = &segments(folder.path())[0];
    fs::OpenOptions::new().write(true).open(path).unwrap().set_len(second.offset).unwrap();
    let _whole = store.next(0).unwrap();
    assert!(store.next(0).is_none());
    assert_eq!(store.state.signals[0].corrupt, amount(1, 2));
    assert_eq!(fs::metadata(path).unwrap().len(), second.offset);
    assert_law(&store.state);
}

#[cfg(unix)]
#[test]
fn a_segment_that_cannot_be_opened_is_waited_for() {
    let folder = folder();
    let (mut store, _) = open(small(folder.path()));
    store.append(0, 1, b"kept").unwrap();
    let path = &segments(folder.path())[0];
    let away = path.with_extension("away");
    fs::rename(path, &away).unwrap();
    std::os::unix::fs::symlink(path, path).unwrap();
    assert!(store.next(0).is_none());
    assert!(!store.state.working);
    assert_eq!(store.state.spooled(), amount(1, 1));
    fs::rename(&away, path).unwrap();
    assert_eq!(drain(&mut store, 0), [b"kept"]);
    assert_law(&store.state);
}

#[cfg(unix)]
#[test]
fn a_segment_that_is_opened_and_cannot_be_read_is_lost() {
    let folder = folder();
    let (mut store, _) = open(small(folder.path()));
    store.append(0, 1, b"lost").unwrap();
    store.append(1, 2, b"lost as well").unwrap();
    let path = &segments(folder.path())[0];
    // A folder can be opened as a file, and not be read.
    fs::remove_file(path).unwrap();
    fs::create_dir(path).unwrap();
    assert!(store.next(0).is_none());
    assert!(store.next(1).is_none());
    assert_eq!((store.state.signals[0].failed, store.state.signals[1].failed), (amount(1, 1), amount(1, 2)));
    assert_law(&store.state);
}

#[test]
fn a_segment_that_cannot_be_removed_is_removed_later() {
    let folder = folder();
    let (mut store, _) = open(small(folder.path()));
    store.append(0, 1, b"one").unwrap();
    let path = &segments(folder.path())[0];
    let lent = store.next(0).unwrap();
    // A folder in its place cannot be removed as a file.
    fs::remove_file(path).unwrap();
    fs::create_dir(path).unwrap();
    store.settle(lent.place);
    assert!(!store.state.working);
    assert!(store.state.bytes > 0, "it still takes room");
    fs::remove_dir(path).unwrap();
    fs::write(path, "").unwrap();
    store.append(0, 1, b"two").unwrap();
    assert!(!path.exists());
    assert_eq!(store.state.bytes, bytes_on_disk(folder.path()));
}

#[test]
fn a_lock_held_in_the_same_process_names_the_process() {
    let folder = folder();
    let _first = open(small(folder.path()));
    let error = Store::open(small(folder.path())).unwrap_err().to_string();
    assert!(error.contains(&format!("in use by process {}", std::process::id())), "{error}");
    assert!(error.contains(folder.path().to_str().unwrap()), "{error}");
}
