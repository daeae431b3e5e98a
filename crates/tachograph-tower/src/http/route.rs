//! The route of a request: a template, never the path as sent.

use http::request::Parts;
use opentelemetry::StringValue;

use super::{first_text::FirstText, server::Settings};

/// The template that a request matched; empty where it matched none.
pub(crate) fn of(parts: &Parts, settings: &Settings, first: &FirstText) -> StringValue {
    match &settings.route {
        Some(route) => (route.0)(parts).map_or("".into(), StringValue::from),
        None => matched(parts).map_or("".into(), |route| first.share(route)),
    }
}

#[cfg(feature = "axum")]
fn matched(parts: &Parts) -> Option<&str> {
    parts.extensions.get::<axum::extract::MatchedPath>().map(axum::extract::MatchedPath::as_str)
}

#[cfg(not(feature = "axum"))]
fn matched(_parts: &Parts) -> Option<&str> {
    None
}

/// The path and query as the client sent them: below a nested router the URI has lost the part that matched.
#[cfg(feature = "axum")]
pub(crate) fn sent_uri(parts: &Parts) -> &http::Uri {
    parts.extensions.get::<axum::extract::OriginalUri>().map_or(&parts.uri, |original| &original.0)
}

#[cfg(not(feature = "axum"))]
pub(crate) fn sent_uri(parts: &Parts) -> &http::Uri {
    &parts.uri
}
