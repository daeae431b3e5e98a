//! TLS with a root of its own, a wrong one, and for known clients alone.

use tachograph_testing::otlp::{
    Authority, OtlpServer, proto::collector::trace::v1::trace_service_client::TraceServiceClient,
};
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Identity};

use crate::clients::spans;

const NAMES: &[&str] = &["localhost", "127.0.0.1"];

async fn send(server: &OtlpServer, tls: ClientTlsConfig) -> Result<(), String> {
    let endpoint = Channel::from_shared(server.grpc_endpoint()).unwrap().tls_config(tls).unwrap();
    let channel = endpoint.connect().await.map_err(|error| format!("{error:?}"))?;
    TraceServiceClient::new(channel).export(spans(1)).await.map(drop).map_err(|error| format!("{error:?}"))
}

fn trusting(authority: &Authority) -> ClientTlsConfig {
    ClientTlsConfig::new().ca_certificate(Certificate::from_pem(authority.certificate_pem()))
}

#[tokio::test]
async fn who_trusts_the_root_gets_through_and_who_does_not_does_not() {
    let (authority, other) = (Authority::new("ours"), Authority::new("another"));
    let server = OtlpServer::builder().with_tls(&authority.server(NAMES)).start();
    assert!(server.grpc_endpoint().starts_with("https://") && server.http_endpoint().starts_with("https://"));
    send(&server, trusting(&authority)).await.unwrap();
    let error = send(&server, trusting(&other)).await.unwrap_err();
    assert!(error.contains("UnknownIssuer"), "{error}");
    let counts = server.until(|counts| counts.failed_handshakes == 1).await;
    assert_eq!((counts.connections, counts.traces.accepted), (2, 1));
}

#[tokio::test]
async fn an_expired_or_mismatching_certificate_is_refused_by_the_client() {
    let authority = Authority::new("ours");
    let cases =
        [(authority.expired_server(NAMES), "Expired"), (authority.server(&["other.example"]), "NotValidForName")];
    for (identity, expected) in cases {
        let server = OtlpServer::builder().with_tls(&identity).start();
        let error = send(&server, trusting(&authority)).await.unwrap_err();
        assert!(error.contains(expected), "{error}");
    }
}

#[tokio::test]
async fn clients_without_a_certificate_of_the_right_authority_are_refused() {
    let (authority, clients, other) = (Authority::new("ours"), Authority::new("clients"), Authority::new("other"));
    let server = OtlpServer::builder().with_tls_for(&authority.server(NAMES), &clients).start();
    let identity = |signer: &Authority| {
        let client = signer.client("agent.example");
        Identity::from_pem(client.certificate_pem(), client.key_pem())
    };
    send(&server, trusting(&authority).identity(identity(&clients))).await.unwrap();
    assert!(send(&server, trusting(&authority)).await.is_err());
    assert!(send(&server, trusting(&authority).identity(identity(&other))).await.is_err());
    assert_eq!(server.counts().traces.accepted, 1);
}
