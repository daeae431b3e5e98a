//! Compressed bodies.

use std::{
    fmt,
    io::{self, Read},
};

use flate2::read::MultiGzDecoder;
use ruzstd::decoding::StreamingDecoder;

/// Why a body cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    TooLarge,
    UnknownEncoding(String),
    Corrupt(String),
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge => f.write_str("http: request body too large"),
            Self::UnknownEncoding(encoding) => write!(f, "unsupported encoding {encoding:?}"),
            Self::Corrupt(error) => write!(f, "the body is corrupt: {error}"),
        }
    }
}

/// The plain bytes of a body, `limit` at most.
pub(super) fn plain(encoding: Option<&str>, body: &[u8], limit: usize) -> Result<Vec<u8>, Unreadable> {
    match encoding {
        None | Some("" | "identity") if body.len() > limit => Err(Unreadable::TooLarge),
        None | Some("" | "identity") => Ok(body.to_vec()),
        Some("gzip") => read(MultiGzDecoder::new(body), limit),
        Some("zstd") => match StreamingDecoder::new(body) {
            Ok(decoder) => read(decoder, limit),
            Err(error) => Err(Unreadable::Corrupt(error.to_string())),
        },
        Some(other) => Err(Unreadable::UnknownEncoding(other.to_owned())),
    }
}

fn read(decoder: impl Read, limit: usize) -> Result<Vec<u8>, Unreadable> {
    let mut plain = Vec::new();
    // One more, to tell what is too large from what fits exactly.
    let read = decoder.take(limit as u64 + 1).read_to_end(&mut plain);
    read.map_err(|error: io::Error| Unreadable::Corrupt(error.to_string()))?;
    if plain.len() > limit { Err(Unreadable::TooLarge) } else { Ok(plain) }
}
