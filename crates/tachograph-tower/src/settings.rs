//! What a layer is told.

use std::{fmt, sync::Arc};

use http::request::Parts;
use tachograph_core::Telemetry;

pub(crate) type RouteOf = dyn Fn(&Parts) -> Option<String> + Send + Sync;

#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) excluded: Vec<String>,
    pub(crate) route: Option<Arc<RouteOf>>,
    pub(crate) scheme: Option<Scheme>,
    pub(crate) remote_context: bool,
    pub(crate) telemetry: Option<Telemetry>,
}

/// The schemes that a server of this kind speaks; whatever else a client writes must not become a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    Http,
    Https,
}

impl Scheme {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

impl Settings {
    /// Whether the path is one of an excluded prefix, at the end of a segment: `/health` is no prefix of `/healthcare`.
    pub(crate) fn excludes(&self, path: &str) -> bool {
        self.excluded.iter().any(|prefix| {
            path.strip_prefix(prefix.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || prefix.ends_with('/'))
        })
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            excluded: vec!["/health".to_owned(), "/monitoring".to_owned()],
            route: None,
            scheme: None,
            remote_context: true,
            telemetry: None,
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("excluded", &self.excluded)
            .field("route", &self.route.is_some())
            .field("scheme", &self.scheme)
            .field("remote_context", &self.remote_context)
            .field("telemetry", &self.telemetry)
            .finish()
    }
}
