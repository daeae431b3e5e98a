//! The route of a request: a template, never the path as sent.

use http::request::Parts;

use crate::settings::Settings;

/// The template that a request matched.
pub(crate) fn of(parts: &Parts, settings: &Settings) -> Option<String> {
    match &settings.route {
        Some(route) => route(parts),
        None => matched(parts),
    }
}

#[cfg(feature = "axum")]
fn matched(parts: &Parts) -> Option<String> {
    parts.extensions.get::<axum::extract::MatchedPath>().map(|path| path.as_str().to_owned())
}

#[cfg(not(feature = "axum"))]
fn matched(_parts: &Parts) -> Option<String> {
    None
}

/// The path as the client sent it: below a nested router the URI has lost the part that matched.
#[cfg(feature = "axum")]
pub(crate) fn full_path(parts: &Parts) -> &str {
    parts.extensions.get::<axum::extract::OriginalUri>().map_or(&parts.uri, |original| &original.0).path()
}

#[cfg(not(feature = "axum"))]
pub(crate) fn full_path(parts: &Parts) -> &str {
    parts.uri.path()
}
