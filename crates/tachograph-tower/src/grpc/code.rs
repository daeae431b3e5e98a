//! The status codes of gRPC, by the names that the conventions give them.

use std::fmt;

use http::{HeaderMap, HeaderValue, StatusCode};

use crate::http::client::signs::Signs;

pub(super) const UNKNOWN: &str = "UNKNOWN";
pub(super) const DEADLINE_EXCEEDED: &str = "DEADLINE_EXCEEDED";
pub(super) const PERMISSION_DENIED: &str = "PERMISSION_DENIED";
pub(super) const RESOURCE_EXHAUSTED: &str = "RESOURCE_EXHAUSTED";
pub(super) const UNIMPLEMENTED: &str = "UNIMPLEMENTED";
pub(super) const INTERNAL: &str = "INTERNAL";
pub(super) const UNAVAILABLE: &str = "UNAVAILABLE";
pub(super) const UNAUTHENTICATED: &str = "UNAUTHENTICATED";
const CANCELLED: &str = "CANCELLED";

/// By number.
const CODES: [&str; 17] = [
    "OK",
    CANCELLED,
    UNKNOWN,
    "INVALID_ARGUMENT",
    DEADLINE_EXCEEDED,
    "NOT_FOUND",
    "ALREADY_EXISTS",
    PERMISSION_DENIED,
    RESOURCE_EXHAUSTED,
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    UNIMPLEMENTED,
    INTERNAL,
    UNAVAILABLE,
    "DATA_LOSS",
    UNAUTHENTICATED,
];

/// The status that headers or trailers tell; `None` where they tell none. One that is no code is `UNKNOWN`.
pub(super) fn told_by(headers: &HeaderMap) -> Option<&'static str> {
    headers.get("grpc-status").map(of_number)
}

fn of_number(value: &HeaderValue) -> &'static str {
    let text = value.to_str().ok().filter(|text| text.len() <= 2);
    let number = text.and_then(|text| text.parse::<u8>().ok());
    number.and_then(|number| CODES.get(usize::from(number))).copied().unwrap_or(UNKNOWN)
}

/// What an HTTP status means that came without a status of gRPC: it is a proxy's
/// (`doc/http-grpc-status-mapping.md` of gRPC).
pub(super) fn of_http_status(status: StatusCode) -> &'static str {
    match status {
        StatusCode::BAD_REQUEST => INTERNAL,
        StatusCode::UNAUTHORIZED => UNAUTHENTICATED,
        StatusCode::FORBIDDEN => PERMISSION_DENIED,
        StatusCode::NOT_FOUND => UNIMPLEMENTED,
        StatusCode::TOO_MANY_REQUESTS
        | StatusCode::BAD_GATEWAY
        | StatusCode::SERVICE_UNAVAILABLE
        | StatusCode::GATEWAY_TIMEOUT => UNAVAILABLE,
        _ => UNKNOWN,
    }
}

/// What the failure of a service or a body means: the status that it carries (tonic's errors do), the reason for which
/// HTTP/2 reset the stream (`doc/PROTOCOL-HTTP2.md` of gRPC), else what can be told of the connection.
pub(super) fn of_error(error: &impl fmt::Debug) -> &'static str {
    let signs = Signs::of(error);
    if let Some(code) = carried(&signs).or_else(|| signs.words().find_map(of_reset)) {
        return code;
    }
    if signs.is_connect() || signs.is_closed() {
        UNAVAILABLE
    } else if signs.is_timeout() {
        DEADLINE_EXCEEDED
    } else {
        UNKNOWN
    }
}

/// The code in `Status { code: NotFound, … }`.
fn carried(signs: &Signs) -> Option<&'static str> {
    let mut words = signs.words().filter(|word| !word.is_empty()).skip_while(|word| *word != "Status").skip(1);
    let code = words.next().filter(|word| *word == "code").and_then(|_| words.next())?;
    CODES.into_iter().find(|known| is_same(known, code))
}

/// `NOT_FOUND` and `NotFound`.
fn is_same(code: &str, variant: &str) -> bool {
    code.split('_').map(str::len).sum::<usize>() == variant.len()
        && code.bytes().filter(|byte| *byte != b'_').zip(variant.bytes()).all(|(a, b)| a.eq_ignore_ascii_case(&b))
}

fn of_reset(reason: &str) -> Option<&'static str> {
    match reason {
        "NO_ERROR" | "PROTOCOL_ERROR" | "INTERNAL_ERROR" | "FLOW_CONTROL_ERROR" | "SETTINGS_TIMEOUT"
        | "FRAME_SIZE_ERROR" | "COMPRESSION_ERROR" | "CONNECT_ERROR" => Some(INTERNAL),
        "REFUSED_STREAM" => Some(UNAVAILABLE),
        "CANCEL" => Some(CANCELLED),
        "ENHANCE_YOUR_CALM" => Some(RESOURCE_EXHAUSTED),
        "INADEQUATE_SECURITY" => Some(PERMISSION_DENIED),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use tonic::{Code, Status};

    use super::*;

    fn told(status: &'static str) -> Option<&'static str> {
        told_by(&HeaderMap::from_iter([("grpc-status".parse().unwrap(), HeaderValue::from_static(status))]))
    }

    #[test]
    fn every_code_is_told_by_its_number() {
        for (number, name) in CODES.iter().enumerate() {
            assert_eq!(told(number.to_string().leak()), Some(*name));
        }
        assert_eq!([told("0"), told("5"), told("16")], [Some("OK"), Some("NOT_FOUND"), Some("UNAUTHENTICATED")]);
    }

    #[test]
    fn a_status_that_is_no_code_is_unknown_and_none_is_none() {
        for bad in ["17", "-1", "", "OK", "000", "1 ", "256"] {
            assert_eq!(told(bad), Some(UNKNOWN), "{bad:?}");
        }
        assert_eq!(told_by(&HeaderMap::new()), None);
    }

    #[test]
    fn the_status_that_an_error_of_tonic_carries_is_its_code() {
        for number in 0..=16 {
            let error: Box<dyn std::error::Error + Send + Sync> = Box::new(Status::new(Code::from(number), "code: Ok"));
            assert_eq!(of_error(&error), CODES[usize::try_from(number).unwrap()]);
        }
    }

    #[test]
    fn the_reason_of_a_reset_stream_is_its_code() {
        for (reason, code) in [
            (h2::Reason::CANCEL, "CANCELLED"),
            (h2::Reason::REFUSED_STREAM, "UNAVAILABLE"),
            (h2::Reason::ENHANCE_YOUR_CALM, "RESOURCE_EXHAUSTED"),
            (h2::Reason::INTERNAL_ERROR, "INTERNAL"),
        ] {
            assert_eq!(of_error(&h2::Error::from(reason)), code);
        }
    }

    #[test]
    fn an_error_that_tells_nothing_is_unknown() {
        assert_eq!(of_error(&"some text"), UNKNOWN);
        assert_eq!(of_error(&std::io::Error::from(std::io::ErrorKind::ConnectionRefused)), UNAVAILABLE);
    }
}
