//! The reader of segments of the spool: any bytes, and what the writer made with damage done to it.
//!
//! Without `cargo-fuzz`, on a stable toolchain, from this folder (the settings are in `.cargo/config.toml`):
//!
//! ```text
//! cargo run --release --locked --bin segment -- -max_total_time=30
//! ```

#![no_main]

#[allow(dead_code)]
#[path = "../../src/spool/record.rs"]
mod record;
#[allow(dead_code)]
#[path = "../../src/spool/scan.rs"]
mod scan;

use std::alloc::{GlobalAlloc, Layout, System};
use std::hash::{DefaultHasher, Hasher};
use std::io::Cursor;
use std::sync::atomic::{AtomicUsize, Ordering};

use libfuzzer_sys::fuzz_target;
use record::{
    Header, MARK_AT, MOST_BODY, Opening, RECORD_HEADER, SEGMENT_HEADER, SETTLED, read_segment_header, segment_header,
};
use scan::{Piece, Scan, read_body};

/// The system's allocator, which remembers the largest piece that was asked for.
struct Largest;

static LARGEST: AtomicUsize = AtomicUsize::new(0);

// SAFETY: all is left to the system's allocator.
unsafe impl GlobalAlloc for Largest {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LARGEST.fetch_max(layout.size(), Ordering::Relaxed);
        // SAFETY: as for this function.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as for this function.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        LARGEST.fetch_max(size, Ordering::Relaxed);
        // SAFETY: as for this function.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Largest = Largest;

#[derive(Debug, Clone, PartialEq, Eq)]
struct Record {
    offset: u64,
    header: Header,
    settled: bool,
    /// `None`: damaged.
    body: Option<Vec<u8>>,
}

/// Reads a whole segment and checks what holds for any bytes.
fn read(file: &[u8], salt: u64) -> Vec<Record> {
    LARGEST.store(0, Ordering::Relaxed);
    let mut records = Vec::new();
    let mut source = Cursor::new(file);
    let mut scan = Scan::new(Cursor::new(file), salt, file.len() as u64);
    let mut at = SEGMENT_HEADER as u64;
    let mut over = false;
    while let Some(piece) = scan.next().expect("memory can be read") {
        assert!(!over, "nothing follows a torn end");
        match piece {
            Piece::Record { offset, header, settled } => {
                assert_eq!(offset, at);
                at += header.size();
                assert!(at <= file.len() as u64 && header.length as usize <= MOST_BODY);
                let bytes = &file[offset as usize..at as usize];
                assert_eq!(header.encode(salt, offset)[..MARK_AT as usize], bytes[..MARK_AT as usize]);
                assert_eq!(settled, bytes[MARK_AT as usize..RECORD_HEADER] == SETTLED);
                let body = read_body(&mut source, salt, offset, &header).expect("memory can be read");
                if let Some(body) = &body {
                    assert_eq!(body, &bytes[RECORD_HEADER..]);
                    assert_eq!(Header::new(header.kind, header.items, body), Some(header));
                }
                records.push(Record { offset, header, settled, body });
            }
            Piece::Damaged { from, to } => {
                assert!(from == at && to > from && to <= file.len() as u64);
                at = to;
            }
            Piece::Torn { from, to } => {
                assert!(from == at && to == file.len() as u64);
                (at, over) = (to, true);
            }
        }
    }
    assert_eq!(at, (file.len() as u64).max(SEGMENT_HEADER as u64));
    // A window of the scan, a body, and the list above.
    let most = (64 << 10).max(file.len()) + 2 * size_of::<Record>() * (records.len() + 4);
    assert!(LARGEST.load(Ordering::Relaxed) <= most, "{} bytes at once", LARGEST.load(Ordering::Relaxed));
    records
}

/// Takes what it needs from the input; zeros when there is no more.
struct Input<'a>(&'a [u8]);

impl Input<'_> {
    fn byte(&mut self) -> u8 {
        let (byte, rest) = self.0.split_first().map_or((0, self.0), |(byte, rest)| (*byte, rest));
        self.0 = rest;
        byte
    }

    fn number(&mut self) -> usize {
        usize::from(self.byte()) << 8 | usize::from(self.byte())
    }
}

