use std::{net::SocketAddr, sync::Arc};

use http::{HeaderName, request::Parts};
use tachograph_core::Telemetry;
use tower_layer::Layer;

use super::{
    service::HttpServer,
    settings::{Function, Query, Scheme, Settings},
    trusted_proxies::TrustedProxies,
};

/// Tracks every request to the service that it is laid around. See the [crate] for what is recorded.
///
/// Where no telemetry is installed, requests and responses pass through and nothing is looked at.
#[derive(Clone, Debug, Default)]
pub struct HttpServerLayer {
    settings: Arc<Settings>,
}

impl HttpServerLayer {
    /// A layer that records to the telemetry in force, takes the caller's trace context over, and leaves out `/health`
    /// and `/monitoring`.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn settings(&mut self) -> &mut Settings {
        Arc::make_mut(&mut self.settings)
    }

    /// Leaves out requests whose path is `prefix` or below it: they have neither span nor metrics. `/health` leaves out
    /// `/health/live` and not `/healthcare`. Adds to the prefixes that are left out already.
    ///
    /// The path is matched as the client sent it. An empty prefix is ignored; `/` leaves out everything.
    #[must_use]
    pub fn with_excluded_path_prefix(mut self, prefix: impl Into<String>) -> Self {
        let prefix = prefix.into();
        if !prefix.is_empty() {
            self.settings().excluded.push(prefix);
        }
        self
    }

    /// Leaves no path out, not even `/health` and `/monitoring`, unless it is named after this.
    #[must_use]
    pub fn without_excluded_paths(mut self) -> Self {
        self.settings().excluded.clear();
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
        self.settings().route = Some(Function(Arc::new(route)));
        self
    }

    /// Where the address of the peer (the other end of the connection) comes from, instead of axum's
    /// `ConnectInfo<SocketAddr>`, which is there with `into_make_service_with_connect_info`. `None` where it is not known.
    #[must_use]
    pub fn with_peer(mut self, peer: impl Fn(&Parts) -> Option<SocketAddr> + Send + Sync + 'static) -> Self {
        self.settings().peer = Some(Function(Arc::new(peer)));
        self
    }

    /// Believes these proxies when they tell the client's address and scheme (`X-Forwarded-For`, `X-Forwarded-Proto`,
    /// `Forwarded`). The default is nobody: the client is the peer, and the headers are not looked at.
    ///
    /// It needs the address of the peer: see [`with_peer`](Self::with_peer).
    #[must_use]
    pub fn with_trusted_proxies(mut self, proxies: TrustedProxies) -> Self {
        self.settings().trusted_proxies = Some(proxies);
        self
    }

    /// Says that all requests came by TLS, which ended before this process. The default is what a trusted proxy tells,
    /// else the scheme of the request's URI where it has one (HTTP/2 does), else `http`.
    #[must_use]
    pub fn with_https(mut self) -> Self {
        self.settings().scheme = Some(Scheme::Https);
        self
    }

    /// Whether the trace context and baggage that the caller sends are taken over, through the propagator of the process
    /// (`opentelemetry::global`). The default is yes.
    ///
    /// Say no at the edge to the public: whoever sends a `traceparent` decides about the trace, and by it about sampling.
    #[must_use]
    pub fn with_remote_context(mut self, accept: bool) -> Self {
        self.settings().remote_context = accept;
        self
    }

    /// Makes entries of the caller's baggage with these keys [ids](tachograph_core::Ids): attributes of the request's span
    /// and of every span below it. The default is none.
    ///
    /// The caller chooses the values: list keys that you would believe. Called again, it adds.
    #[must_use]
    pub fn with_baggage_keys<K: Into<String>>(mut self, keys: impl IntoIterator<Item = K>) -> Self {
        self.settings().baggage_keys.extend(keys.into_iter().map(Into::into));
        self
    }

    /// The header that the id of a request comes in and is returned in. The default is `x-request-id`.
    ///
    /// An id of 1 to 128 letters, digits and `._:/+=-` is taken over; without one, or with any other, a random UUID is made.
    /// It stands on the span (`tachograph.request.id`) and is
    /// [`context::request_id`](tachograph_core::context::request_id) while the request is answered. A header of that name that
    /// the handler set stays. A request that is not tracked (an excluded path, no telemetry in force) has none.
    #[must_use]
    pub fn with_request_id_header(mut self, name: HeaderName) -> Self {
        self.settings().request_id = Some(name);
        self
    }

    /// Neither takes over nor makes request ids.
    #[must_use]
    pub fn without_request_id(mut self) -> Self {
        self.settings().request_id = None;
        self
    }

    /// Records the query of the URL on spans (`url.query`), cut at 1024 bytes. By default it is not: queries hold search terms,
    /// addresses and tokens.
    ///
    /// The values of `X-Amz-Signature`, `X-Amz-Credential`, `X-Amz-Security-Token`, `AWSAccessKeyId`, `Signature`, `sig` and
    /// `X-Goog-Signature` are replaced by `REDACTED`, as the conventions have it. Where others are secret, use
    /// [`with_query_params`](Self::with_query_params).
    #[must_use]
    pub fn with_query(mut self) -> Self {
        self.settings().query = Query::All;
        self
    }

    /// Records these parameters of the query on spans (`url.query`), and no others. Names are compared as they are sent, without
    /// decoding. Signatures are redacted as by [`with_query`](Self::with_query), which it takes the place of.
    #[must_use]
    pub fn with_query_params<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.settings().query = Query::Parameters(names.into_iter().map(Into::into).collect());
        self
    }

    /// Records these headers of requests on spans, as `http.request.header.{name}`: all values, each cut at 1024 bytes. The
    /// default is none. Called again, it adds.
    ///
    /// Of `authorization`, `proxy-authorization`, `cookie`, `set-cookie`, `x-api-key` and values marked as sensitive only
    /// `REDACTED` is recorded.
    #[must_use]
    pub fn with_request_headers(mut self, names: impl IntoIterator<Item = HeaderName>) -> Self {
        self.settings().request_headers.add("http.request.header", names);
        self
    }

    /// Records these headers of responses on spans, as `http.response.header.{name}`; the rest as for
    /// [`with_request_headers`](Self::with_request_headers).
    #[must_use]
    pub fn with_response_headers(mut self, names: impl IntoIterator<Item = HeaderName>) -> Self {
        self.settings().response_headers.add("http.response.header", names);
        self
    }

    /// Adds a `Server-Timing` header to responses: the time to the head, and the number and time of the database, model,
    /// tool and cache operations that ended before it, where there were any:
    /// `total;dur=20.1, db;dur=12.3;desc="3"`. The default is no.
    ///
    /// Everybody who may read the response learns of it. What a streamed body does comes too late for it.
    #[must_use]
    pub fn with_server_timing(mut self) -> Self {
        self.settings().server_timing = true;
        self
    }

    /// Records to this telemetry, and has it in force for what runs inside, instead of the one that is in force where the
    /// service is called: for tests and for processes of several tenants.
    #[must_use]
    pub fn with_telemetry(mut self, telemetry: Telemetry) -> Self {
        self.settings().telemetry = Some(telemetry);
        self
    }
}

impl<S> Layer<S> for HttpServerLayer {
    type Service = HttpServer<S>;

    fn layer(&self, inner: S) -> HttpServer<S> {
        HttpServer::new(inner, Arc::clone(&self.settings))
    }
}
