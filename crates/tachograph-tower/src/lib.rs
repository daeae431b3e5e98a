//! HTTP and gRPC layers: a span and metrics for every request, to the last byte of the body.
//!
//! ```no_run
//! use std::net::SocketAddr;
//!
//! use axum::{Router, routing::get};
//! use tachograph_tower::HttpServerLayer;
//!
//! # async fn serve() -> std::io::Result<()> {
//! let app = Router::new()
//!     .route("/users/{id}", get(|| async { "hello" }))
//!     .layer(HttpServerLayer::new());
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:8000").await?;
//! axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await
//! # }
//! ```
//!
//! | | answers | asks |
//! |---|---|---|
//! | HTTP | [`HttpServerLayer`] | [`HttpClientLayer`], and a middleware for `reqwest` (feature `reqwest`) |
//! | gRPC | [`GrpcServerLayer`] | [`GrpcClientLayer`] |
//!
//! The rest of this page is about [`HttpServerLayer`]; the others have theirs. Where no telemetry is installed, all of them
//! pass everything through: nothing is looked at, added or allocated, and no request id is made.
//!
//! # What is recorded
//!
//! A server span `{method} {route}` and the metrics `http.server.request.duration`, `http.server.active_requests`,
//! `http.server.request.body.size` and `http.server.response.body.size`. All of them end together:
//!
//! | what happens | `error.type` |
//! |---|---|
//! | the body was sent to its end | none; the status from 500 on |
//! | the client goes away, before the head or in the middle of the body | `cancelled` |
//! | the handler or the body panics | `panic` |
//! | the inner service fails | `service_error` |
//! | the body fails | `body_error` |
//!
//! A response to `HEAD`, and one that cannot have a body, ends with its head. A connection that is upgraded (WebSocket)
//! is a request that ended with status 101. The call starts when the service is called: what an inner layer does there
//! belongs to it.
//!
//! The call is current while the handler and the body are polled: what they track, and what they log, belongs to it, and
//! [`current::http_request`](tachograph_core::current::http_request) reaches it.
//!
//! | on spans, never on metrics | |
//! |---|---|
//! | `url.path`, `user_agent.original`, `server.address`, `server.port` | always, texts cut at 1024 bytes |
//! | `client.address` | the peer, or who stands behind [trusted proxies](HttpServerLayer::with_trusted_proxies) |
//! | `tachograph.request.id` | taken over or made, and [returned](HttpServerLayer::with_request_id_header) |
//! | ids from the baggage | of [allowed keys](HttpServerLayer::with_baggage_keys), on every span below as well |
//! | `url.query` | when [asked for](HttpServerLayer::with_query), without signatures |
//! | `http.request.header.*`, `http.response.header.*` | when [listed](HttpServerLayer::with_request_headers), without credentials |
//! | work done | database, model, tool and cache operations; as a [`Server-Timing`](HttpServerLayer::with_server_timing) header when asked for |
//!
//! The size of a request is its `Content-Length`. One without is counted as it is read, where the body is axum's; so far as it
//! was read, and not at all where nobody read it. Other servers' bodies without a `Content-Length` have no size.
//!
//! # Where the route comes from
//!
//! With the feature `axum` (the default) from the route that matched; for that the layer must be added with
//! `Router::layer`, after the routes, and not wrapped around the finished router. Elsewhere from
//! [`HttpServerLayer::with_route`]. A request that matched no route has none: its path is never taken instead.
//!
//! # Order of layers
//!
//! `Router::layer` puts each further layer around those before it. What is outside of this one is not measured; what is
//! inside belongs to the request.
//!
//! | layer | where | because |
//! |---|---|---|
//! | authentication, rate limits | inside (added before) | 401 and 429 are answers, and count |
//! | a time-out | inside: status 408. Outside: `cancelled` | a time-out drops what is inside of it |
//! | one that catches panics | inside: status 500. Outside: `panic` | |
//! | compression | inside: the size that is sent. Outside: the size that was made | |
//! | `TraceLayer` of tower-http, and other layers with `tracing` spans | inside | their spans become children of the request's |
//!
//! One `HttpServerLayer` for a request: two of them record it twice.
//!
//! # What is believed
//!
//! Everything that a client sends is the client's to choose.
//!
//! - **Trace context and baggage** are taken over from everybody, unless
//!   [told otherwise](HttpServerLayer::with_remote_context): right behind a gateway, wrong at the edge, where a stranger would
//!   decide about sampling. Before any propagator sees them, headers that no honest caller sends are ignored and counted in
//!   `tachograph.propagation.rejected` by header and reason: a `traceparent` that is malformed or comes twice (and its
//!   `tracestate` with it), a `tracestate` over 512 bytes or 32 members, `baggage` over 8192 bytes or 64 members, bytes that
//!   are not ASCII.
//! - **Request ids** are taken over when they cannot break a log line. They are neither unique nor proof of anything.
//! - **Addresses and schemes of proxies** are believed of [`TrustedProxies`] alone, and of them only what they wrote
//!   themselves.
//! - **Metrics** have labels of closed sets: methods that the conventions know or `_OTHER`, `http` or `https`, routes that the
//!   application has, protocol versions, status codes. Nothing that a client makes up is one.
//! - **Secrets**: queries and headers are recorded only when listed, and of `authorization`, `proxy-authorization`, `cookie`,
//!   `set-cookie`, `x-api-key` and signatures of signed URLs only `REDACTED`. Paths are recorded as they are: do not put
//!   secrets into them.
//!
//! # Beside other crates
//!
//! As their sources are, November 2026 (for HTTP servers).
//!
//! | | this crate | axum-otel-metrics 0.14 | axum-tracing-opentelemetry 0.42 | tower-otel 0.12 | opentelemetry-instrumentation-tower 0.19 |
//! |---|---|---|---|---|---|
//! | spans | OpenTelemetry | none | `tracing` | `tracing` | OpenTelemetry |
//! | HTTP metrics | duration, active, sizes | duration, active, sizes | none | duration, active, sizes (a second layer) | duration, active, sizes |
//! | the duration ends with | the last byte | the head | the head | the head; the span with the body by `trace_body()` | the head |
//! | client gone before the head | `cancelled`, once | not recorded, active goes back | span without a sign | span `cancelled`, no duration, active goes back | span without a sign, no duration, active stays |
//! | client gone in the body | `cancelled` | a success | a success | an error on the span by `trace_body()` | a success |
//! | size of a streamed body | counted | 0, or the upper bound | – | none | none |
//! | unknown methods | `_OTHER` | `_OTHER` | as sent | `_OTHER` | as sent, as label and name too |
//! | labels that a client chooses | none | `Host` | – | `Host`, `X-Forwarded-Host`, `-Proto`, `Forwarded` | methods, scheme of the URI |
//! | client address | the peer, or by trusted proxies | – | when asked for: `Forwarded`, `X-Forwarded-For` of anybody, else the peer | the peer | – |
//! | query | when asked for, redacted | – | always | always | always, redacted by a list that can be changed |
//! | headers on spans | listed ones, credentials redacted | – | – | all, `authorization` and `cookie` too unless marked as sensitive | by a function |
//! | limits on what comes in for propagation | before the propagator, counted | – | the propagator's | the propagator's | the propagator's |
//! | request id, `Server-Timing`, work done | yes | – | – | – | – |
//! | excluded paths | prefixes | a function (active still counts) | a function | – | – |
//! | attributes of one's own on metrics | no | no | – | no | by functions of request and response |
//! | buckets of one's own | by a view of the SDK | in the layer | – | by a view | by a view |
//! | trace context in the response | no | – | a second layer | no | no |
//! | level of the spans | – | – | fixed | in the layer | – |
//!
//! # The way of a request
//!
//! ```text
//! HttpServerLayer -> HttpServer::call     described: method, route, scheme, client, remote parent; the call starts
//!                      -> ResponseFuture
//!                           -> ResponseBody   the call goes on, and ends with the last byte, an error or a drop
//! ```
//!
//! | module | holds |
//! |---|---|
//! | `future`, `body`, `request_body` | the stations that a message passes, the same for all layers |
//! | `request_call` | the one call that moves through them |
//! | `exchange` | what the layers tell the stations: what a head, a trailer, an error or a drop means |
//! | `propagation`, `request_id` | what crosses the wire beside the message |
//! | `http`, `grpc`, `reqwest` | the layers: what they are told, what they know of a request, what its parts mean |

#![cfg_attr(docsrs, feature(doc_cfg))]

mod body;
mod exchange;
mod future;
mod grpc;
mod http;
mod propagation;
mod request_body;
mod request_call;
mod request_id;
#[cfg(feature = "reqwest")]
pub mod reqwest;

pub use body::ResponseBody;
pub use future::ResponseFuture;
pub use grpc::{GrpcClient, GrpcClientLayer, GrpcServer, GrpcServerLayer};
pub use request_body::RequestBody;

pub use crate::http::{
    ForwardingHeader, HttpClient, HttpClientLayer, HttpServer, HttpServerLayer, ResendCount, TrustedProxies,
    TrustedProxiesError, UrlTemplate,
};
