//! Ports that are there and nobody listens.

use std::{io, net::TcpStream};

use tachograph_testing::otlp::{
    Answer, OtlpServer, proto::collector::trace::v1::trace_service_client::TraceServiceClient,
};

use crate::clients::{call_spans, channel, post_spans, spans};

fn connect(address: std::net::SocketAddr) -> Result<(), io::ErrorKind> {
    TcpStream::connect(address).map(drop).map_err(|error| error.kind())
}

#[tokio::test]
async fn a_server_that_refuses_connections_keeps_its_ports_and_comes_back() {
    let server = OtlpServer::start();
    let ports = [server.grpc_address(), server.http_address()];
    for _ in 0..3 {
        server.refuse_connections();
        for port in ports {
            assert_eq!(connect(port), Err(io::ErrorKind::ConnectionRefused));
        }
        // Nobody else gets them meanwhile.
        for port in ports {
            let taken = tokio::net::TcpSocket::new_v4().unwrap().bind(port).unwrap_err();
            assert_eq!(taken.kind(), io::ErrorKind::AddrInUse);
        }
        server.accept_connections();
        post_spans(&server, 1).await.unwrap();
        call_spans(&server, 1).await.unwrap();
    }
    server.accept_connections();
    assert_eq!(server.counts().traces.accepted, 6);
}

#[tokio::test]
async fn connections_that_stand_end_when_connections_are_refused() {
    let server = OtlpServer::start();
    server.from_now_on(Answer::hang());
    let mut client = TraceServiceClient::new(channel(&server).await);
    let (hanging, ()) = tokio::join!(client.export(spans(1)), async {
        server.until(|counts| counts.traces.attempts == 1).await;
        server.refuse_connections();
    });
    assert!(hanging.is_err());
}

#[tokio::test]
async fn after_its_end_nobody_listens() {
    let server = OtlpServer::start();
    let ports = [server.grpc_address(), server.http_address()];
    let standing = TcpStream::connect(ports[1]).unwrap();
    drop(server);
    for port in ports {
        assert_eq!(connect(port), Err(io::ErrorKind::ConnectionRefused));
    }
    drop(standing);
}
