//! Responses of `reqwest` and of `http`. Status, version, headers and extensions (the peer's address is one) pass as they are.

use http::Extensions;
use reqwest::{Body, Response, ResponseBuilderExt as _, Url};

use super::body::AnswerBody;

/// A response whose body can be replaced. Its URL goes along in the place where `reqwest` looks for one.
pub(super) fn into_http(response: Response) -> http::Response<Body> {
    let url = response.url().clone();
    let mut response = http::Response::<Body>::from(response);
    response.extensions_mut().extend(with_url(url));
    response
}

fn with_url(url: Url) -> Extensions {
    let carrier = http::Response::builder().url(url).body(());
    carrier.map(|carrier| carrier.into_parts().0.extensions).unwrap_or_default()
}

pub(super) fn into_reqwest(response: http::Response<AnswerBody>) -> Response {
    response.map(Body::wrap).into()
}
