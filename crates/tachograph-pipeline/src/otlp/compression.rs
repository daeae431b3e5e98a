//! Bodies made smaller.

#[cfg(feature = "otlp-grpc")]
use std::io::Read as _;
use std::io::{self, Write as _};

use bytes::Bytes;

use crate::settings::Compression;

impl Compression {
    /// The name in HTTP and in gRPC.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            #[cfg(feature = "zstd")]
            Self::Zstd => "zstd",
        }
    }

    /// The one of that name.
    #[cfg(feature = "otlp-grpc")]
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "gzip" => Some(Self::Gzip),
            #[cfg(feature = "zstd")]
            "zstd" => Some(Self::Zstd),
            _ => None,
        }
    }

    /// What was compressed, up to a length; `None` where it cannot be read or is longer.
    #[cfg(feature = "otlp-grpc")]
    pub(super) fn decompress(self, body: &[u8], most: usize) -> Option<Bytes> {
        let mut read = Vec::new();
        let limit = most as u64 + 1;
        let length = match self {
            Self::Gzip => flate2::read::GzDecoder::new(body).take(limit).read_to_end(&mut read),
            #[cfg(feature = "zstd")]
            Self::Zstd => zstd::stream::read::Decoder::new(body).ok()?.take(limit).read_to_end(&mut read),
        };
        (length.ok()? <= most).then(|| read.into())
    }

    /// Fast rather than small: OTLP repeats itself so much that the first step gains most of what there is to gain.
    pub(super) fn compress(self, body: &[u8]) -> io::Result<Bytes> {
        match self {
            Self::Gzip => {
                let room = Vec::with_capacity(body.len() / 4);
                let mut encoder = flate2::write::GzEncoder::new(room, flate2::Compression::fast());
                encoder.write_all(body)?;
                encoder.finish().map(Bytes::from)
            }
            #[cfg(feature = "zstd")]
            Self::Zstd => zstd::bulk::compress(body, 1).map(Bytes::from),
        }
    }
}
