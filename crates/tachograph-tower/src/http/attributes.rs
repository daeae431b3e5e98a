//! Values of attributes, as the conventions write them.

use http::{HeaderMap, Method, Version, header::AsHeaderName};
use opentelemetry::StringValue;

/// Longest text that is taken over from a message, in bytes: the SDK has no limit of its own.
const MAX_TEXT: usize = 1024;

/// The method, without an allocation where it is a usual one.
pub(crate) fn method(method: &Method) -> StringValue {
    match *method {
        Method::GET => "GET".into(),
        Method::POST => "POST".into(),
        Method::PUT => "PUT".into(),
        Method::DELETE => "DELETE".into(),
        Method::PATCH => "PATCH".into(),
        Method::HEAD => "HEAD".into(),
        Method::OPTIONS => "OPTIONS".into(),
        ref other => cut(other.as_str()),
    }
}

pub(crate) fn protocol_version(version: Version) -> Option<&'static str> {
    match version {
        Version::HTTP_09 => Some("0.9"),
        Version::HTTP_10 => Some("1.0"),
        Version::HTTP_11 => Some("1.1"),
        Version::HTTP_2 => Some("2"),
        Version::HTTP_3 => Some("3"),
        _ => None,
    }
}

/// The first value of a header; `None` where there is none or it is not visible ASCII.
pub(crate) fn text(headers: &HeaderMap, name: impl AsHeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// Text of somebody else, cut to a bearable length.
pub(crate) fn cut(text: &str) -> StringValue {
    text[..text.floor_char_boundary(MAX_TEXT.min(text.len()))].to_owned().into()
}
