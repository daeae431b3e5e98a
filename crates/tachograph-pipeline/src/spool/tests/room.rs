//! How much is kept, and what goes.

use super::super::error::Refused;
use super::super::record::MOST_BODY;
use super::super::settings::WhenFull;
use super::*;

const BODY: [u8; 100] = [7; 100];

fn full(folder: &Path, when_full: WhenFull) -> Store {
    let (mut store, _) = open(SpoolSettings { max_bytes: 2000, when_full, ..small(folder) });
    for kind in [0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1] {
        store.append(kind, 10, &BODY).unwrap();
    }
    store
}

#[test]
fn a_full_spool_refuses_and_keeps_what_it_has() {
    let folder = folder();
    let mut store = full(folder.path(), WhenFull::KeepOldest);
    let refused = store.append(0, 1, &BODY).unwrap_err();
    let words = refused.to_string();
    assert!(matches!(refused, Refused::Full { max_bytes: 2000, requests: 14, .. }), "{words}");
    assert!(bytes_on_disk(folder.path()) <= 2000);
    assert_eq!(store.state.bytes, bytes_on_disk(folder.path()));
    assert_law(&store.state);

    // Room comes back with the oldest segment.
    for kind in [0, 1, 2, 0, 1] {
        let lent = store.next(kind).unwrap();
        store.settle(lent.place);
    }
    store.append(0, 1, &BODY).unwrap();
    assert_law(&store.state);
}

#[test]
fn the_oldest_segment_goes_for_what_is_new() {
    let folder = folder();
    let mut store = full(folder.path(), WhenFull::DropOldest);
    let (_, evicted) = store.append(2, 10, &BODY).unwrap();
    assert_eq!(evicted, [amount(2, 20), amount(2, 20), amount(1, 10)]);
    assert_eq!(store.state.signals.map(|signal| signal.evicted), evicted);
    assert_eq!(store.state.bytes, bytes_on_disk(folder.path()));
    assert!(store.state.bytes <= 2000);
    assert_law(&store.state);
}

#[test]
fn what_cannot_be_removed_does_not_go_for_what_is_new() {
    let folder = folder();
    let mut store = full(folder.path(), WhenFull::DropOldest);
    let oldest = &segments(folder.path())[0];
    // A folder in its place cannot be removed as a file.
    fs::remove_file(oldest).unwrap();
    fs::create_dir(oldest).unwrap();
    let refused = store.append(2, 10, &BODY).unwrap_err();
    assert!(matches!(&refused, Refused::Io(words) if words.contains(oldest.to_str().unwrap())), "{refused}");
    assert_eq!(store.state.spooled(), amount(14, 140));
    fs::remove_dir(oldest).unwrap();
    let (_, evicted) = store.append(2, 10, &BODY).unwrap();
    assert_eq!(evicted, [amount(2, 20), amount(2, 20), amount(1, 10)]);
    assert_law(&store.state);
}

#[test]
fn what_is_lent_stays_in_the_books_when_its_segment_goes() {
    let folder = folder();
    let mut store = full(folder.path(), WhenFull::DropOldest);
    let (sent, kept) = (store.next(0).unwrap(), store.next(0).unwrap());
    let (_, evicted) = store.append(2, 10, &BODY).unwrap();
    assert_eq!(evicted, [amount(0, 0), amount(2, 20), amount(1, 10)]);
    assert_eq!(store.state.signals[0].spooled, amount(5, 50));

    assert!(store.settle(sent.place));
    assert!(!store.settle(sent.place), "it is out of the books");
    store.put_back(kept.place, kept.loan + 1);
    assert_eq!(store.state.signals[0].spooled, amount(4, 40), "put back by somebody else");
    store.put_back(kept.place, kept.loan);
    assert_eq!(store.state.signals[0].spooled, amount(3, 30));
    assert_eq!(store.state.signals[0].evicted, amount(1, 10));
    assert_law(&store.state);
}

#[test]
fn what_is_lent_when_all_ends_and_has_no_file_is_lost() {
    let folder = folder();
    let mut store = full(folder.path(), WhenFull::DropOldest);
    store.next(0).unwrap();
    store.append(2, 10, &BODY).unwrap();
    store.close();
    assert_eq!(store.state.signals[0].evicted, amount(2, 20));
    assert_law(&store.state);
}

#[test]
fn what_can_never_fit_is_refused_and_nothing_goes_for_it() {
    let folder = folder();
    let mut store = full(folder.path(), WhenFull::DropOldest);
    let refused = store.append(0, 1, &[0; 1945]).unwrap_err();
    assert_eq!(refused, Refused::TooLarge { bytes: 1945, most: 1944 });
    assert_eq!(store.state.spooled(), amount(14, 140));
    store.append(0, 1, &[0; 1944]).unwrap();
    assert_eq!(store.state.spooled(), amount(1, 1));
    assert_eq!(bytes_on_disk(folder.path()), 2000);

    let (mut store, _) = open(small(super::folder().path()));
    let refused = store.append(0, 1, &vec![0; MOST_BODY + 1]).unwrap_err();
    assert!(matches!(refused, Refused::TooLarge { .. }));
}

#[test]
fn a_body_as_long_as_they_may_be_is_kept() {
    let folder = folder();
    let body = vec![3; MOST_BODY];
    let (mut store, _) = open(small(folder.path()));
    store.append(0, 1, &body).unwrap();
    drop(store);
    let (mut store, _) = open(small(folder.path()));
    assert_eq!(drain(&mut store, 0), [body]);
}

#[test]
fn an_empty_spool_has_no_segments() {
    let folder = folder();
    let (mut store, _) = open(small(folder.path()));
    for _ in 0..3 {
        store.append(0, 1, b"one").unwrap();
        assert_eq!(segments(folder.path()).len(), 1);
        drain(&mut store, 0);
        assert!(segments(folder.path()).is_empty());
        assert_eq!(store.state.bytes, 0);
    }
}
