//! Where the services can be served.

use axum::{Router, http::StatusCode, routing::get};
use tachograph_monitor::{
    Monitoring, Readiness,
    grpc::{GetInfoRequest, monitor_client::MonitorClient},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::oneshot,
};
use tonic::{Code, transport::Server};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

use super::{connect, serve, soon};

/// The status line of the answer to a request of HTTP/1.
async fn status(address: std::net::SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer.lines().next().unwrap().to_owned()
}

#[tokio::test]
async fn a_port_of_its_own_speaks_http_and_grpc() {
    let served = serve(Monitoring::new()).await;
    assert_eq!(status(served.server.address(), "/health").await, "HTTP/1.1 200 OK");
    assert!(served.monitor().get_info(GetInfoRequest {}).await.is_ok());
}

#[tokio::test]
async fn merged_into_a_router_they_take_no_other_route_and_let_the_server_end() {
    let readiness = Readiness::new();
    let monitoring = Monitoring::new().with_readiness(readiness.clone());
    let app = Router::new()
        .route("/", get(|| async { "hello" }))
        .fallback(|| async { StatusCode::IM_A_TEAPOT })
        .merge(monitoring.clone().router())
        .merge(monitoring.grpc_routes().into_axum_router());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let server = tokio::spawn(async move {
        let shutdown = async move { drop(stopped.await) };
        axum::serve(listener, app).with_graceful_shutdown(shutdown).await
    });
    assert_eq!(status(address, "/").await, "HTTP/1.1 200 OK");
    assert_eq!(status(address, "/monitoring/health/ready").await, "HTTP/1.1 200 OK");
    assert_eq!(status(address, "/elsewhere").await, "HTTP/1.1 418 I'm a teapot");
    let channel = connect(address).await;
    assert!(MonitorClient::new(channel.clone()).get_info(GetInfoRequest {}).await.is_ok());
    let mut stream = HealthClient::new(channel).watch(HealthCheckRequest::default()).await.unwrap().into_inner();
    assert!(soon(stream.message()).await.unwrap().is_some());
    readiness.shut_down();
    stop.send(()).unwrap();
    soon(server).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_server_of_tonic_has_them_too_and_knows_no_others() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let incoming = tonic::transport::server::TcpIncoming::from(listener);
    let server = Server::builder().add_routes(Monitoring::new().grpc_routes()).serve_with_incoming(incoming);
    tokio::spawn(server);
    let channel = connect(address).await;
    assert!(MonitorClient::new(channel.clone()).get_info(GetInfoRequest {}).await.is_ok());
    assert!(HealthClient::new(channel.clone()).check(HealthCheckRequest::default()).await.is_ok());
    let mut grpc = tonic::client::Grpc::new(channel);
    grpc.ready().await.unwrap();
    let codec = tonic_prost::ProstCodec::<GetInfoRequest, GetInfoRequest>::default();
    let path = "/nobody.Service/Method".parse().unwrap();
    let refused = grpc.unary(tonic::Request::new(GetInfoRequest {}), path, codec).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unimplemented);
}
