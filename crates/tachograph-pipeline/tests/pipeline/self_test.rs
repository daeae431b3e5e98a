//! What the self-test at the start finds wrong, and what it tells to change.

use std::thread;
use std::time::{Duration, Instant};

use tachograph_pipeline::{Builder, Pem, Pipeline, Protocol, TelemetryHealth};
use tachograph_testing::otlp::{Answer, Authority, Counts, OtlpServer};

use crate::collector::{dead_endpoint, hanging_endpoint};
use crate::{LONG, builder, end_spans};

const NAMES: &[&str] = &["localhost", "127.0.0.1"];
const PROTOCOLS: [Protocol; 2] = [Protocol::HttpProtobuf, Protocol::Grpc];
const GRPC: (&str, &str) = ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc");
/// Metrics are pushed seldom enough not to say anything of their own.
const TRACES_ALONE: [(&str, &str); 2] = [("OTEL_METRICS_EXPORTER", "none"), ("OTEL_LOGS_EXPORTER", "none")];

fn address(server: &OtlpServer, protocol: Protocol) -> String {
    if protocol == Protocol::Grpc { server.grpc_endpoint() } else { server.http_endpoint() }
}

fn tested(variables: &[(&str, &str)]) -> Builder {
    builder(&[variables, &TRACES_ALONE].concat()).with_self_test(true)
}

fn sending_to(endpoint: &str, protocol: Protocol) -> Builder {
    let protocol = protocol.to_string();
    tested(&[("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint), ("OTEL_EXPORTER_OTLP_PROTOCOL", &protocol)])
}

fn until(pipeline: &Pipeline, condition: impl Fn(&TelemetryHealth) -> bool) -> TelemetryHealth {
    let start = Instant::now();
    loop {
        let health = pipeline.health();
        if condition(&health) {
            return health;
        }
        assert!(start.elapsed() < 2 * LONG, "{health:?}");
        thread::sleep(Duration::from_millis(2));
    }
}

/// What is found wrong with the export of spans.
fn diagnosis(builder: Builder) -> String {
    let pipeline = builder.build().unwrap();
    until(&pipeline, |health| health.traces.diagnosis.is_some()).traces.diagnosis.unwrap()
}

#[test]
fn where_all_is_well_nothing_is_found_and_no_data_is_created() {
    let authority = Authority::new("ours");
    let root = Pem::text(authority.certificate_pem());
    let servers = [
        OtlpServer::builder().with_credential("x-key", "secret").start(),
        OtlpServer::builder().with_credential("x-key", "secret").with_tls(&authority.server(NAMES)).start(),
    ];
    for (server, protocol) in servers.iter().flat_map(|server| PROTOCOLS.map(|protocol| (server, protocol))) {
        let before = server.counts();
        let pipeline = builder(&[])
            .with_otlp_endpoint(address(server, protocol))
            .with_protocol(protocol)
            .with_otlp_certificate(root.clone())
            .with_header("x-key", "secret")
            .with_self_test(true)
            .build()
            .unwrap();
        // One signal after the other: the first two are through.
        let counts = server.until(move |counts| counts.logs.empty > before.logs.empty).wait();
        let health = pipeline.health();
        assert_eq!((health.traces.diagnosis, health.metrics.diagnosis), (None, None), "{protocol}");
        let attempts = |counts: &Counts| [counts.traces, counts.metrics, counts.logs].map(|signal| signal.attempts);
        // A pipeline that is dropped pushes its metrics, and such a one was here before.
        assert_eq!((attempts(&counts), counts.refused), (attempts(&before), 0));
    }
}

#[test]
fn grpc_at_a_port_for_http_is_told_with_what_to_set() {
    let server = OtlpServer::start();
    let endpoint = server.http_endpoint();
    assert_eq!(
        diagnosis(tested(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint), GRPC])),
        format!(
            "OTLP endpoint {endpoint} speaks HTTP, and OTEL_EXPORTER_OTLP_PROTOCOL says grpc: set it to http/protobuf, or use \
             the gRPC port (usually 4317)"
        )
    );
}

#[test]
fn http_at_a_port_for_grpc_is_told_with_what_to_set() {
    let server = OtlpServer::start();
    let endpoint = server.grpc_endpoint();
    let http = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/protobuf");
    assert_eq!(
        diagnosis(tested(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint), http])),
        format!(
            "OTLP endpoint {endpoint} speaks gRPC, and OTEL_EXPORTER_OTLP_TRACES_PROTOCOL says http/protobuf: set it to grpc, or \
             use the HTTP port (usually 4318)"
        )
    );
    assert_eq!(
        diagnosis(tested(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint)])),
        format!(
            "OTLP endpoint {endpoint} speaks gRPC, and the default protocol is http/protobuf: set OTEL_EXPORTER_OTLP_PROTOCOL to \
             grpc, or use the HTTP port (usually 4318)"
        )
    );
}

