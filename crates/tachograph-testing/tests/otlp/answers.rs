//! Each answer, as a client sees it.

use std::{
    io,
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{HeaderMap, Request, header};
use http_body_util::{BodyExt as _, Full};
use hyper_util::{client::legacy, rt::TokioExecutor};
use prost::Message;
use tachograph_testing::otlp::{
    Answer, OtlpServer, Signal,
    proto::collector::{
        metrics::v1::ExportMetricsServiceResponse, trace::v1::ExportTraceServiceResponse,
        trace::v1::trace_service_client::TraceServiceClient,
    },
};
use tonic::Code;

use crate::clients::{
    JSON, PROTOBUF, call, call_logs, call_metrics, call_spans, channel, logs, metrics, post, post_spans, spans,
};

#[tokio::test]
async fn all_signals_arrive_over_both_protocols_and_are_counted() {
    let server = OtlpServer::start();
    assert_eq!(post_spans(&server, 2).await.unwrap().status(), 200);
    assert_eq!(post(&server, "/v1/metrics", &[PROTOBUF], metrics(3).encode_to_vec()).await.unwrap().status(), 200);
    assert_eq!(post(&server, "/v1/logs", &[PROTOBUF], logs(4).encode_to_vec()).await.unwrap().status(), 200);
    assert_eq!(call_spans(&server, 5).await.unwrap(), ExportTraceServiceResponse::default());
    call_metrics(&server, 6).await.unwrap();
    call_logs(&server, 7).await.unwrap();

    let counts = server.counts();
    let all = Signal::ALL.map(|signal| {
        let counts = counts.of(signal);
        (counts.requests, counts.attempts, counts.received, counts.accepted)
    });
    assert_eq!(all, [(2, 2, 7, 7), (2, 2, 9, 9), (2, 2, 11, 11)]);
    assert_eq!((counts.connections, counts.refused, counts.accepted()), (6, 0, 27));
    let names: Vec<_> = server.spans().into_iter().map(|span| span.name).collect();
    assert_eq!(names, ["span 0", "span 1", "span 0", "span 1", "span 2", "span 3", "span 4"]);
    assert_eq!(server.log_records().len(), 11);
    assert_eq!(server.last_metrics()[0].name, "depth");
}

#[tokio::test]
async fn json_is_understood_and_answered_in_json() {
    let server = OtlpServer::start();
    server.next(1, Answer::reject(1, "a span too many")).next(1, Answer::unavailable());
    let body = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[
        {"traceId":"5b8efff798038103d269b633813fc60c","name":"a","startTimeUnixNano":"1544712660000000000"},{"name":"b"}]}]}]}"#;
    let answer = post(&server, "/v1/traces", &[JSON], body).await.unwrap();
    let json: serde_json::Value = serde_json::from_slice(answer.body()).unwrap();
    assert_eq!(json["partialSuccess"]["rejectedSpans"], "1");
    assert_eq!(json["partialSuccess"]["errorMessage"], "a span too many");
    let [span] = &server.spans()[..] else { panic!("{server:?}") };
    assert_eq!((span.trace_id[0], span.start_time_unix_nano), (0x5b, 1_544_712_660_000_000_000));

    let answer = post(&server, "/v1/traces", &[JSON], body).await.unwrap();
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()[header::CONTENT_TYPE]),
        (503, &"application/json".parse().unwrap())
    );
    let json: serde_json::Value = serde_json::from_slice(answer.body()).unwrap();
    assert_eq!((json["code"].as_i64(), json["message"].as_str()), (Some(14), Some("the backend is away")));
}

#[tokio::test]
async fn refusals_have_the_status_of_their_protocol() {
    let server = OtlpServer::start();
    let cases = [
        (Answer::too_many_requests(), 429, Code::ResourceExhausted),
        (Answer::unavailable(), 503, Code::Unavailable),
        (Answer::unauthenticated(), 401, Code::Unauthenticated),
        (Answer::invalid(), 400, Code::InvalidArgument),
        (Answer::status(502, 13), 502, Code::Internal),
    ];
    for (answer, http, grpc) in cases {
        server.from_now_on(answer.with_message("100 % ü"));
        let refused = post_spans(&server, 1).await.unwrap();
        assert_eq!(refused.status(), http);
        assert!(!refused.headers().contains_key(header::RETRY_AFTER));
        assert!(String::from_utf8_lossy(refused.body()).contains("100 % ü"));
        let status = call_spans(&server, 1).await.unwrap_err();
        assert_eq!((status.code(), status.message(), status.details()), (grpc, "100 % ü", &[][..]));
    }
    let traces = server.counts().traces;
    assert_eq!((traces.requests, traces.attempts, traces.received, traces.accepted), (1, 10, 10, 0));
    assert!(server.spans().is_empty());
    assert_eq!(server.requests().len(), 10);
}

