//! Files that were cut, damaged, or never ours.

use std::fs;
use std::path::{Path, PathBuf};

use super::super::record::{Header, RECORD_HEADER, SEGMENT_HEADER};
use super::*;

const BODIES: [&[u8]; 4] = [b"first", b"second, a longer one", b"", b"the last of them"];

/// One segment with four records of kind 1, with 1 to 4 items.
fn four_records(folder: &Path) -> (PathBuf, Vec<u8>) {
    let (mut store, _) = open(small(folder));
    for (items, body) in (1..).zip(BODIES) {
        store.append(1, items, body).unwrap();
    }
    drop(store);
    let path = segments(folder).remove(0);
    let bytes = fs::read(&path).unwrap();
    (path, bytes)
}

fn size(body: &[u8]) -> usize {
    RECORD_HEADER + body.len()
}

#[test]
fn a_record_that_was_not_finished_is_left_out_at_each_length() {
    let folder = folder();
    let (path, bytes) = four_records(folder.path());
    let begin = bytes.len() - size(BODIES[3]);
    for length in begin..bytes.len() {
        fs::write(&path, &bytes[..length]).unwrap();
        let (store, found) = open(small(folder.path()));
        assert_eq!(found.signals[1], amount(3, 6), "cut at {length}");
        assert_eq!((found.corrupt_bytes, found.torn_bytes), (0, (length - begin) as u64), "cut at {length}");
        assert_law(&store.state);
    }
}

#[test]
fn space_that_was_never_written_is_no_damage() {
    let folder = folder();
    let (path, mut bytes) = four_records(folder.path());
    bytes.extend([0; 100_000]);
    fs::write(&path, &bytes).unwrap();
    let (_, found) = open(small(folder.path()));
    assert_eq!((found.signals[1], found.corrupt_bytes, found.torn_bytes), (amount(4, 10), 0, 100_000));
}

#[test]
fn a_header_that_was_not_finished_leaves_no_file() {
    let folder = folder();
    let (path, bytes) = four_records(folder.path());
    for length in 0..SEGMENT_HEADER {
        fs::write(&path, &bytes[..length]).unwrap();
        let (store, found) = open(small(folder.path()));
        assert_eq!((found.signals[1], found.torn_bytes), (amount(0, 0), length as u64));
        assert_eq!((found.left_alone_count, store.state.bytes), (0, 0));
        assert!(!path.exists());
    }
}

#[test]
fn damage_at_each_byte_costs_the_record_it_touches_and_no_other() {
    let folder = folder();
    let (path, bytes) = four_records(folder.path());
    for at in SEGMENT_HEADER..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x10;
        fs::write(&path, &damaged).unwrap();
        let (mut store, found) = open(small(folder.path()));

        let mut begin = SEGMENT_HEADER;
        let hit = BODIES.iter().position(|body| {
            begin += size(body);
            at < begin
        });
        let hit = hit.unwrap();
        let within = at - (begin - size(BODIES[hit]));
        let in_mark = (28..RECORD_HEADER).contains(&within);
        let mut expected = BODIES.map(<[u8]>::to_vec).to_vec();
        if !in_mark {
            expected.remove(hit);
        }
        assert_eq!(drain(&mut store, 1), expected, "damaged at {at}");
        assert_law(&store.state);
        let items = hit as u64 + 1;
        if within < 28 {
            assert_eq!(found.signals[1], amount(3, 10 - items), "damaged at {at}");
            assert_eq!(found.corrupt_bytes, size(BODIES[hit]) as u64, "damaged at {at}");
            assert_eq!(store.state.signals[1].corrupt, amount(0, 0));
        } else {
            assert_eq!((found.signals[1], found.corrupt_bytes), (amount(4, 10), 0), "damaged at {at}");
            let lost = if in_mark { amount(0, 0) } else { amount(1, items) };
            assert_eq!(store.state.signals[1].corrupt, lost, "damaged at {at}");
        }
        assert_eq!(found.torn_bytes, 0, "damaged at {at}");
        assert_eq!(bytes_on_disk(folder.path()), 0, "all of it is settled or lost");
    }
}

#[test]
fn damage_to_the_header_of_a_file_costs_the_file_and_is_said() {
    let folder = folder();
    let (path, bytes) = four_records(folder.path());
    for at in 0..SEGMENT_HEADER {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x10;
        fs::write(&path, &damaged).unwrap();
        let (store, found) = open(small(folder.path()));
        assert_eq!(found.signals[1], amount(0, 0));
        assert_law(&store.state);
        // Before the salt it says what the file is.
        if at < 12 {
            assert_eq!((found.left_alone_count, found.corrupt_bytes), (1, 0), "damaged at {at}");
            assert_eq!(fs::read(&path).unwrap(), damaged);
        } else {
            assert_eq!((found.left_alone_count, found.corrupt_bytes), (0, bytes.len() as u64), "damaged at {at}");
            assert!(!path.exists());
        }
    }
}

