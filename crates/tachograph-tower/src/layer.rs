use std::sync::Arc;

use http::request::Parts;
use tachograph_core::Telemetry;
use tower_layer::Layer;

use crate::{
    service::HttpServer,
    settings::{Scheme, Settings},
};

/// Tracks every request to the service that it is laid around. See the [crate] for what is recorded.
///
/// Where no telemetry is installed, requests and responses pass through and nothing is looked at.
#[derive(Clone, Debug, Default)]
pub struct HttpServerLayer {
    settings: Settings,
}

impl HttpServerLayer {
    /// A layer that records to the telemetry in force, takes the caller's trace context over, and leaves out `/health`
    /// and `/monitoring`.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Leaves out requests whose path is `prefix` or below it: they have neither span nor metrics. `/health` leaves out
    /// `/health/live` and not `/healthcare`. Adds to the prefixes that are left out already.
    ///
    /// The path is matched as the client sent it. An empty prefix is ignored; `/` leaves out everything.
    #[must_use]
    pub fn with_excluded_path_prefix(mut self, prefix: impl Into<String>) -> Self {
        let prefix = prefix.into();
        if !prefix.is_empty() {
            self.settings.excluded.push(prefix);
        }
        self
    }

    /// Leaves no path out, not even `/health` and `/monitoring`, unless it is named after this.
    #[must_use]
    pub fn without_excluded_paths(mut self) -> Self {
        self.settings.excluded.clear();
        self
    }

    /// Where the route of a request comes from, instead of the one that matched in axum.
    ///
    /// Give the template (`/users/{id}`), never the path: it becomes a metric label and the name of the span. `None` where
    /// there is none.
    ///
    /// ```
    /// # use tachograph_tower::HttpServerLayer;
    /// let layer = HttpServerLayer::new()
    ///     .with_route(|request| request.uri.path().starts_with("/files/").then(|| "/files/{*path}".to_owned()));
    /// ```
    #[must_use]
    pub fn with_route(mut self, route: impl Fn(&Parts) -> Option<String> + Send + Sync + 'static) -> Self {
        self.settings.route = Some(Arc::new(route));
        self
    }

    /// Says that all requests came by TLS, which ended before this process. The default is the scheme of the request's
    /// URI where it has one (HTTP/2 does), else `http`. Headers of proxies are not believed.
    #[must_use]
    pub fn with_https(mut self) -> Self {
        self.settings.scheme = Some(Scheme::Https);
        self
    }

    /// Whether the trace context and baggage that the caller sends are taken over, through the propagator of the process
    /// (`opentelemetry::global`). The default is yes.
    ///
    /// Say no at the edge to the public: whoever sends a `traceparent` decides about the trace, and by it about sampling.
    #[must_use]
    pub fn with_remote_context(mut self, accept: bool) -> Self {
        self.settings.remote_context = accept;
        self
    }

    /// Records to this telemetry, and has it in force for what runs inside, instead of the one that is in force where the
    /// service is called: for tests and for processes of several tenants.
    #[must_use]
    pub fn with_telemetry(mut self, telemetry: Telemetry) -> Self {
        self.settings.telemetry = Some(telemetry);
        self
    }
}

impl<S> Layer<S> for HttpServerLayer {
    type Service = HttpServer<S>;

    fn layer(&self, inner: S) -> HttpServer<S> {
        HttpServer::new(inner, Arc::new(self.settings.clone()))
    }
}
