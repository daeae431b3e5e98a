//! What a layer is told.

use std::{fmt, net::SocketAddr, sync::Arc};

use http::{HeaderName, request::Parts};
use tachograph_core::Telemetry;

use super::trusted_proxies::TrustedProxies;
use crate::http::recorded_headers::RecordedHeaders;

type RouteOf = dyn Fn(&Parts) -> Option<String> + Send + Sync;
type PeerOf = dyn Fn(&Parts) -> Option<SocketAddr> + Send + Sync;

#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(super) excluded: Vec<String>,
    pub(crate) route: Option<Function<RouteOf>>,
    pub(super) peer: Option<Function<PeerOf>>,
    pub(super) trusted_proxies: Option<TrustedProxies>,
    pub(super) scheme: Option<Scheme>,
    pub(super) remote_context: bool,
    pub(super) baggage_keys: Vec<String>,
    /// The header of the request id; `None` for no request ids.
    pub(super) request_id: Option<HeaderName>,
    pub(super) query: Query,
    pub(super) request_headers: RecordedHeaders,
    pub(super) response_headers: RecordedHeaders,
    pub(super) server_timing: bool,
    pub(super) telemetry: Option<Telemetry>,
}

/// What is recorded of the query.
#[derive(Clone, Debug, Default)]
pub(super) enum Query {
    #[default]
    Nothing,
    Parameters(Vec<String>),
    All,
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

/// A function of the user's.
pub(crate) struct Function<F: ?Sized>(pub(crate) Arc<F>);

impl<F: ?Sized> Clone for Function<F> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<F: ?Sized> fmt::Debug for Function<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fn")
    }
}

impl Settings {
    /// Whether the path is one of an excluded prefix, at the end of a segment: `/health` is no prefix of `/healthcare`.
    pub(super) fn excludes(&self, path: &str) -> bool {
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
            peer: None,
            trusted_proxies: None,
            scheme: None,
            remote_context: true,
            baggage_keys: Vec::new(),
            request_id: Some(HeaderName::from_static("x-request-id")),
            query: Query::default(),
            request_headers: RecordedHeaders::default(),
            response_headers: RecordedHeaders::default(),
            server_timing: false,
            telemetry: None,
        }
    }
}
