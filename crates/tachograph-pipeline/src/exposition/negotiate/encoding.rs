//! `Accept-Encoding`: gzip or nothing.

use super::header::{Weight, codings};

/// Whether a body is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gzip {
    Never,
    /// Where the body is long enough.
    IfItPays,
    /// The scraper refuses a body that is not.
    Always,
}

impl Gzip {
    /// By RFC 9110, section 12.5.3: what is not listed has the weight of `*`, and without that only the body as it is will do. A
    /// scraper that says nothing gets the body as it is, because many that say nothing cannot read gzip; so does one that refuses
    /// everything, because metrics are better than none. Of equal weights gzip wins: whoever lists it can read it.
    pub(crate) fn negotiate(accept_encoding: Option<&str>) -> Self {
        let (mut gzip, mut identity, mut any) = (None, None, None);
        for (coding, weight) in accept_encoding.into_iter().flat_map(codings) {
            let slot = match coding.to_ascii_lowercase().as_str() {
                "gzip" | "x-gzip" => &mut gzip,
                "identity" => &mut identity,
                "*" => &mut any,
                _ => continue,
            };
            *slot = (*slot).max(Some(weight));
        }
        let gzip = gzip.or(any).unwrap_or(Weight::ZERO);
        match identity.or(any.filter(|weight| *weight == Weight::ZERO)) {
            _ if gzip == Weight::ZERO => Self::Never,
            Some(Weight::ZERO) => Self::Always,
            Some(identity) if identity > gzip => Self::Never,
            _ => Self::IfItPays,
        }
    }
}
