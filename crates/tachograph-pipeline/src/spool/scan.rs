//! Reads a segment: what is in it, and the body of one record. Whatever the bytes are, at most [`MOST_BODY`] of them and a window of
//! 64 KiB are held at once.

use std::io::{self, Read, Seek, SeekFrom};

use super::record::{Header, MOST_BODY, RECORD_HEADER, RECORD_MAGIC, SEGMENT_HEADER};

const WINDOW: usize = 64 << 10;

/// A part of a segment. The parts follow each other without gaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Piece {
    /// A record whose header is sound. Its body has not been looked at.
    Record { offset: u64, header: Header, settled: bool },
    /// Bytes that are no record, up to the next one that can be found or the end.
    Damaged { from: u64, to: u64 },
    /// A record that was begun at the end of the file and not finished, or space at the end that was never written.
    Torn { from: u64, to: u64 },
}

/// The parts of a segment in their order, read as they are asked for. Only the headers are read where nothing is damaged.
pub(crate) struct Scan<R> {
    source: R,
    salt: u64,
    at: u64,
    end: u64,
}

impl<R: Read + Seek> Scan<R> {
    /// Of a segment that is `length` bytes long.
    pub(crate) fn new(source: R, salt: u64, length: u64) -> Self {
        Self { source, salt, at: SEGMENT_HEADER as u64, end: length }
    }

    /// `None` at the end. After an error there is no use in going on.
    pub(crate) fn next(&mut self) -> io::Result<Option<Piece>> {
        if self.at >= self.end {
            return Ok(None);
        }
        let from = self.at;
        let mut bytes = [0; RECORD_HEADER];
        let length = self.fill(from, &mut bytes)?;
        let piece = match Header::decode(self.salt, from, &bytes[..length]) {
            Some((header, settled)) if self.end - from >= header.size() => {
                self.at = from + header.size();
                return Ok(Some(Piece::Record { offset: from, header, settled }));
            }
            Some(_) => Piece::Torn { from, to: self.end },
            None if length < RECORD_HEADER && begins_record(&bytes[..length]) => Piece::Torn { from, to: self.end },
            None => self.find(from)?,
        };
        self.at = match piece {
            Piece::Damaged { to, .. } => to,
            _ => self.end,
        };
        Ok(Some(piece))
    }

    /// What is between `from`, where no record is, and the next record.
    fn find(&mut self, from: u64) -> io::Result<Piece> {
        let mut window = vec![0; WINDOW];
        let mut zeros = true;
        let mut base = from;
        loop {
            let length = self.fill(base, &mut window)?;
            let bytes = &window[..length];
            zeros &= bytes.iter().all(|byte| *byte == 0);
            for (at, header) in bytes.windows(RECORD_HEADER).enumerate() {
                let to = base + at as u64;
                if header[0] == RECORD_MAGIC[0] && to > from && Header::decode(self.salt, to, header).is_some() {
                    return Ok(Piece::Damaged { from, to });
                }
            }
            if length < WINDOW {
                let to = self.end;
                return Ok(if zeros { Piece::Torn { from, to } } else { Piece::Damaged { from, to } });
            }
            base += (WINDOW - RECORD_HEADER + 1) as u64;
        }
    }

    /// Reads as much as there is, up to the end and the length of `bytes`.
    fn fill(&mut self, at: u64, bytes: &mut [u8]) -> io::Result<usize> {
        let wanted = usize::try_from(self.end - at).map_or(bytes.len(), |left| left.min(bytes.len()));
        self.source.seek(SeekFrom::Start(at))?;
        let mut length = 0;
        while length < wanted {
            match self.source.read(&mut bytes[length..wanted]) {
                Ok(0) => break,
                Ok(read) => length += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(length)
    }
}

fn begins_record(bytes: &[u8]) -> bool {
    let length = bytes.len().min(RECORD_MAGIC.len());
    bytes[..length] == RECORD_MAGIC[..length] || bytes.iter().all(|byte| *byte == 0)
}

/// The body of the record at `offset` whose header was `expected`. `None`: it is not what was written.
pub(crate) fn read_body<R: Read + Seek>(
    source: &mut R,
    salt: u64,
    offset: u64,
    expected: &Header,
) -> io::Result<Option<Vec<u8>>> {
    source.seek(SeekFrom::Start(offset))?;
    let mut bytes = Vec::with_capacity(RECORD_HEADER);
    source.by_ref().take(RECORD_HEADER as u64).read_to_end(&mut bytes)?;
    let sound = Header::decode(salt, offset, &bytes).is_some_and(|(header, _)| header == *expected);
    if !sound || expected.length as usize > MOST_BODY {
        return Ok(None);
    }
    let mut body = Vec::with_capacity(expected.length as usize);
    source.by_ref().take(u64::from(expected.length)).read_to_end(&mut body)?;
    let whole = body.len() == expected.length as usize && crc32fast::hash(&body) == expected.body_sum;
    Ok(whole.then_some(body))
}
