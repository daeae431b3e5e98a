//! TLS with certificates that settings or code name.

use std::fs;
use std::path::Path;

use tachograph_pipeline::{Builder, Error, Pem, Pipeline, Protocol};
use tachograph_testing::otlp::{Authority, Identity, OtlpServer, Signal};
use tempfile::TempDir;

use crate::{LONG, builder, end_spans};

const NAMES: &[&str] = &["localhost", "127.0.0.1"];
const PROTOCOLS: [Protocol; 2] = [Protocol::HttpProtobuf, Protocol::Grpc];
const METRICS_OFF: (&str, &str) = ("OTEL_METRICS_EXPORTER", "none");
/// For exports that fail: they are tried again until it is over.
const HASTY: (&str, &str) = ("OTEL_EXPORTER_OTLP_TIMEOUT", "1500");

/// A variable, the file it names, the variables that go with it, and what is said.
type Mistake<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)], &'a str);

fn endpoint(server: &OtlpServer, protocol: Protocol) -> String {
    if protocol == Protocol::Grpc { server.grpc_endpoint() } else { server.http_endpoint() }
}

fn sending_to(server: &OtlpServer, protocol: Protocol, variables: &[(&str, &str)]) -> Builder {
    builder(variables).with_otlp_endpoint(endpoint(server, protocol)).with_protocol(protocol)
}

