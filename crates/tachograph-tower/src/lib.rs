//! HTTP server layer: a span and metrics for every request, to the last byte of the body.
//!
//! ```no_run
//! use axum::{Router, routing::get};
//! use tachograph_tower::HttpServerLayer;
//!
//! # async fn serve() -> std::io::Result<()> {
//! let app = Router::new()
//!     .route("/users/{id}", get(|| async { "hello" }))
//!     .layer(HttpServerLayer::new());
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:8000").await?;
//! axum::serve(listener, app).await
//! # }
//! ```
//!
//! # What is recorded
//!
//! A server span `{method} {route}` and the metrics `http.server.request.duration`, `http.server.active_requests`,
//! `http.server.request.body.size` (where the client tells it) and `http.server.response.body.size`. All of them end
//! together:
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
//! is a request that ended with status 101.
//!
//! The call is current while the handler and the body are polled: what they track, and what they log, belongs to it, and
//! [`current::http_request`](tachograph_core::current::http_request) reaches it.
//!
//! # Where the route comes from
//!
//! With the feature `axum` (the default) from the route that matched; for that the layer must be added with
//! `Router::layer`, after the routes, and not wrapped around the finished router. Elsewhere from
//! [`HttpServerLayer::with_route`]. A request that matched no route has none: its path is never taken instead.
//!
//! # The way of a request
//!
//! ```text
//! HttpServerLayer -> HttpServer::call     described: method, route, scheme, remote parent
//!                      -> ResponseFuture  the call starts at the first poll
//!                           -> ResponseBody   the call goes on, and ends with the last byte, an error or a drop
//! ```
//!
//! | module | holds |
//! |---|---|
//! | `layer`, `settings` | the layer and what it is told |
//! | `service`, `future`, `body` | the three stations of a request |
//! | `request_call` | the one call that moves through them |
//! | `describe`, `route`, `propagation` | what is known of a request before it runs |

#![cfg_attr(docsrs, feature(doc_cfg))]

mod body;
mod describe;
mod future;
mod layer;
mod propagation;
mod request_call;
mod route;
mod service;
mod settings;

pub use body::ResponseBody;
pub use future::ResponseFuture;
pub use layer::HttpServerLayer;
pub use service::HttpServer;
