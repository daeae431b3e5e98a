//! Responses of `reqwest` and of `http`. Extensions (with the address of the peer), version and headers pass as they are.

use http::Extensions;
use reqwest::{Body, Response, ResponseBuilderExt as _, Url};

/// A response whose body can be replaced. It takes its URL along, which `reqwest` would lose here.
pub(super) fn into_http(response: Response) -> http::Response<Body> {
    let url = response.url().clone();
    let mut response = http::Response::<Body>::from(response);
    response.extensions_mut().extend(carrying(url));
    response
}

/// The URL in the form in which `reqwest` looks for it.
fn carrying(url: Url) -> Extensions {
    http::Response::builder().url(url).body(()).map(|carrier| carrier.into_parts().0.extensions).unwrap_or_default()
}

pub(super) fn into_reqwest<B>(response: http::Response<B>) -> Response
where
    B: http_body::Body + Send + Sync + 'static,
    B::Data: Into<bytes::Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    response.map(Body::wrap).into()
}