fn write(folder: &TempDir, name: &str, text: &str) -> String {
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Exports a span, and tells why that failed.
fn export(pipeline: &Pipeline) -> Result<(), String> {
    end_spans(pipeline, 1);
    match pipeline.force_flush_blocking(LONG).into_result() {
        Ok(_) => Ok(()),
        Err(_) => Err(pipeline.health().traces.last_error.unwrap()),
    }
}

#[test]
fn a_root_that_a_variable_names_is_trusted_by_spans_and_metrics_over_both_protocols() {
    let (folder, authority) = (tempfile::tempdir().unwrap(), Authority::new("ours"));
    let root = write(&folder, "root.pem", &authority.certificate_pem());
    for protocol in PROTOCOLS {
        let server = OtlpServer::builder().with_tls(&authority.server(NAMES)).start();
        let variables = [("OTEL_EXPORTER_OTLP_CERTIFICATE", root.as_str())];
        let pipeline = sending_to(&server, protocol, &variables).build().unwrap();
        pipeline.telemetry().unwrap().meter().u64_counter("calls").build().add(1, &[]);
        export(&pipeline).unwrap();
        let counts = server.counts();
        assert!(counts.traces.accepted == 1 && counts.metrics.accepted > 0, "{protocol}: {counts:?}");
        assert_eq!(counts.failed_handshakes, 0);
    }
}

#[test]
fn the_root_of_a_signal_beats_the_general_one_and_code_beats_both() {
    let (folder, ours, other) = (tempfile::tempdir().unwrap(), Authority::new("ours"), Authority::new("other"));
    let ours_file = write(&folder, "ours.pem", &ours.certificate_pem());
    let other_file = write(&folder, "other.pem", &other.certificate_pem());
    let variables = |general, traces| {
        vec![
            METRICS_OFF,
            ("OTEL_EXPORTER_OTLP_CERTIFICATE", general),
            ("OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE", traces),
        ]
    };
    for protocol in PROTOCOLS {
        let server = OtlpServer::builder().with_tls(&ours.server(NAMES)).start();
        let right = sending_to(&server, protocol, &variables(&other_file, &ours_file)).build().unwrap();
        export(&right).unwrap();
        let wrong = variables(&ours_file, &other_file);
        let hasty = sending_to(&server, protocol, &[wrong.clone(), vec![HASTY]].concat());
        let error = export(&hasty.build().unwrap()).unwrap_err();
        assert!(error.contains("UnknownIssuer"), "{protocol}: {error}");
        let mended = sending_to(&server, protocol, &wrong)
            .with_otlp_certificate(Pem::text(ours.certificate_pem()))
            .build()
            .unwrap();
        export(&mended).unwrap();
    }
}

#[test]
fn several_roots_in_one_file_are_all_trusted() {
    let (ours, other) = (Authority::new("ours"), Authority::new("other"));
    let both = Pem::text(format!("# two roots\n{}\n{}", other.certificate_pem(), ours.certificate_pem()));
    for protocol in PROTOCOLS {
        let server = OtlpServer::builder().with_tls(&ours.server(NAMES)).start();
        let pipeline = sending_to(&server, protocol, &[METRICS_OFF]).with_otlp_certificate(both.clone()).build();
        export(&pipeline.unwrap()).unwrap();
    }
}

#[test]
fn an_expired_certificate_and_one_of_another_name_are_refused_and_said() {
    let authority = Authority::new("ours");
    let cases =
        [(authority.expired_server(NAMES), "expired"), (authority.server(&["other.example"]), "not valid for name")];
    for (identity, expected) in cases {
        let server = OtlpServer::builder().with_tls(&identity).start();
        for protocol in PROTOCOLS {
            let root = Pem::text(authority.certificate_pem());
            let builder = sending_to(&server, protocol, &[METRICS_OFF, HASTY]);
            let pipeline = builder.with_otlp_certificate(root).build().unwrap();
            let error = export(&pipeline).unwrap_err();
            assert!(error.contains(expected), "{protocol}: {error}");
        }
        assert_eq!(server.counts().traces.attempts, 0);
    }
}

#[test]
fn a_receiver_that_wants_a_client_certificate_gets_the_one_that_is_named() {
    let (folder, ours, clients) = (tempfile::tempdir().unwrap(), Authority::new("ours"), Authority::new("clients"));
    let root = write(&folder, "root.pem", &ours.certificate_pem());
    let client = clients.client("agent.example");
    let certificate = write(&folder, "client.pem", &client.certificate_pem());
    let key = write(&folder, "client.key", &client.key_pem());
    for protocol in PROTOCOLS {
        let server = OtlpServer::builder().with_tls_for(&ours.server(NAMES), &clients).start();
        let root = ("OTEL_EXPORTER_OTLP_CERTIFICATE", root.as_str());
        let variables = [
            METRICS_OFF,
            root,
            ("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", &certificate),
            ("OTEL_EXPORTER_OTLP_CLIENT_KEY", &key),
        ];
        export(&sending_to(&server, protocol, &variables).build().unwrap()).unwrap();
        assert_eq!(server.counts().traces.accepted, 1);

        let hasty = || sending_to(&server, protocol, &[METRICS_OFF, root, HASTY]);
        export(&hasty().build().unwrap()).unwrap_err();
        let with = |builder: Builder, identity: &Identity| {
            let [certificate, key] = [identity.certificate_pem(), identity.key_pem()].map(Pem::text);
            export(&builder.with_otlp_client_certificate(certificate, key).build().unwrap())
        };
        with(hasty(), &ours.client("agent.example")).unwrap_err();
        assert_eq!(server.counts().traces.accepted, 1);
        with(sending_to(&server, protocol, &[METRICS_OFF, root]), &clients.client("other.example")).unwrap();
        assert_eq!(server.counts().traces.accepted, 2);
    }
}

#[test]
fn what_is_wrong_with_a_file_is_said_at_the_start_without_its_content() {
    const SECRET: &str = "c2VjcmV0";
    let (folder, authority) = (tempfile::tempdir().unwrap(), Authority::new("ours"));
    let (client, other) = (authority.client("a.example"), authority.client("b.example"));
    let missing = folder.path().join("missing.pem");
    let text = write(&folder, "text.pem", SECRET);
    let broken =
        write(&folder, "broken.pem", &format!("-----BEGIN CERTIFICATE-----\n{SECRET}%\n-----END CERTIFICATE-----\n"));
    let no_der =
        write(&folder, "no-der.pem", &format!("-----BEGIN CERTIFICATE-----\n{SECRET}\n-----END CERTIFICATE-----\n"));
    let encrypted = write(
        &folder,
        "encrypted.key",
        &format!("-----BEGIN ENCRYPTED PRIVATE KEY-----\n{SECRET}\n-----END ENCRYPTED PRIVATE KEY-----\n"),
    );
    let no_key =
        write(&folder, "no.key", &format!("-----BEGIN PRIVATE KEY-----\n{SECRET}\n-----END PRIVATE KEY-----\n"));
    let certificate = write(&folder, "client.pem", &client.certificate_pem());
    let key = write(&folder, "client.key", &client.key_pem());
    let other_key = write(&folder, "other.key", &other.key_pem());
    let (root, client_certificate, client_key) =
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", "OTEL_EXPORTER_OTLP_CLIENT_KEY");
    let missing = missing.to_str().unwrap();
    let cases: &[Mistake<'_>] = &[
        (root, missing, &[], "cannot be read: No such file"),
        (root, folder.path().to_str().unwrap(), &[], "cannot be read"),
        (root, &text, &[], "no certificate is in it"),
        (root, &key, &[], "no certificate is in it"),
        (root, &broken, &[], "not valid PEM"),
        (root, &no_der, &[], "certificate 1 in it is not valid"),
        (client_certificate, missing, &[(client_key, &key)], "cannot be read"),
        (client_certificate, &text, &[(client_key, &key)], "no certificate is in it"),
        (client_certificate, &no_der, &[(client_key, &key)], "not valid"),
        (client_key, missing, &[(client_certificate, &certificate)], "cannot be read"),
        (client_key, &certificate, &[(client_certificate, &certificate)], "no private key is in it"),
        (client_key, &encrypted, &[(client_certificate, &certificate)], "encrypted"),
        (client_key, &no_key, &[(client_certificate, &certificate)], "not valid"),
        (client_key, &other_key, &[(client_certificate, &certificate)], "does not fit the certificate in"),
    ];
    for (variable, path, others, problem) in cases {
        let variables = [&[METRICS_OFF, (*variable, *path)], *others].concat();
        for protocol in PROTOCOLS {
            let built = builder(&variables).with_otlp_endpoint("https://127.0.0.1:1").with_protocol(protocol).build();
            let Err(error @ Error::Certificate { .. }) = built else { panic!("{variable}={path}: {built:?}") };
            let message = error.to_string();
            assert!(message.starts_with(&format!("{variable}: {path}: ")) && message.contains(problem), "{message}");
            assert!(!format!("{message} {error:?}").contains(SECRET), "{message}");
        }
    }
    let built = builder(&[]).with_otlp_endpoint("https://127.0.0.1:1").with_otlp_certificate(Pem::text(SECRET)).build();
    assert_eq!(
        built.unwrap_err().to_string(),
        "with_otlp_certificate: the text: no certificate is in it; accepted: PEM, which begins with -----BEGIN CERTIFICATE-----"
    );
}

#[test]
fn certificates_for_a_plain_endpoint_are_not_read_and_a_warning_says_so() {
    let server = OtlpServer::start();
    let variables = [("OTEL_EXPORTER_OTLP_CERTIFICATE", "/nowhere/root.pem")];
    let pipeline = sending_to(&server, Protocol::HttpProtobuf, &variables).build().unwrap();
    export(&pipeline).unwrap();
    let unmet = pipeline.health().unmet;
    assert!(unmet[0].contains("OTEL_EXPORTER_OTLP_CERTIFICATE") && unmet[0].contains("https"), "{unmet:?}");
    assert!(unmet[0].contains("traces") && unmet[1].contains("metrics"), "{unmet:?}");
    let off = [variables[0], ("OTEL_TRACES_EXPORTER", "none"), METRICS_OFF, ("OTEL_LOGS_EXPORTER", "none")];
    assert!(builder(&off).build().unwrap().health().unmet.is_empty());
}

#[test]
fn a_grpc_endpoint_without_a_scheme_is_plain_when_code_says_so() {
    let server = OtlpServer::start();
    let address = server.grpc_address().to_string();
    let without_scheme =
        |variables: &[_]| builder(variables).with_otlp_endpoint(&address).with_protocol(Protocol::Grpc);
    export(&without_scheme(&[METRICS_OFF]).with_otlp_insecure(true).build().unwrap()).unwrap();
    export(&without_scheme(&[METRICS_OFF, ("OTEL_EXPORTER_OTLP_INSECURE", "true")]).build().unwrap()).unwrap();
    assert_eq!(server.accepted_at_least(Signal::Traces, 2).wait().traces.accepted, 2);
    let root = Pem::file(Path::new("/nowhere/root.pem"));
    let secure = without_scheme(&[METRICS_OFF, ("OTEL_EXPORTER_OTLP_INSECURE", "true")]).with_otlp_insecure(false);
    assert!(matches!(secure.with_otlp_certificate(root).build(), Err(Error::Certificate { .. })));
}