#[test]
fn the_wrong_protocol_over_tls_is_told_as_well() {
    let authority = Authority::new("ours");
    let server = OtlpServer::builder().with_tls(&authority.server(NAMES)).start();
    for (endpoint, protocol, spoken) in [
        (server.http_endpoint(), Protocol::Grpc, "speaks HTTP, and OTEL_EXPORTER_OTLP_PROTOCOL says grpc"),
        (
            server.grpc_endpoint(),
            Protocol::HttpProtobuf,
            "speaks gRPC, and OTEL_EXPORTER_OTLP_PROTOCOL says http/protobuf",
        ),
    ] {
        let builder = sending_to(&endpoint, protocol).with_otlp_certificate(Pem::text(authority.certificate_pem()));
        let found = diagnosis(builder);
        assert!(found.contains(spoken), "{found}");
    }
}

#[test]
fn tls_at_a_plain_port_is_told_with_what_to_write() {
    let (server, authority) = (OtlpServer::start(), Authority::new("ours"));
    for protocol in PROTOCOLS {
        let endpoint = address(&server, protocol).replace("http://", "https://");
        let builder = sending_to(&endpoint, protocol).with_otlp_certificate(Pem::text(authority.certificate_pem()));
        assert_eq!(
            diagnosis(builder),
            format!(
                "OTLP endpoint {endpoint} speaks no TLS: write http:// in OTEL_EXPORTER_OTLP_ENDPOINT, or switch TLS on \
                 there"
            )
        );
    }
}

#[test]
fn where_an_address_without_a_scheme_is_taken_for_tls_the_variable_for_that_is_named() {
    let (server, authority) = (OtlpServer::start(), Authority::new("ours"));
    let builder = sending_to(&server.grpc_address().to_string(), Protocol::Grpc);
    let found = diagnosis(builder.with_otlp_certificate(Pem::text(authority.certificate_pem())));
    assert!(found.contains("OTEL_EXPORTER_OTLP_ENDPOINT, or set OTEL_EXPORTER_OTLP_INSECURE to true"), "{found}");
}

#[test]
fn a_plain_address_of_a_port_with_tls_is_told_with_what_to_write() {
    let authority = Authority::new("ours");
    let server = OtlpServer::builder().with_tls(&authority.server(NAMES)).start();
    for protocol in PROTOCOLS {
        let endpoint = address(&server, protocol).replace("https://", "http://");
        assert_eq!(
            diagnosis(sending_to(&endpoint, protocol)),
            format!("OTLP endpoint {endpoint} speaks TLS: write https:// in OTEL_EXPORTER_OTLP_ENDPOINT")
        );
    }
}

#[test]
fn a_wrong_path_is_told_with_the_rule_of_its_variable() {
    let server = OtlpServer::start();
    let (endpoint, exact) =
        (format!("{}/v1/traces", server.http_endpoint()), format!("{}/?key=c2VjcmV0", server.http_endpoint()));
    assert_eq!(
        diagnosis(tested(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint)])),
        format!(
            "OTLP endpoint {endpoint}/v1/traces does not exist (404 Not Found): mend OTEL_EXPORTER_OTLP_ENDPOINT (/v1/traces is \
             added to it), or set OTEL_TRACES_EXPORTER to none"
        )
    );
    assert_eq!(
        diagnosis(tested(&[("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", &exact)])),
        format!(
            "OTLP endpoint {}/ does not exist (404 Not Found): mend OTEL_EXPORTER_OTLP_TRACES_ENDPOINT (it is used as it is, and \
             usually ends in /v1/traces), or set OTEL_TRACES_EXPORTER to none",
            server.http_endpoint()
        )
    );
}

#[test]
fn a_port_where_nobody_listens_and_a_name_that_nobody_knows_are_told() {
    for protocol in PROTOCOLS {
        let endpoint = dead_endpoint();
        assert_eq!(
            diagnosis(sending_to(&endpoint, protocol)),
            format!(
                "OTLP endpoint {endpoint}: nobody listens there (connection refused): start the receiver, or mend \
                 OTEL_EXPORTER_OTLP_ENDPOINT"
            )
        );
        let found = diagnosis(sending_to("http://collector.invalid:4318", protocol));
        assert!(
            found.starts_with("OTLP endpoint http://collector.invalid:4318: ") && found.contains("name"),
            "{found}"
        );
    }
}

#[test]
fn refused_credentials_are_told_without_them() {
    let server = OtlpServer::builder().with_credential("authorization", "Bearer right").start();
    for protocol in PROTOCOLS {
        let found = diagnosis(sending_to(&address(&server, protocol), protocol));
        assert!(found.contains("no header is set") && found.contains("OTEL_EXPORTER_OTLP_HEADERS"), "{found}");
        let wrong = sending_to(&address(&server, protocol), protocol).with_header("authorization", "Bearer c2VjcmV0");
        let found = diagnosis(wrong);
        assert!(found.contains("refuses the credentials") && !found.contains("c2VjcmV0"), "{found}");
    }
}

