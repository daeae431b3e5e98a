//! What is known of a request before it runs.

use http::{
    HeaderMap, Method, Uri, Version,
    header::{CONTENT_LENGTH, HeaderName, USER_AGENT},
    request::Parts,
};
use opentelemetry::{Context, StringValue};
use tachograph_core::{HttpRequest, Telemetry};

use crate::{
    propagation,
    request_call::RequestCall,
    route,
    settings::{Scheme, Settings},
};

/// Longest text that is taken over from a request, in bytes: the SDK has no limit of its own.
const MAX_TEXT: usize = 1024;

/// Whether there is telemetry to record to.
pub(crate) fn is_wanted(settings: &Settings) -> bool {
    settings.telemetry.is_some() || Telemetry::is_in_force()
}

/// The call of a request, not started yet; none for an excluded path.
pub(crate) fn describe(parts: &Parts, settings: &Settings) -> RequestCall {
    let path = route::full_path(parts);
    if settings.excludes(path) {
        return RequestCall::untracked();
    }
    let mut operation = HttpRequest::new(method(&parts.method), route::of(parts, settings).unwrap_or_default())
        .scheme(scheme(&parts.uri, settings).as_str())
        .path(cut(path));
    if let Some(version) = protocol_version(parts.version) {
        operation = operation.protocol_version(version);
    }
    if let Some(user_agent) = text(&parts.headers, USER_AGENT) {
        operation = operation.user_agent(cut(user_agent));
    }
    RequestCall::waiting(
        operation,
        parent(parts, settings),
        content_length(&parts.headers),
        parts.method == Method::HEAD,
    )
}

/// The context that the call is started in.
fn parent(parts: &Parts, settings: &Settings) -> Context {
    let context = if settings.remote_context { propagation::extract(&parts.headers) } else { Context::current() };
    match &settings.telemetry {
        Some(telemetry) => telemetry.scoped(&context),
        None => context,
    }
}

fn method(method: &Method) -> StringValue {
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

fn scheme(uri: &Uri, settings: &Settings) -> Scheme {
    settings.scheme.unwrap_or(match uri.scheme_str() {
        Some("https") => Scheme::Https,
        _ => Scheme::Http,
    })
}

fn protocol_version(version: Version) -> Option<&'static str> {
    match version {
        Version::HTTP_09 => Some("0.9"),
        Version::HTTP_10 => Some("1.0"),
        Version::HTTP_11 => Some("1.1"),
        Version::HTTP_2 => Some("2"),
        Version::HTTP_3 => Some("3"),
        _ => None,
    }
}

/// The `Content-Length`; `None` where it is missing or no number.
pub(crate) fn content_length(headers: &HeaderMap) -> Option<u64> {
    text(headers, CONTENT_LENGTH)?.parse().ok()
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

fn cut(text: &str) -> StringValue {
    text[..text.floor_char_boundary(MAX_TEXT.min(text.len()))].to_owned().into()
}