#[tokio::test]
async fn a_wait_before_the_next_try_is_told() {
    let server = OtlpServer::start();
    server.from_now_on(Answer::too_many_requests().retry_after(Duration::from_millis(1500)));
    assert_eq!(post_spans(&server, 1).await.unwrap().headers()[header::RETRY_AFTER], "2");
    let status = call_spans(&server, 1).await.unwrap_err();
    assert_eq!(retry_delay(status.details()), (1, 500_000_000));

    let date = "Wed, 21 Oct 2065 07:28:00 GMT";
    server.from_now_on(Answer::unavailable().with_header("retry-after", date));
    assert_eq!(post_spans(&server, 1).await.unwrap().headers()[header::RETRY_AFTER], date);
}

/// Reads `google.rpc.Status` with other means than it was written with.
fn retry_delay(details: &[u8]) -> (u64, u64) {
    let field = |bytes: &[u8], wanted: u32| -> (u64, Vec<u8>) {
        let mut rest = bytes;
        while !rest.is_empty() {
            let (tag, kind) = prost::encoding::decode_key(&mut rest).unwrap();
            let value = prost::encoding::decode_varint(&mut rest).unwrap();
            let mut bytes = Vec::new();
            if kind == prost::encoding::WireType::LengthDelimited {
                let (now, later) = rest.split_at(usize::try_from(value).unwrap());
                (bytes, rest) = (now.to_vec(), later);
            }
            if tag == wanted {
                return (value, bytes);
            }
        }
        panic!("no field {wanted} in {bytes:?}")
    };
    let any = field(details, 3).1;
    assert_eq!(field(&any, 1).1, b"type.googleapis.com/google.rpc.RetryInfo");
    let delay = field(&field(&any, 2).1, 1).1;
    (field(&delay, 1).0, field(&delay, 2).0)
}

#[tokio::test]
async fn a_partial_success_says_how_many_items_and_why_and_the_first_are_kept() {
    let server = OtlpServer::start();
    server.from_now_on(Answer::reject(2, "too old"));
    let answer = call_spans(&server, 5).await.unwrap().partial_success.unwrap();
    assert_eq!((answer.rejected_spans, answer.error_message.as_str()), (2, "too old"));
    let answer = post(&server, "/v1/metrics", &[PROTOBUF], metrics(3).encode_to_vec()).await.unwrap();
    let answer = ExportMetricsServiceResponse::decode(answer.into_body()).unwrap().partial_success.unwrap();
    assert_eq!((answer.rejected_data_points, answer.error_message.as_str()), (2, "too old"));

    assert_eq!((server.counts().traces.accepted, server.counts().metrics.accepted), (3, 1));
    let names: Vec<_> = server.spans().into_iter().map(|span| span.name).collect();
    assert_eq!(names, ["span 0", "span 1", "span 2"]);
}

#[tokio::test]
async fn a_page_of_a_proxy_has_another_content_type() {
    let server = OtlpServer::start();
    server.from_now_on(Answer::page(502, "<html>Bad Gateway</html>"));
    let answer = post_spans(&server, 1).await.unwrap();
    assert_eq!((answer.status().as_u16(), &answer.body()[..]), (502, &b"<html>Bad Gateway</html>"[..]));
    assert_eq!(answer.headers()[header::CONTENT_TYPE], "text/html; charset=utf-8");
    let status = call_spans(&server, 1).await.unwrap_err();
    assert!(status.code() != Code::Ok && status.metadata().get("grpc-status").is_none(), "{status:?}");
}

#[tokio::test]
async fn garbage_is_right_by_its_head_and_no_message() {
    let server = OtlpServer::start();
    server.from_now_on(Answer::garbage());
    let answer = post_spans(&server, 1).await.unwrap();
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()[header::CONTENT_TYPE]),
        (200, &PROTOBUF.1.parse().unwrap())
    );
    assert!(ExportTraceServiceResponse::decode(answer.into_body()).is_err());
    assert_eq!(call_spans(&server, 1).await.unwrap_err().code(), Code::Internal);
}