#[test]
fn a_certificate_that_is_not_trusted_is_told_with_its_reason() {
    let (ours, other) = (Authority::new("ours"), Authority::new("other"));
    let cases = [
        (
            ours.server(NAMES),
            &other,
            "not signed by a root that was named (UnknownIssuer): set OTEL_EXPORTER_OTLP_CERTIFICATE",
        ),
        (ours.expired_server(NAMES), &ours, "its certificate has expired"),
        (
            ours.server(&["other.example"]),
            &ours,
            "is for another name than 127.0.0.1: mend OTEL_EXPORTER_OTLP_ENDPOINT",
        ),
    ];
    for (identity, trusted, expected) in cases {
        let server = OtlpServer::builder().with_tls(&identity).start();
        for protocol in PROTOCOLS {
            let root = Pem::text(trusted.certificate_pem());
            let found = diagnosis(sending_to(&address(&server, protocol), protocol).with_otlp_certificate(root));
            assert!(found.contains(expected), "{protocol}: {found}");
        }
    }
}

#[test]
fn a_receiver_that_wants_another_client_certificate_is_told() {
    let (ours, clients) = (Authority::new("ours"), Authority::new("clients"));
    let server = OtlpServer::builder().with_tls_for(&ours.server(NAMES), &clients).start();
    let wrong = ours.client("agent.example");
    for protocol in PROTOCOLS {
        let root = Pem::text(ours.certificate_pem());
        let builder = || sending_to(&address(&server, protocol), protocol).with_otlp_certificate(root.clone());
        let found = diagnosis(builder());
        assert!(
            found.contains("if the receiver wants one, set OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE"),
            "{protocol}: {found}"
        );
        let [certificate, key] = [wrong.certificate_pem(), wrong.key_pem()].map(Pem::text);
        let found = diagnosis(builder().with_otlp_client_certificate(certificate, key));
        assert!(found.contains("perhaps it does not take the client certificate: check OTEL"), "{protocol}: {found}");
    }
}

#[test]
fn a_receiver_that_takes_nothing_now_is_told_until_an_export_succeeds() {
    let server = OtlpServer::start();
    for protocol in PROTOCOLS {
        server.from_now_on(Answer::unavailable());
        let pipeline = sending_to(&address(&server, protocol), protocol).build().unwrap();
        let health = until(&pipeline, |health| health.traces.diagnosis.is_some());
        let found = health.traces.diagnosis.unwrap();
        assert!(found.contains("takes nothing now") && found.contains("tried again"), "{found}");
        server.from_now_on(Answer::accept());
        end_spans(&pipeline, 1);
        pipeline.force_flush_blocking(LONG).into_result().unwrap();
        assert_eq!(pipeline.health().traces.diagnosis, None);
    }
}

#[test]
fn pages_and_other_refusals_are_told() {
    let server = OtlpServer::start();
    let cases = [
        (Answer::page(200, "<html>Log in</html>"), "answers, but not as a receiver of OTLP", "speaks HTTP, and"),
        (
            Answer::page(403, "<html>No</html>"),
            "refuses the credentials (HTTP 403 Forbidden)",
            "refuses the credentials (HTTP 403",
        ),
        (Answer::status(500, 13), "refuses an empty export (500", "refuses an empty export (gRPC status 13)"),
        (
            Answer::status(301, 12),
            "sends elsewhere (301",
            "takes no traces: check OTEL_EXPORTER_OTLP_ENDPOINT, or set OTEL_TRACES_EXPORTER",
        ),
    ];
    for (answer, http, grpc) in cases {
        server.from_now_on(answer);
        for (protocol, expected) in [(Protocol::HttpProtobuf, http), (Protocol::Grpc, grpc)] {
            let found = diagnosis(sending_to(&address(&server, protocol), protocol));
            assert!(found.contains(expected), "{protocol}: {found}");
        }
    }
}

#[test]
fn a_receiver_that_hangs_delays_nothing_and_is_told() {
    for protocol in PROTOCOLS {
        let (endpoint, _listener) = hanging_endpoint();
        let pipeline = sending_to(&endpoint, protocol).build().unwrap();
        assert_eq!(pipeline.health().traces.diagnosis, None);
        drop(pipeline);
        let timeout = ("OTEL_EXPORTER_OTLP_TIMEOUT", "200");
        let protocol = protocol.to_string();
        let variables =
            [("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()), ("OTEL_EXPORTER_OTLP_PROTOCOL", &protocol), timeout];
        let found = diagnosis(tested(&variables));
        assert!(found.contains("takes connections and does not answer"), "{found}");
    }
}

#[test]
fn it_can_be_switched_off() {
    let server = OtlpServer::start();
    let variable = ("TACHOGRAPH_SELF_TEST", "false");
    let settings =
        tachograph_pipeline::Settings::from_lookup(|name| (name == variable.0).then(|| variable.1.to_owned()));
    let by_variable = Builder::new().with_settings(settings.unwrap());
    for builder in [by_variable, tested(&[]).with_self_test(false)] {
        let pipeline = builder.with_otlp_endpoint(server.http_endpoint()).build().unwrap();
        end_spans(&pipeline, 1);
        pipeline.force_flush_blocking(LONG).into_result().unwrap();
        assert_eq!(server.counts().traces.empty, 0);
        assert!(pipeline.shutdown_blocking(LONG).into_result().is_ok());
    }
    assert_eq!(server.counts().traces.accepted, 2);
}
