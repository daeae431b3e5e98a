//! An export without items, and the answer.

use std::error::Error;

use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::connect::Stream;
use super::subject::Subject;
use crate::otlp::target::method;
use crate::settings::Protocol;

/// Of an answer, only the beginning of a sentence is looked for.
const MAX_BODY: usize = 4096;
/// Not compressed, and no bytes: the message of an export without items.
const EMPTY_MESSAGE: &[u8] = &[0; 5];

pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) grpc: Option<i32>,
    /// Whether it is a page for people, as proxies and portals give it.
    pub(super) is_page: bool,
    pub(super) text: String,
}

pub(super) type Failure = Box<dyn Error + Send + Sync>;

pub(super) async fn export(subject: &Subject, stream: Box<dyn Stream>) -> Result<Answer, Failure> {
    timeout(subject.step, async {
        match subject.protocol {
            Protocol::HttpProtobuf => over_http(subject, stream, "application/x-protobuf", b"").await,
            Protocol::HttpJson => over_http(subject, stream, "application/json", b"{}").await,
            Protocol::Grpc => over_grpc(subject, stream).await,
        }
    })
    .await?
}

async fn over_http(
    subject: &Subject,
    stream: Box<dyn Stream>,
    content_type: &str,
    body: &'static [u8],
) -> Result<Answer, Failure> {
    let path = subject.uri.path_and_query().map_or("/", |path| path.as_str());
    let host = subject.uri.authority().map(ToString::to_string).unwrap_or_default();
    let request = Request::post(path)
        .header(header::HOST, host)
        .header(header::CONTENT_TYPE, content_type)
        .body(Full::from(body))?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let mut driver = Driver::of(connection);
    match sender.send_request(with_headers(request, subject)).await {
        Ok(response) => read(response).await,
        Err(error) => Err(driver.cause().await.unwrap_or(error).into()),
    }
}

async fn over_grpc(subject: &Subject, stream: Box<dyn Stream>) -> Result<Answer, Failure> {
    let base = subject.uri.to_string();
    let request = Request::post(format!("{}{}", base.trim_end_matches('/'), method(subject.signal)))
        .header(header::CONTENT_TYPE, "application/grpc")
        .header(header::TE, "trailers")
        .body(Full::from(EMPTY_MESSAGE))?;
    let (mut sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await?;
    let mut driver = Driver::of(connection);
    match sender.send_request(with_headers(request, subject)).await {
        Ok(response) => read(response).await,
        Err(error) => Err(driver.cause().await.unwrap_or(error).into()),
    }
}

fn with_headers(mut request: Request<Full<Bytes>>, subject: &Subject) -> Request<Full<Bytes>> {
    for (name, value) in subject.headers() {
        request.headers_mut().insert(name, value.clone());
    }
    request
}

async fn read(response: Response<Incoming>) -> Result<Answer, Failure> {
    let (head, body) = response.into_parts();
    let content_type = head.headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    let is_page = content_type.starts_with(b"text/html");
    // A body that is too long, or breaks off, tells no less than its head.
    let body = Limited::new(body, MAX_BODY).collect().await.ok();
    let trailers = body.as_ref().and_then(|body| body.trailers().cloned()).unwrap_or_default();
    let bytes = body.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let status = trailers.get("grpc-status").or_else(|| head.headers.get("grpc-status"));
    let grpc = status.and_then(|status| status.to_str().ok()).and_then(|status| status.parse().ok());
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Ok(Answer { status: head.status, grpc, is_page, text })
}

/// Drives a connection until it is dropped.
struct Driver(JoinHandle<Result<(), hyper::Error>>);

impl Driver {
    fn of(connection: impl Future<Output = Result<(), hyper::Error>> + Send + 'static) -> Self {
        Self(tokio::spawn(connection))
    }

    /// Why the connection ended, which says more than that it did: an alert of TLS, say.
    async fn cause(&mut self) -> Option<hyper::Error> {
        (&mut self.0).await.ok()?.err()
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}