#[tokio::test]
async fn half_an_answer_ends_before_its_end() {
    let server = OtlpServer::start();
    server.from_now_on(Answer::half());
    let request = Request::post(format!("{}/v1/traces", server.http_endpoint())).header(PROTOBUF.0, PROTOBUF.1);
    let client = legacy::Client::builder(TokioExecutor::new()).build_http();
    let mut answer =
        client.request(request.body(Full::<Bytes>::from(spans(1).encode_to_vec())).unwrap()).await.unwrap();
    assert_eq!(answer.status(), 200);
    let promised: usize = answer.headers()[header::CONTENT_LENGTH].to_str().unwrap().parse().unwrap();
    let first = answer.body_mut().frame().await.unwrap().unwrap().into_data().unwrap();
    assert_eq!(first.len(), promised / 2);
    assert!(answer.body_mut().frame().await.unwrap().is_err());

    let status = call_spans(&server, 1).await.unwrap_err();
    assert!(status.message().contains("error reading a body"), "{status:?}");
    assert_eq!(server.counts().traces.accepted, 0);
}

#[tokio::test]
async fn a_reset_is_seen_as_a_reset_by_everything_on_the_connection() {
    let server = OtlpServer::start();
    server.from_now_on(Answer::reset());
    let error = post_spans(&server, 1).await.unwrap_err();
    assert_eq!(io_kind(error.as_ref()), Some(io::ErrorKind::ConnectionReset), "{error:?}");
    let status = call_spans(&server, 1).await.unwrap_err();
    assert_eq!(io_kind(&status), Some(io::ErrorKind::ConnectionReset), "{status:?}");
    assert_eq!(server.counts().traces.attempts, 2);
}

fn io_kind(error: &(dyn std::error::Error + 'static)) -> Option<io::ErrorKind> {
    let mut chain = std::iter::successors(Some(error), |error| (*error).source());
    chain.find_map(|error| {
        let direct = error.downcast_ref::<io::Error>().map(io::Error::kind);
        direct.or_else(|| error.downcast_ref::<h2::Error>().and_then(h2::Error::get_io).map(io::Error::kind))
    })
}

#[tokio::test]
async fn a_hanging_server_answers_nothing_and_keeps_the_connection() {
    let server = OtlpServer::start();
    server.from_now_on(Answer::hang());
    let patience = Duration::from_millis(100);
    assert!(tokio::time::timeout(patience, post_spans(&server, 1)).await.is_err());
    let channel = channel(&server).await;
    let mut hanging = TraceServiceClient::new(channel.clone());
    assert!(tokio::time::timeout(patience, hanging.export(spans(1))).await.is_err());
    // Over the same connection: it is the answer that hangs.
    server.from_now_on(Answer::accept());
    TraceServiceClient::new(channel).export(spans(1)).await.unwrap();
    assert_eq!(server.counts().traces.accepted, 1);
}

#[tokio::test]
async fn a_slow_server_answers_later() {
    let server = OtlpServer::start();
    let delay = Duration::from_millis(200);
    server.from_now_on(Answer::accept().after(delay));
    let start = Instant::now();
    post_spans(&server, 1).await.unwrap();
    assert!(start.elapsed() >= delay);
    let start = Instant::now();
    call_spans(&server, 1).await.unwrap();
    assert!(start.elapsed() >= delay);
}

#[tokio::test]
async fn what_is_taken_in_by_a_lying_server_arrives_twice() {
    let server = OtlpServer::start();
    server.next(1, Answer::reset().but_takes_it_in());
    assert!(post_spans(&server, 2).await.is_err());
    post_spans(&server, 2).await.unwrap();
    let traces = server.counts().traces;
    assert_eq!((traces.requests, traces.attempts, traces.accepted), (1, 2, 4));
    assert_eq!(server.spans().len(), 4);
}

#[tokio::test]
async fn headers_and_metadata_of_requests_are_kept() {
    let server = OtlpServer::start();
    post(&server, "/v1/traces", &[PROTOBUF, ("x-team", "a")], spans(1).encode_to_vec()).await.unwrap();
    let mut request = tonic::Request::new(spans(1));
    request.metadata_mut().insert("x-team", "b".parse().unwrap());
    TraceServiceClient::new(channel(&server).await).export(request).await.unwrap();
    let teams: Vec<HeaderMap> = server.requests().into_iter().map(|request| request.headers).collect();
    assert_eq!((&teams[0]["x-team"], &teams[1]["x-team"]), (&"a".parse().unwrap(), &"b".parse().unwrap()));
}

#[tokio::test]
async fn requests_without_items_take_no_turn_and_count_apart() {
    let server = OtlpServer::start();
    server.next(1, Answer::unavailable());
    assert_eq!(post_spans(&server, 0).await.unwrap().status(), 200);
    call(&server, spans(0)).await.unwrap();
    assert_eq!((server.counts().traces.empty, server.counts().traces.attempts), (2, 0));
    assert_eq!(post_spans(&server, 1).await.unwrap().status(), 503);
    server.from_now_on(Answer::unauthenticated());
    assert_eq!(post_spans(&server, 0).await.unwrap().status(), 401);
}
