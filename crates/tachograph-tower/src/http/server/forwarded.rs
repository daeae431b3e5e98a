//! What proxies say of the requests that they pass on: `X-Forwarded-For`, `X-Forwarded-Proto` and `Forwarded` (RFC 7239).

use std::net::{IpAddr, SocketAddr};

use http::{HeaderMap, HeaderName, HeaderValue, header::FORWARDED};

use super::settings::Scheme;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Longest text that may stand for one hop.
const MAX_HOP: usize = 256;

/// One hop of a request, as a proxy told it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hop {
    /// Where the proxy had the request from; `None` where it does not say: `unknown`, `_hidden`, or no address at all.
    pub(super) from: Option<IpAddr>,
    pub(super) scheme: Option<Scheme>,
}

/// The hops of `X-Forwarded-For`, the last one first. The scheme is the same for all: the header for it has one value.
pub(super) fn x_forwarded(headers: &HeaderMap) -> impl Iterator<Item = Hop> + '_ {
    let scheme = x_scheme(headers);
    elements(headers, X_FORWARDED_FOR).map(move |element| Hop { from: element.and_then(address), scheme })
}

/// What `X-Forwarded-Proto` says; of several values the last one.
pub(super) fn x_scheme(headers: &HeaderMap) -> Option<Scheme> {
    elements(headers, X_FORWARDED_PROTO).next().flatten().and_then(scheme)
}

/// The hops of `Forwarded`, the last one first.
pub(super) fn forwarded(headers: &HeaderMap) -> impl Iterator<Item = Hop> + '_ {
    elements(headers, FORWARDED).map(|element| {
        let mut hop = Hop { from: None, scheme: None };
        for pair in element.unwrap_or_default().split(';') {
            match pair.split_once('=') {
                Some((name, value)) if name.trim().eq_ignore_ascii_case("for") => hop.from = address(unquoted(value)),
                Some((name, value)) if name.trim().eq_ignore_ascii_case("proto") => {
                    hop.scheme = scheme(unquoted(value))
                }
                _ => {}
            }
        }
        hop
    })
}

/// The elements of a list, the last one first; `None` for one that cannot be read.
///
/// A comma in a quoted string splits it. No address has one, and only what a trusted proxy wrote is looked at.
fn elements(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = Option<&str>> {
    let values = headers.get_all(name).iter().rev().map(HeaderValue::as_bytes);
    let elements = values.flat_map(|value| value.rsplit(|byte| *byte == b','));
    elements.map(|element| (element.len() <= MAX_HOP).then(|| std::str::from_utf8(element).ok()).flatten())
}

fn unquoted(value: &str) -> &str {
    let value = value.trim();
    value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value)
}

/// `192.0.2.7`, `192.0.2.7:80`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:80`; the port may be hidden (`:_x`).
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let host = if let Some(bracketed) = text.strip_prefix('[') {
        bracketed.split_once(']')?.0
    } else {
        match text.split_once(':') {
            Some((host, port)) if !port.contains(':') => host,
            _ => text,
        }
    };
    host.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

fn scheme(text: &str) -> Option<Scheme> {
    let text = text.trim();
    if text.eq_ignore_ascii_case("https") {
        Some(Scheme::Https)
    } else if text.eq_ignore_ascii_case("http") {
        Some(Scheme::Http)
    } else {
        None
    }
}

/// The address of a peer, in the form that addresses are compared in.
pub(super) fn canonical(peer: SocketAddr) -> IpAddr {
    peer.ip().to_canonical()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn addresses_are_read_in_every_form_that_proxies_write() {
        for (written, read) in [
            (" 192.0.2.7 ", ip("192.0.2.7")),
            ("192.0.2.7:4711", ip("192.0.2.7")),
            ("192.0.2.7:_x", ip("192.0.2.7")),
            ("2001:db8::1", ip("2001:db8::1")),
            ("[2001:db8::1]", ip("2001:db8::1")),
            ("[2001:db8::1]:4711", ip("2001:db8::1")),
            ("::ffff:192.0.2.7", ip("192.0.2.7")),
            ("unknown", None),
            ("_hidden", None),
            ("", None),
            ("[2001:db8::1", None),
            ("fe80::1%eth0", None),
            ("example.com", None),
            ("192.0.2.7.example", None),
        ] {
            assert_eq!(address(written), read, "{written:?}");
        }
    }

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        lines.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap())).collect()
    }

    #[test]
    fn hops_come_last_first_over_all_lines_of_a_header() {
        let mut headers = headers(&[("x-forwarded-for", "192.0.2.1, 192.0.2.2"), ("x-forwarded-proto", "HTTPS")]);
        headers.append("x-forwarded-for", "unknown,192.0.2.3".parse().unwrap());
        let hops: Vec<Hop> = x_forwarded(&headers).collect();
        let from: Vec<_> = hops.iter().map(|hop| hop.from).collect();
        assert_eq!(from, [ip("192.0.2.3"), None, ip("192.0.2.2"), ip("192.0.2.1")]);
        assert!(hops.iter().all(|hop| hop.scheme == Some(Scheme::Https)));
    }

    #[test]
    fn forwarded_is_read_with_quotes_cases_and_unknown_parameters() {
        let headers = headers(&[(
            "forwarded",
            r#"for=192.0.2.60;proto=http;by=203.0.113.43, For="[2001:db8:cafe::17]:4711" ; PROTO="https";x=y, for=_gazonk, by=x, for=;proto=ftp"#,
        )]);
        let hops: Vec<_> = forwarded(&headers).map(|hop| (hop.from, hop.scheme)).collect();
        assert_eq!(
            hops,
            [
                (None, None),
                (None, None),
                (None, None),
                (ip("2001:db8:cafe::17"), Some(Scheme::Https)),
                (ip("192.0.2.60"), Some(Scheme::Http)),
            ]
        );
    }

    #[test]
    fn a_hop_of_hostile_length_is_not_read() {
        let long = format!("{},192.0.2.1", "1".repeat(100_000));
        let headers = headers(&[("x-forwarded-for", &long)]);
        assert_eq!(x_forwarded(&headers).map(|hop| hop.from).collect::<Vec<_>>(), [ip("192.0.2.1"), None]);
    }
}