#[test]
fn a_record_inside_a_body_is_not_taken_for_one() {
    let folder = folder();
    let (path, bytes) = four_records(folder.path());
    let (mut store, _) = open(small(folder.path()));
    assert_eq!(drain(&mut store, 1).len(), 4);
    let (first, _) = store.append(1, 1, b"first").unwrap();
    let path = path.with_file_name(format!("{:016}.seg", first.segment));
    let first = fs::read(&path).unwrap()[SEGMENT_HEADER..].to_vec();
    // A record of another segment, made for the very place where it will lie, a copy of one of this segment, and the other segment.
    let salt = u64::from_le_bytes(bytes[12..20].try_into().unwrap());
    let forged = Header::new(1, 1, b"forged").unwrap();
    let mut body = forged.encode(salt, (SEGMENT_HEADER + first.len() + RECORD_HEADER) as u64).to_vec();
    body.extend(b"forged");
    body.extend(&first);
    body.extend(&bytes);
    let (place, _) = store.append(1, 1, &body).unwrap();
    assert_eq!(place.offset, (SEGMENT_HEADER + first.len()) as u64);
    store.append(1, 2, b"behind").unwrap();
    drop(store);
    let mut damaged = fs::read(&path).unwrap();
    damaged[place.offset as usize + 4] ^= 1;
    fs::write(&path, &damaged).unwrap();
    let (mut store, found) = open(small(folder.path()));
    assert_eq!(found.corrupt_bytes, size(&body) as u64);
    assert_eq!(drain(&mut store, 1), [b"first".as_slice(), b"behind"]);
}

#[test]
fn a_length_that_a_damaged_file_claims_is_not_believed() {
    let folder = folder();
    let (path, mut bytes) = four_records(folder.path());
    let salt = u64::from_le_bytes(bytes[12..20].try_into().unwrap());
    let claimed = Header { kind: 1, length: u32::MAX, items: 1, body_sum: 0 };
    bytes.extend(claimed.encode(salt, bytes.len() as u64));
    fs::write(&path, &bytes).unwrap();
    let (_, found) = open(small(folder.path()));
    assert_eq!((found.signals[1], found.corrupt_bytes), (amount(4, 10), RECORD_HEADER as u64));
}

#[test]
fn files_of_others_and_of_other_versions_are_left_alone() {
    let folder = folder();
    let (path, bytes) = four_records(folder.path());
    let mut later = bytes;
    later[8] = 2;
    fs::write(&path, &later).unwrap();
    let foreign = folder.path().join("0000000000000007.seg");
    fs::write(&foreign, "the notes of somebody who likes numbers").unwrap();
    fs::write(folder.path().join("README"), "").unwrap();
    fs::create_dir(folder.path().join("0000000000000005.seg")).unwrap();

    let (mut store, found) = open(small(folder.path()));
    let mut left_alone = found.left_alone.clone();
    left_alone.sort();
    assert_eq!(
        left_alone,
        [
            "0000000000000001.seg: is a segment of version 2",
            "0000000000000005.seg: cannot be read: is no file",
            "0000000000000007.seg: is no segment",
            "README: is no segment",
        ]
    );
    let (place, _) = store.append(0, 1, b"body").unwrap();
    assert_eq!(place.segment, 8, "behind all that there is");
    assert_eq!(drain(&mut store, 0), [b"body"]);
    assert_eq!(fs::read(&path).unwrap(), later);
    assert!(foreign.exists());
}

#[cfg(unix)]
#[test]
fn nobody_else_can_read_what_is_kept() {
    use std::os::unix::fs::PermissionsExt;
    let outside = folder();
    let inside = outside.path().join("a/b");
    let (mut store, _) = open(small(&inside));
    store.append(0, 1, b"a prompt").unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&inside), 0o700);
    assert_eq!(mode(&segments(&inside)[0]), 0o600);
    assert_eq!(mode(&inside.join("lock")), 0o600);
}

#[test]
fn the_record_behind_long_damage_is_found_wherever_it_begins() {
    const WINDOW: usize = 64 << 10;
    for shift in (0..2 * RECORD_HEADER).step_by(4) {
        let folder = folder();
        let (mut store, _) = open(SpoolSettings { segment_bytes: 1 << 20, ..small(folder.path()) });
        // Its header would begin the scan, and the next one lies about the end of what is looked at at once.
        store.append(0, 1, &vec![7; WINDOW - 2 * RECORD_HEADER - RECORD_HEADER / 2 + shift]).unwrap();
        store.append(0, 2, b"behind").unwrap();
        drop(store);
        let path = &segments(folder.path())[0];
        let mut damaged = fs::read(path).unwrap();
        damaged[SEGMENT_HEADER] ^= 1;
        fs::write(path, &damaged).unwrap();
        let (_, found) = open(small(folder.path()));
        assert_eq!(found.signals[0], amount(1, 2), "shifted by {shift}");
    }
}

#[test]
fn zeros_behind_damage_do_not_make_it_a_torn_end() {
    let folder = folder();
    let (mut store, _) = open(SpoolSettings { segment_bytes: 1 << 20, ..small(folder.path()) });
    store.append(0, 1, &[7; 100_000]).unwrap();
    drop(store);
    let path = &segments(folder.path())[0];
    let mut damaged = fs::read(path).unwrap();
    damaged[SEGMENT_HEADER] ^= 1;
    damaged.extend([0; 200_000]);
    fs::write(path, &damaged).unwrap();
    let (_, found) = open(small(folder.path()));
    assert_eq!((found.corrupt_bytes, found.torn_bytes), ((damaged.len() - SEGMENT_HEADER) as u64, 0));
}
