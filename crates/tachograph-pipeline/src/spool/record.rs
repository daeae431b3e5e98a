//! The bytes of a segment file: the header of the file, and the headers of the records in it. All numbers are little-endian.
//!
//! ```text
//! segment  0 "TACHSPL\n"   8 version u32  12 salt u64  20 CRC-32 of 0..20                          24 records …
//! record   0 F5 "REC"      4 length u32    8 items u64 16 kind u8, 3 zeros  20 CRC-32 of the body
//!         24 CRC-32 of salt, offset in the file and 0..24                   28 mark u32            32 body …
//! ```
//!
//! The salt is drawn for each segment. Without it, a body that holds the bytes of a record could be taken for one where a scan looks
//! for the next record behind damage. The mark is 0 until the record is settled, and is the only thing ever written over.
//!
//! Nothing of the crate but `record` and `scan` is used here, so that the fuzz target can include the two files.

use crc32fast::Hasher;

pub(crate) const SEGMENT_HEADER: usize = 24;
pub(crate) const RECORD_HEADER: usize = 32;
/// Where in the record the mark is.
pub(crate) const MARK_AT: u64 = 28;
pub(crate) const SETTLED: [u8; 4] = [0x5E, 0x77, 0x1E, 0xD0];
/// The longest body, in bytes. A record that claims more is damage.
pub(crate) const MOST_BODY: usize = 16 << 20;
/// How many kinds of records there are; each is less than this.
pub(crate) const KINDS: usize = 3;

const MAGIC: [u8; 8] = *b"TACHSPL\n";
const VERSION: u32 = 1;
pub(crate) const RECORD_MAGIC: [u8; 4] = [0xF5, b'R', b'E', b'C'];

/// What the beginning of a file says that it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opening {
    /// A segment of this version, with its salt.
    Ours(u64),
    /// The header of a segment was begun and not finished. There is nothing in it.
    Unfinished,
    /// A segment of this version with a damaged header: without the salt nothing in it can be told from chance.
    Damaged,
    /// A segment of another version.
    Version(u32),
    Foreign,
}

pub(crate) fn segment_header(salt: u64) -> [u8; SEGMENT_HEADER] {
    let mut bytes = [0; SEGMENT_HEADER];
    bytes[..8].copy_from_slice(&MAGIC);
    bytes[8..12].copy_from_slice(&VERSION.to_le_bytes());
    bytes[12..20].copy_from_slice(&salt.to_le_bytes());
    let sum = crc32fast::hash(&bytes[..20]);
    bytes[20..].copy_from_slice(&sum.to_le_bytes());
    bytes
}

/// Reads the header from the first bytes of a file: [`SEGMENT_HEADER`] of them, or all that there are.
pub(crate) fn read_segment_header(bytes: &[u8]) -> Opening {
    let known = segment_header(0);
    let same = bytes.iter().zip(&known[..12]).take_while(|(a, b)| a == b).count();
    if bytes.len() < SEGMENT_HEADER {
        return if same == bytes.len().min(12) { Opening::Unfinished } else { Opening::Foreign };
    }
    if same < MAGIC.len() {
        return Opening::Foreign;
    }
    if u32_at(bytes, 8) != VERSION {
        return Opening::Version(u32_at(bytes, 8));
    }
    if crc32fast::hash(&bytes[..20]) == u32_at(bytes, 20) { Opening::Ours(u64_at(bytes, 12)) } else { Opening::Damaged }
}

/// What the header of a record says, apart from the mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) kind: u8,
    pub(crate) length: u32,
    pub(crate) items: u64,
    pub(crate) body_sum: u32,
}

impl Header {
    /// `None`: the body is too long.
    pub(crate) fn new(kind: u8, items: u64, body: &[u8]) -> Option<Self> {
        let length = u32::try_from(body.len()).ok().filter(|_| body.len() <= MOST_BODY)?;
        Some(Self { kind, length, items, body_sum: crc32fast::hash(body) })
    }

    /// How much of the file the record takes.
    pub(crate) fn size(&self) -> u64 {
        RECORD_HEADER as u64 + u64::from(self.length)
    }

    /// The header of a record at `offset` that is not settled.
    pub(crate) fn encode(&self, salt: u64, offset: u64) -> [u8; RECORD_HEADER] {
        let mut bytes = [0; RECORD_HEADER];
        bytes[..4].copy_from_slice(&RECORD_MAGIC);
        bytes[4..8].copy_from_slice(&self.length.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.items.to_le_bytes());
        bytes[16] = self.kind;
        bytes[20..24].copy_from_slice(&self.body_sum.to_le_bytes());
        let sum = header_sum(salt, offset, &bytes[..24]);
        bytes[24..28].copy_from_slice(&sum.to_le_bytes());
        bytes
    }

    /// The header, and whether the record is settled. `None`: there is no whole header of a record at `offset`.
    pub(crate) fn decode(salt: u64, offset: u64, bytes: &[u8]) -> Option<(Self, bool)> {
        if bytes.len() < RECORD_HEADER
            || bytes[..4] != RECORD_MAGIC
            || header_sum(salt, offset, &bytes[..24]) != u32_at(bytes, 24)
        {
            return None;
        }
        let header =
            Self { kind: bytes[16], length: u32_at(bytes, 4), items: u64_at(bytes, 8), body_sum: u32_at(bytes, 20) };
        let possible =
            usize::from(header.kind) < KINDS && header.length as usize <= MOST_BODY && bytes[17..20] == [0; 3];
        possible.then_some((header, bytes[28..RECORD_HEADER] == SETTLED))
    }
}

fn header_sum(salt: u64, offset: u64, bytes: &[u8]) -> u32 {
    let mut hasher = Hasher::new();
    hasher.update(&salt.to_le_bytes());
    hasher.update(&offset.to_le_bytes());
    hasher.update(bytes);
    hasher.finalize()
}

/// Reads past the end as zeros.
fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..).and_then(|rest| rest.first_chunk()).map_or(0, |chunk| u32::from_le_bytes(*chunk))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..).and_then(|rest| rest.first_chunk()).map_or(0, |chunk| u64::from_le_bytes(*chunk))
}