/// Writes records, damages the file, and reads it: nothing comes out that was not written.
///
/// The salt is another one for each input, as it is for each segment: what the fuzzer learns of one from the comparisons it watches, and
/// puts into a body, is of no use with the next.
fn write_damage_read(mut input: Input<'_>) {
    let mut hasher = DefaultHasher::new();
    hasher.write(input.0);
    let salt = hasher.finish();
    let mut file = segment_header(salt).to_vec();
    let mut written = Vec::new();
    for _ in 0..input.byte() % 8 {
        let (kind, items) = (input.byte() % 3, input.number() as u64);
        let length = input.number() % 700;
        // Bodies of the input itself, which may hold anything, also the bytes of a record.
        let body: Vec<u8> = (0..length).map(|at| input.0.get(at).copied().unwrap_or(at as u8)).collect();
        let header = Header::new(kind, items, &body).expect("short enough");
        let offset = file.len() as u64;
        file.extend(header.encode(salt, offset));
        let settled = input.byte() % 2 == 1;
        if settled {
            file[(offset + MARK_AT) as usize..][..4].copy_from_slice(&SETTLED);
        }
        file.extend(&body);
        written.push(Record { offset, header, settled, body: Some(body) });
    }
    assert_eq!(read(&file, salt), written, "all that was written is read");

    let mut damaged = file.clone();
    for _ in 0..input.byte() % 4 {
        let at = input.number() % damaged.len();
        // The checksums find every burst of up to four bytes; what is longer is found but for one in 2^32.
        damaged[at..].iter_mut().take(4).for_each(|byte| *byte ^= input.byte());
    }
    if input.byte() % 2 == 1 {
        damaged.truncate(input.number() % (damaged.len() + 1));
    }
    match read_segment_header(&damaged) {
        Opening::Ours(read) => assert_eq!(read, salt),
        opening => assert!(damaged[..] != file[..damaged.len()] || damaged.len() < SEGMENT_HEADER, "{opening:?}"),
    }
    let found = read(&damaged, salt);
    for record in &found {
        let original = written.iter().find(|original| original.offset == record.offset).expect("a record was there");
        assert_eq!(original.header, record.header);
        if record.body.is_some() {
            assert_eq!(original.body, record.body);
        }
    }
    for original in &written {
        let range = original.offset as usize..(original.offset + original.header.size()) as usize;
        if damaged.get(range.clone()) == file.get(range) {
            assert!(found.contains(original), "what is not damaged is read");
        }
    }
}

/// Bytes as they come. The checksum of a record at the start is put right on request, or little would be seen behind it.
fn any_bytes(data: &[u8]) {
    match read_segment_header(data) {
        Opening::Ours(salt) => assert_eq!(segment_header(salt), data[..SEGMENT_HEADER]),
        Opening::Unfinished => assert!(data.len() < SEGMENT_HEADER),
        Opening::Damaged | Opening::Version(_) => assert!(data.len() >= SEGMENT_HEADER),
        Opening::Foreign => {}
    }
    read(data, 7);
    let mut mended = data.to_vec();
    let mut at = SEGMENT_HEADER;
    while let Some(bytes) = mended.get_mut(at..at + RECORD_HEADER) {
        let length = u32::from_le_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]);
        let items = u64::from_le_bytes(bytes[8..16].try_into().expect("eight bytes"));
        let header =
            Header { kind: bytes[16], length, items, body_sum: u32::from_le_bytes([bytes[20], bytes[21], 0, 0]) };
        bytes[..MARK_AT as usize].copy_from_slice(&header.encode(7, at as u64)[..MARK_AT as usize]);
        at = at.saturating_add(RECORD_HEADER).saturating_add(length as usize);
    }
    read(&mended, 7);
}

fuzz_target!(|data: &[u8]| {
    match data.split_first() {
        Some((0..128, rest)) => write_damage_read(Input(rest)),
        Some((_, rest)) => any_bytes(rest),
        None => {}
    }
});
