//! What is no request of OTLP, too large, compressed, or without a credential.

use std::io::Write as _;

use flate2::{Compression, write::GzEncoder};
use http::Method;
use prost::Message;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use tachograph_testing::otlp::{
    OtlpServer, Protocol, proto::collector::trace::v1::trace_service_client::TraceServiceClient,
};
use tonic::{Code, Request, codec::CompressionEncoding};

use crate::clients::{JSON, PROTOBUF, call, call_spans, channel, large, post, post_spans, spans};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn compressed_requests_are_understood() {
    let server = OtlpServer::start();
    let plain = spans(100).encode_to_vec();
    let zstd = compress_to_vec(&plain[..], CompressionLevel::Fastest);
    for (encoding, body) in [("gzip", gzip(&plain)), ("zstd", zstd.clone())] {
        let headers = [PROTOBUF, ("content-encoding", encoding)];
        assert_eq!(post(&server, "/v1/traces", &headers, body).await.unwrap().status(), 200, "{encoding}");
    }
    let mut client = TraceServiceClient::new(channel(&server).await).send_compressed(CompressionEncoding::Gzip);
    client.export(spans(100)).await.unwrap();

    assert_eq!((server.spans().len(), server.counts().traces.requests), (300, 1));
    for request in server.requests() {
        assert_eq!(request.bytes, plain.len());
        assert!(request.bytes_on_the_wire < plain.len());
    }
    assert_eq!(server.requests()[2].protocol, Protocol::Grpc);
}

#[tokio::test]
async fn bodies_that_cannot_be_read_are_refused() {
    let server = OtlpServer::start();
    let plain = spans(1).encode_to_vec();
    let cases = [
        (PROTOBUF, "gzip", plain.clone()),
        (PROTOBUF, "zstd", plain.clone()),
        (PROTOBUF, "br", plain.clone()),
        (PROTOBUF, "", b"\xff\xff".to_vec()),
        (JSON, "", plain),
    ];
    for (content_type, encoding, body) in cases {
        let headers = [content_type, ("content-encoding", encoding)];
        let answer = post(&server, "/v1/traces", &headers, body).await.unwrap();
        assert_eq!(answer.status(), 400, "{headers:?}");
    }
    assert_eq!((server.counts().refused, server.counts().traces.attempts), (5, 0));
}

#[tokio::test]
async fn what_is_no_export_is_refused_as_the_collector_does() {
    let server = OtlpServer::start();
    assert_eq!(post(&server, "/v1/trace", &[PROTOBUF], "").await.unwrap().status(), 404);
    assert_eq!(post(&server, "/v1/traces", &[("content-type", "text/plain")], "").await.unwrap().status(), 415);
    let client = hyper_util::client::legacy::Client::builder(hyper_util::rt::TokioExecutor::new()).build_http();
    let get = http::Request::builder().method(Method::GET).uri(format!("{}/v1/traces", server.http_endpoint()));
    let answer = client.request(get.body(http_body_util::Full::<bytes::Bytes>::default()).unwrap()).await.unwrap();
    assert_eq!(answer.status(), 405);

    let mut grpc = tonic::client::Grpc::new(channel(&server).await);
    grpc.ready().await.unwrap();
    let codec = tonic_prost::ProstCodec::<
        _,
        tachograph_testing::otlp::proto::collector::trace::v1::ExportTraceServiceResponse,
    >::default();
    let status = grpc.unary(Request::new(spans(1)), "/other.Service/Export".parse().unwrap(), codec).await.unwrap_err();
    assert_eq!(status.code(), Code::Unimplemented);
    assert_eq!(server.counts().refused, 4);
}

#[tokio::test]
async fn messages_above_the_collectors_limits_are_refused() {
    let server = OtlpServer::start();
    let limit = 4 * 1024 * 1024;
    let overhead = large(limit).encode_to_vec().len() - limit;
    call(&server, large(limit - overhead)).await.unwrap();
    let status = call(&server, large(limit)).await.unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted);
    assert!(
        status.message().contains("received message larger than max (41943") && status.details().is_empty(),
        "{status}"
    );
    let mut client = TraceServiceClient::new(channel(&server).await).send_compressed(CompressionEncoding::Gzip);
    let status = client.export(large(limit)).await.unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted, "{status}");

    let small = OtlpServer::builder().with_http_limit(1000).with_grpc_limit(1000).start();
    let body = large(2000).encode_to_vec();
    let packed = [PROTOBUF, ("content-encoding", "gzip")];
    for answer in [
        post(&small, "/v1/traces", &[PROTOBUF], body.clone()).await.unwrap(),
        post(&small, "/v1/traces", &packed, gzip(&body)).await.unwrap(),
    ] {
        assert_eq!(answer.status(), 400);
        assert!(String::from_utf8_lossy(answer.body()).contains("http: request body too large"));
    }
    assert_eq!(call(&small, large(2000)).await.unwrap_err().code(), Code::ResourceExhausted);
    assert_eq!(small.counts().refused, 3);
}

#[tokio::test]
async fn who_has_no_credential_is_refused() {
    let server = OtlpServer::builder().with_credential("authorization", "Bearer secret").start();
    assert_eq!(post_spans(&server, 1).await.unwrap().status(), 401);
    assert_eq!(call_spans(&server, 1).await.unwrap_err().code(), Code::Unauthenticated);
    let credential = [PROTOBUF, ("authorization", "Bearer secret")];
    assert_eq!(post(&server, "/v1/traces", &credential, spans(1).encode_to_vec()).await.unwrap().status(), 200);
    assert_eq!((server.counts().refused, server.counts().traces.attempts), (2, 1));
}
