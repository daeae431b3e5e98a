//! What a receiver says over gRPC.

use std::time::Duration;

use bytes::{Buf as _, Bytes};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Response, StatusCode};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use prost::Message as _;
use tonic::body::Body;
use tonic::{Code, Status};

use super::PREFIX;
use crate::otlp::answer::{Again, ExportResponse, Refusal, Taken};
use crate::otlp::{MAX_ANSWER, http_status};
use crate::settings::Compression;

const BROKEN_OFF: &str = "the answer broke off before its status";

pub(super) async fn read(response: Response<Body>) -> Result<Taken, Refusal> {
    let (head, body) = response.into_parts();
    if head.status != StatusCode::OK {
        return Err(http_status::refusal(head.status, &head.headers));
    }
    let is_grpc = |kind: &[u8]| kind.starts_with(b"application/grpc");
    if !head.headers.get(CONTENT_TYPE).is_some_and(|kind| is_grpc(kind.as_bytes())) {
        return Err(Refusal::never("what answered there does not speak gRPC: OTLP over gRPC is usually at port 4317"));
    }
    // An answer that is a status alone has it among the headers.
    if let Some(status) = Status::from_header_map(&head.headers)
        && status.code() != Code::Ok
    {
        return Err(refusal(&status));
    }
    let answer = Limited::new(body, MAX_ANSWER).collect().await;
    // The status that tonic makes of a stream that was reset is not the receiver's: nobody knows what it did with the request.
    let answer = answer.map_err(|error| match error.is::<LengthLimitError>() {
        true => Refusal::never("the answer is longer than any that is read"),
        false => Refusal::later(BROKEN_OFF),
    })?;
    let trailers = answer.trailers().cloned().unwrap_or_default();
    match status_of(&head.headers, &trailers) {
        Some(status) if status.code() == Code::Ok => taken(answer.to_bytes(), encoding(&head.headers)),
        Some(status) => Err(refusal(&status)),
        None => Err(Refusal::later(BROKEN_OFF)),
    }
}

fn status_of(headers: &HeaderMap, trailers: &HeaderMap) -> Option<Status> {
    Status::from_header_map(trailers).or_else(|| Status::from_header_map(headers))
}

/// How the message is compressed, if it is: servers of Go answer as they are asked, whatever they are told of what is accepted.
fn encoding(headers: &HeaderMap) -> Option<Compression> {
    headers.get("grpc-encoding").and_then(|name| name.to_str().ok()).and_then(Compression::named)
}

/// Reads the one message of the answer. None at all says that there was nothing to say.
fn taken(mut message: Bytes, encoding: Option<Compression>) -> Result<Taken, Refusal> {
    const UNREADABLE: &str = "the receiver said OK with an answer that cannot be read";
    if message.is_empty() {
        return Ok(Taken::default());
    }
    if message.len() < PREFIX {
        return Err(Refusal::never(UNREADABLE));
    }
    let (is_compressed, length) = (message.get_u8() != 0, message.get_u32() as usize);
    let body = message.get(..length).and_then(|body| match is_compressed {
        false => Some(Bytes::copy_from_slice(body)),
        true => encoding?.decompress(body, MAX_ANSWER),
    });
    match body.map(ExportResponse::decode) {
        Some(Ok(response)) => Ok(response.taken()),
        _ => Err(Refusal::never(UNREADABLE)),
    }
}

/// By the table of the specification: what may pass is tried again, and of a receiver that is full only what it asks to have again.
fn refusal(status: &Status) -> Refusal {
    let why = format!("the receiver answered {:?}", status.code());
    let asked = retry_delay(status.details());
    let again = match status.code() {
        Code::Cancelled
        | Code::DeadlineExceeded
        | Code::Aborted
        | Code::OutOfRange
        | Code::Unavailable
        | Code::DataLoss => Again::After(asked),
        Code::ResourceExhausted if asked.is_some() => Again::After(asked),
        _ => Again::Never,
    };
    Refusal { why, again }
}

/// `google.rpc.Status`, as far as it is read.
#[derive(Clone, PartialEq, prost::Message)]
struct Details {
    #[prost(message, repeated, tag = "3")]
    details: Vec<Detail>,
}

/// `google.protobuf.Any`.
#[derive(Clone, PartialEq, prost::Message)]
struct Detail {
    #[prost(string, tag = "1")]
    type_url: String,
    #[prost(bytes = "bytes", tag = "2")]
    value: Bytes,
}

/// `google.rpc.RetryInfo`.
#[derive(Clone, PartialEq, prost::Message)]
struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    retry_delay: Option<Delay>,
}

/// `google.protobuf.Duration`.
#[derive(Clone, PartialEq, prost::Message)]
struct Delay {
    #[prost(int64, tag = "1")]
    seconds: i64,
    #[prost(int32, tag = "2")]
    nanos: i32,
}

