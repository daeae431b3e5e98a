//! OTLP over HTTP/1.1, with bodies of protobuf or JSON.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming as Body;
use prost::Message;
use serde_json::json;

use super::{
    answer::{Answer, Kind},
    body::AnswerBody,
    connection::Reset,
    encoding::{Unreadable, plain},
    payload::Payload,
    signal::{Protocol, Signal},
    state::{Incoming, State, before, cut},
    status,
};

const PROTOBUF: &str = "application/x-protobuf";
const JSON: &str = "application/json";

pub(super) async fn answer(state: &State, request: Request<Body>, reset: &Reset) -> Response<AnswerBody> {
    let incoming = match read(state, request, reset).await {
        Ok(incoming) => incoming,
        Err(refusal) => {
            state.count(|counts| counts.refused += 1);
            return refusal;
        }
    };
    let (signal, protocol) = (incoming.signal, incoming.protocol);
    let (answer, unanswered) = state.receive(incoming);
    before(&answer, reset).await;
    unanswered.end(&answer);
    response(&answer, signal, protocol)
}

async fn read(state: &State, request: Request<Body>, reset: &Reset) -> Result<Incoming, Response<AnswerBody>> {
    let (head, mut body) = request.into_parts();
    let Some(signal) = Signal::ALL.into_iter().find(|signal| signal.path() == head.uri.path()) else {
        return Err(text(StatusCode::NOT_FOUND, "404 page not found"));
    };
    if head.method != Method::POST {
        return Err(text(StatusCode::METHOD_NOT_ALLOWED, "405 method not allowed, supported: [POST]"));
    }
    let protocol = match content_type(&head.headers) {
        PROTOBUF => Protocol::HttpProtobuf,
        JSON => Protocol::HttpJson,
        _ => {
            let supported = "415 unsupported media type, supported: [application/json, application/x-protobuf]";
            return Err(text(StatusCode::UNSUPPORTED_MEDIA_TYPE, supported));
        }
    };
    let refused = |answer: Answer| response(&answer, signal, protocol);
    if !state.admits(&head.headers) {
        return Err(refused(Answer::unauthenticated()));
    }
    let invalid = |error: String| refused(Answer::invalid().with_message(&error));
    if state.script().cuts(signal) {
        cut(state, &mut body, reset).await;
    }
    let limit = state.limits.http;
    let body = match Limited::new(body, limit).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => return Err(invalid(Unreadable::TooLarge.to_string())),
        Err(error) => return Err(invalid(error.to_string())),
    };
    let encoding = head.headers.get(header::CONTENT_ENCODING).and_then(|value| value.to_str().ok());
    let plain = plain(encoding, &body, limit).map_err(|error| invalid(error.to_string()))?;
    let payload = Payload::decode(signal, protocol, &plain).map_err(invalid)?;
    Ok(Incoming { signal, protocol, headers: head.headers, plain, bytes_on_the_wire: body.len(), payload })
}

/// Without its parameters.
fn content_type(headers: &HeaderMap) -> &str {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim()
}

fn response(answer: &Answer, signal: Signal, protocol: Protocol) -> Response<AnswerBody> {
    let (status, content_type, body) = match &answer.kind {
        Kind::Accept { rejected } => success(signal, protocol, &status::Response::new(*rejected, &answer.message)),
        Kind::Refuse { http, grpc } => {
            let (content_type, body) = refusal(protocol, *grpc, &answer.message);
            (*http, content_type, body)
        }
        Kind::Page { status } => (*status, "text/html; charset=utf-8", Bytes::from(answer.message.clone())),
        Kind::Garbage => (StatusCode::OK, form(protocol), Bytes::from_static(b"\xff\xff{")),
        // The others never answer.
        Kind::Half | Kind::Hang | Kind::Cut | Kind::Reset => success(signal, protocol, &status::Response::long()),
    };
    let mut response = Response::new(AnswerBody::of(body.clone()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    if let Some(wait) = answer.retry {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(whole_seconds(wait)));
    }
    for (name, value) in &answer.headers {
        headers.insert(name, value.clone());
    }
    if matches!(answer.kind, Kind::Half) {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
        *response.body_mut() = AnswerBody::half_of(&body);
    }
    response
}

fn form(protocol: Protocol) -> &'static str {
    if protocol == Protocol::HttpJson { JSON } else { PROTOBUF }
}

fn success(signal: Signal, protocol: Protocol, message: &status::Response) -> (StatusCode, &'static str, Bytes) {
    let body = if protocol == Protocol::HttpJson {
        let rejected = match signal {
            Signal::Traces => "rejectedSpans",
            Signal::Metrics => "rejectedDataPoints",
            Signal::Logs => "rejectedLogRecords",
        };
        let partial = message.partial_success.as_ref().map_or_else(
            || json!({}),
            |partial| json!({rejected: partial.rejected.to_string(), "errorMessage": partial.error_message}),
        );
        json!({ "partialSuccess": partial }).to_string().into()
    } else {
        message.encode_to_vec().into()
    };
    (StatusCode::OK, form(protocol), body)
}

fn refusal(protocol: Protocol, code: i32, message: &str) -> (&'static str, Bytes) {
    let body = if protocol == Protocol::HttpJson {
        json!({"code": code, "message": message}).to_string().into()
    } else {
        status::Status::new(code, message, None).encode_to_vec().into()
    };
    (form(protocol), body)
}

fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

fn text(status: StatusCode, text: &'static str) -> Response<AnswerBody> {
    let mut response = Response::new(AnswerBody::of(text));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}
