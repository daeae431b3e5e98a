//! Bodies made smaller.

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
