//! Bodies in gzip.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::exposition::Gzip;

/// The value of `Content-Encoding`.
pub(super) const GZIP: &str = "gzip";

/// Below this a body is sent as it is: it fits into one packet, and saving bytes of that saves no time. Above, the fast level costs
/// 14 µs and 1 ns for each byte and shrinks 4 KiB of metrics to a tenth, from 64 KiB up to a twentieth (16 MiB in 17 ms; the default
/// level takes 109 ms for a quarter less). Measured on the machine of the benchmarks, in release.
const MINIMUM: usize = 1400;

/// How much smaller metrics usually become, for the first guess of the room that is needed.
const RATIO: usize = 16;

/// The body in gzip, if that is wanted and pays.
pub(super) fn compressed(gzip: Gzip, body: &[u8]) -> Option<Vec<u8>> {
    match gzip {
        Gzip::Never => return None,
        Gzip::IfItPays if body.len() < MINIMUM => return None,
        Gzip::IfItPays | Gzip::Always => {}
    }
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / RATIO), Compression::fast());
    // Writing to memory does not fail; if it did, the body as it is would be right as well.
    encoder.write_all(body).and_then(|()| encoder.finish()).ok()
}
