//! OTLP over gRPC: unary calls, by hand, because a library would not break them off in the middle.

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use bytes::{BufMut, Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, header};
use http_body_util::BodyExt;
use hyper::body::Incoming as Body;
use prost::Message;

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

const GRPC: HeaderValue = HeaderValue::from_static("application/grpc");
const STATUS: HeaderName = HeaderName::from_static("grpc-status");
const MESSAGE: HeaderName = HeaderName::from_static("grpc-message");
const DETAILS: HeaderName = HeaderName::from_static("grpc-status-details-bin");
const RESOURCE_EXHAUSTED: i32 = 8;
const UNIMPLEMENTED: i32 = 12;
const INTERNAL: i32 = 13;

/// A flag that says whether the message is compressed, and the message's length.
const PREFIX: usize = 5;

pub(super) async fn answer(state: &State, request: Request<Body>, reset: &Reset) -> Response<AnswerBody> {
    let incoming = match read(state, request, reset).await {
        Ok(incoming) => incoming,
        Err(refusal) => {
            state.count(|counts| counts.refused += 1);
            return refusal;
        }
    };
    let (answer, unanswered) = state.receive(incoming);
    before(&answer, reset).await;
    unanswered.end(&answer);
    response(&answer)
}

async fn read(state: &State, request: Request<Body>, reset: &Reset) -> Result<Incoming, Response<AnswerBody>> {
    let (head, mut body) = request.into_parts();
    let content_type = head.headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    if !content_type.starts_with(b"application/grpc") {
        let mut response = Response::new(AnswerBody::default());
        *response.status_mut() = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        return Err(response);
    }
    let Some(signal) = Signal::ALL.into_iter().find(|signal| signal.method() == head.uri.path()) else {
        return Err(refusal(UNIMPLEMENTED, &format!("unknown method {}", head.uri.path())));
    };
    if !state.admits(&head.headers) {
        return Err(response(&Answer::unauthenticated()));
    }
    if state.script().cuts(signal) {
        cut(state, &mut body, reset).await;
    }
    let limit = state.limits.grpc;
    let (compressed, message) = message(body, limit).await?;
    let encoding = head.headers.get("grpc-encoding").and_then(|value| value.to_str().ok()).filter(|_| compressed);
    let plain = plain(encoding, &message, limit).map_err(|error| match error {
        Unreadable::TooLarge => {
            let (length, max) = (message.len(), limit);
            let text = format!("grpc: received message after decompression larger than max ({length} vs. {max})");
            refusal(RESOURCE_EXHAUSTED, &text)
        }
        Unreadable::UnknownEncoding(_) => refusal(UNIMPLEMENTED, &error.to_string()),
        Unreadable::Corrupt(_) => refusal(INTERNAL, &error.to_string()),
    })?;
    let protocol = Protocol::Grpc;
    let payload = Payload::decode(signal, protocol, &plain).map_err(|error| refusal(INTERNAL, &error))?;
    Ok(Incoming { signal, protocol, headers: head.headers, plain, bytes_on_the_wire: message.len(), payload })
}

/// The one message of the body, and whether it is compressed.
async fn message(mut body: Body, limit: usize) -> Result<(bool, Bytes), Response<AnswerBody>> {
    let mut read = BytesMut::new();
    loop {
        if let Some(length) = length(&read) {
            if length > limit {
                let text = format!("grpc: received message larger than max ({length} vs. {limit})");
                return Err(refusal(RESOURCE_EXHAUSTED, &text));
            }
            if read.len() >= PREFIX + length {
                let message = read.freeze();
                return Ok((message[0] == 1, message.slice(PREFIX..PREFIX + length)));
            }
        }
        match body.frame().await {
            Some(Ok(frame)) => read.extend_from_slice(frame.data_ref().map(AsRef::as_ref).unwrap_or_default()),
            Some(Err(error)) => return Err(refusal(INTERNAL, &error.to_string())),
            None => return Err(refusal(INTERNAL, "the message is not complete")),
        }
    }
}

fn length(read: &[u8]) -> Option<usize> {
    let length: [u8; 4] = read.get(1..PREFIX)?.try_into().ok()?;
    usize::try_from(u32::from_be_bytes(length)).ok()
}

fn framed(message: &impl Message) -> Bytes {
    let mut framed = BytesMut::new();
    framed.put_u8(0);
    framed.put_u32(u32::try_from(message.encoded_len()).unwrap_or(u32::MAX));
    // The buffer grows as it must.
    let _ = message.encode(&mut framed);
    framed.freeze()
}

fn response(answer: &Answer) -> Response<AnswerBody> {
    let ok = HeaderMap::from_iter([(STATUS, HeaderValue::from_static("0"))]);
    let mut headers = HeaderMap::from_iter([(header::CONTENT_TYPE, GRPC)]);
    let (mut status, mut body) = (StatusCode::OK, AnswerBody::default());
    match &answer.kind {
        Kind::Accept { rejected } => {
            body = AnswerBody::of(framed(&status::Response::new(*rejected, &answer.message))).with_trailers(ok);
        }
        Kind::Refuse { grpc, .. } => headers.extend(refused(*grpc, answer)),
        Kind::Page { status: page } => {
            status = *page;
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
            body = AnswerBody::of(answer.message.clone());
        }
        Kind::Garbage => body = AnswerBody::of(&b"\0\0\0\0\x02\xff\xff"[..]).with_trailers(ok),
        // The others never answer.
        Kind::Half | Kind::Hang | Kind::Cut | Kind::Reset => {
            body = AnswerBody::half_of(&framed(&status::Response::long()))
        }
    }
    for (name, value) in &answer.headers {
        headers.insert(name, value.clone());
    }
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

fn refused(code: i32, answer: &Answer) -> HeaderMap {
    let mut headers = HeaderMap::from_iter([(STATUS, HeaderValue::from(code))]);
    if let Ok(message) = HeaderValue::from_str(&escaped(&answer.message)) {
        headers.insert(MESSAGE, message);
    }
    if answer.retry.is_some() {
        let details = status::Status::new(code, &answer.message, answer.retry).encode_to_vec();
        if let Ok(details) = HeaderValue::from_str(&STANDARD_NO_PAD.encode(details)) {
            headers.insert(DETAILS, details);
        }
    }
    headers
}

fn refusal(code: i32, message: &str) -> Response<AnswerBody> {
    response(&Answer::status(200, code).with_message(message))
}

/// What is not printable ASCII is percent-encoded, as gRPC has it.
fn escaped(message: &str) -> String {
    let mut escaped = String::with_capacity(message.len());
    for byte in message.bytes() {
        match byte {
            b' '..=b'~' if byte != b'%' => escaped.push(char::from(byte)),
            _ => escaped.push_str(&format!("%{byte:02X}")),
        }
    }
    escaped
}
