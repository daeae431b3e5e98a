//! A process without telemetry: the layer passes everything through and allocates nothing.

#![allow(clippy::unwrap_used, reason = "in a test an `unwrap` is the assertion")]

use std::convert::Infallible;

use bytes::Bytes;
use futures_util::FutureExt as _;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use tachograph_tower::HttpServerLayer;
use tower::{Layer as _, Service, service_fn};

async fn hello(_: Request<Full<Bytes>>) -> Result<Response<Full<Bytes>>, Infallible> {
    Ok(Response::new(Full::new(Bytes::from_static(b"hello"))))
}

fn request() -> Request<Full<Bytes>> {
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let request = Request::post("/users/1?page=2").header("traceparent", trace).header("x-request-id", "mine");
    request.body(Full::new(Bytes::from_static(b"{}"))).unwrap()
}

/// Allocations of one request, and the body and number of headers that came back.
fn answered<S, B>(mut service: S) -> (u64, Bytes, usize)
where
    S: Service<Request<Full<Bytes>>, Response = Response<B>, Error = Infallible>,
    B: http_body::Body<Data = Bytes, Error = Infallible>,
{
    let request = request();
    let mut answer = None;
    let measured = allocation_counter::measure(|| {
        let response = service.call(request).now_or_never().unwrap().unwrap();
        let headers = response.headers().len();
        answer = Some((response.into_body().collect().now_or_never().unwrap().unwrap().to_bytes(), headers));
    });
    let (body, headers) = answer.unwrap();
    (measured.count_total, body, headers)
}

#[test]
fn the_layer_allocates_nothing_and_changes_nothing() {
    let layer = HttpServerLayer::new().with_query().with_server_timing();
    assert_eq!(answered(layer.layer(service_fn(hello))), answered(service_fn(hello)));
    let (_, body, headers) = answered(layer.layer(service_fn(hello)));
    assert_eq!((body, headers), (Bytes::from_static(b"hello"), 0));
}