fn retry_delay(details: &[u8]) -> Option<Duration> {
    let details = Details::decode(details).ok()?.details;
    let info = details.into_iter().find(|detail| detail.type_url.ends_with("/google.rpc.RetryInfo"))?;
    let delay = RetryInfo::decode(info.value).ok()?.retry_delay?;
    let (seconds, nanos) = (u64::try_from(delay.seconds).ok()?, u32::try_from(delay.nanos).ok()?);
    Some(Duration::new(seconds, nanos.min(999_999_999)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_retry_info(delay: Delay) -> Vec<u8> {
        let info = RetryInfo { retry_delay: Some(delay) }.encode_to_vec().into();
        let other = Detail { type_url: "type.googleapis.com/google.rpc.DebugInfo".to_owned(), value: Bytes::new() };
        let info = Detail { type_url: "type.googleapis.com/google.rpc.RetryInfo".to_owned(), value: info };
        Details { details: vec![other, info] }.encode_to_vec()
    }

    fn judged(code: Code, details: Vec<u8>) -> Again {
        refusal(&Status::with_details(code, "secret", details.into())).again
    }

    #[test]
    fn each_code_is_tried_again_or_not_as_the_specification_says() {
        let again = [
            Code::Cancelled,
            Code::DeadlineExceeded,
            Code::Aborted,
            Code::OutOfRange,
            Code::Unavailable,
            Code::DataLoss,
        ];
        for code in (0..17).map(Code::from_i32).filter(|code| *code != Code::Ok) {
            let expected = if again.contains(&code) { Again::After(None) } else { Again::Never };
            assert_eq!(judged(code, Vec::new()), expected, "{code:?}");
        }
    }

    #[test]
    fn retry_info_is_read_among_other_details_and_makes_a_full_receiver_worth_another_attempt() {
        let details = with_retry_info(Delay { seconds: 1, nanos: 500_000_000 });
        for code in [Code::ResourceExhausted, Code::Unavailable] {
            assert_eq!(judged(code, details.clone()), Again::After(Some(Duration::from_millis(1500))));
        }
        assert_eq!(judged(Code::InvalidArgument, details), Again::Never);
    }

    #[test]
    fn nonsense_for_retry_info_is_none() {
        for details in [b"nonsense".to_vec(), with_retry_info(Delay { seconds: -1, nanos: 0 })] {
            assert_eq!(judged(Code::ResourceExhausted, details), Again::Never);
        }
        let much = with_retry_info(Delay { seconds: i64::MAX, nanos: i32::MAX });
        assert!(matches!(judged(Code::Unavailable, much), Again::After(Some(_))));
    }

    #[test]
    fn what_the_receiver_writes_is_not_in_the_words() {
        let refusal = refusal(&Status::unauthenticated("secret"));
        assert_eq!(refusal, Refusal::never("the receiver answered Unauthenticated"));
    }

    #[test]
    fn an_answer_is_one_message_that_can_be_read_or_none() {
        let response = ExportResponse { partial_success: Some(crate::otlp::answer::PartialSuccess { rejected: 3 }) };
        let message = response.encode_to_vec();
        let framed = |flag: u8, length: u8, message: &[u8]| Bytes::from([&[flag, 0, 0, 0, length], message].concat());
        let length = u8::try_from(message.len()).unwrap();
        assert_eq!(taken(framed(0, length, &message), None), Ok(Taken { rejected: 3 }));
        assert_eq!(taken(framed(0, 0, &[]), None), Ok(Taken::default()));
        assert_eq!(taken(Bytes::new(), None), Ok(Taken::default()));
        for broken in [framed(1, length, &message), framed(0, length + 1, &message), Bytes::from_static(b"<a>")] {
            for encoding in [None, Some(Compression::Gzip)] {
                assert!(matches!(taken(broken.clone(), encoding), Err(Refusal { again: Again::Never, .. })));
            }
        }
    }

    #[test]
    fn an_answer_may_be_compressed_as_the_request_was() {
        let response = ExportResponse { partial_success: Some(crate::otlp::answer::PartialSuccess { rejected: 3 }) };
        #[cfg(feature = "zstd")]
        let all = [Compression::Gzip, Compression::Zstd];
        #[cfg(not(feature = "zstd"))]
        let all = [Compression::Gzip];
        for compression in all {
            let message = compression.compress(&response.encode_to_vec()).unwrap();
            let prefix = [1, 0, 0, 0, u8::try_from(message.len()).unwrap()];
            let framed = Bytes::from([&prefix[..], &message[..]].concat());
            assert_eq!(taken(framed, Some(compression)), Ok(Taken { rejected: 3 }));
            let headers = HeaderMap::from_iter([(
                http::HeaderName::from_static("grpc-encoding"),
                http::HeaderValue::from_static(compression.name()),
            )]);
            assert_eq!(encoding(&headers), Some(compression));
            // No more than is read of any answer.
            let bomb = compression.compress(&vec![0; MAX_ANSWER + 1]).unwrap();
            assert_eq!(compression.decompress(&bomb, MAX_ANSWER), None);
        }
    }
}
