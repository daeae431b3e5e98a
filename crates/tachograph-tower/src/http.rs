//! HTTP: the server layer and the client layer.

pub(crate) mod attributes;
pub(crate) mod client;
mod first_text;
mod recorded_headers;
pub(crate) mod redact;
mod route;
mod server;

pub use client::{HttpClient, HttpClientLayer, ResendCount, UrlTemplate};
pub use server::{ForwardingHeader, HttpServer, HttpServerLayer, TrustedProxies, TrustedProxiesError};
