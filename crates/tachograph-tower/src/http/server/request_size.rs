//! The size of a request's body.

use http::HeaderMap;
use tachograph_core::{Call, HttpRequest};

use super::exchange::HttpServerExchange;
use crate::{body::content_length, request_body};

/// Tells the call the size of the request's body: what its length is said to be, else what will pass.
///
/// A server checks a body against its `Content-Length`, so that only a body without one is wrapped, to be counted as it is
/// read. The type of the body stays: a wrapped [`axum::body::Body`] is one again, while a `RequestBody<B>` for the inner
/// service would cost every request of a router a box. Bodies of other servers than axum are told by their length alone.
pub(super) fn measured<B: 'static>(headers: &HeaderMap, body: B, call: &Call<HttpRequest>) -> B {
    match content_length(headers) {
        Some(bytes) => {
            call.request_body_size(bytes);
            body
        }
        None => request_body::counted::<_, HttpServerExchange>(body, call),
    }
}
