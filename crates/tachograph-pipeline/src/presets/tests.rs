use super::*;

struct Expected {
    urls: [Option<&'static str>; 3],
    protocol: Protocol,
    headers: &'static [(&'static str, &'static str)],
    max_request_bytes: usize,
}

const ALL: usize = 3_500_000;

fn presets() -> [(Preset, Expected); 12] {
    let http = |urls, headers, max_request_bytes| Expected {
        urls,
        protocol: Protocol::HttpProtobuf,
        headers,
        max_request_bytes,
    };
    [
        (
            Preset::grafana_cloud("eu-west-2", "123456", "glc_s3cret"),
            http(
                [
                    Some("https://otlp-gateway-prod-eu-west-2.grafana.net/otlp/v1/traces"),
                    Some("https://otlp-gateway-prod-eu-west-2.grafana.net/otlp/v1/metrics"),
                    Some("https://otlp-gateway-prod-eu-west-2.grafana.net/otlp/v1/logs"),
                ],
                &[("authorization", "Basic MTIzNDU2OmdsY19zM2NyZXQ=")],
                ALL,
            ),
        ),
        (
            Preset::jaeger("http://jaeger:4317/"),
            Expected {
                urls: [Some("http://jaeger:4317/"), None, None],
                protocol: Protocol::Grpc,
                headers: &[],
                max_request_bytes: ALL,
            },
        ),
        (Preset::jaeger("http://jaeger:4318"), http([Some("http://jaeger:4318/v1/traces"), None, None], &[], ALL)),
        (
            Preset::datadog("datadoghq.eu", "s3cret"),
            http(
                [Some("https://otlp.datadoghq.eu/v1/traces"), None, Some("https://otlp.datadoghq.eu/v1/logs")],
                &[("dd-api-key", "s3cret")],
                ALL,
            ),
        ),
        (
            Preset::new_relic("us", "s3cret"),
            http(
                [
                    Some("https://otlp.nr-data.net/v1/traces"),
                    Some("https://otlp.nr-data.net/v1/metrics"),
                    Some("https://otlp.nr-data.net/v1/logs"),
                ],
                &[("api-key", "s3cret")],
                1_000_000,
            ),
        ),
        (
            Preset::new_relic("EU", "s3cret"),
            http(
                [
                    Some("https://otlp.eu01.nr-data.net/v1/traces"),
                    Some("https://otlp.eu01.nr-data.net/v1/metrics"),
                    Some("https://otlp.eu01.nr-data.net/v1/logs"),
                ],
                &[("api-key", "s3cret")],
                1_000_000,
            ),
        ),
        (
            Preset::honeycomb(" s3cret\n"),
            http(
                [
                    Some("https://api.honeycomb.io/v1/traces"),
                    Some("https://api.honeycomb.io/v1/metrics"),
                    Some("https://api.honeycomb.io/v1/logs"),
                ],
                &[("x-honeycomb-team", "s3cret")],
                ALL,
            ),
        ),
        (
            Preset::sentry("https://o1.ingest.sentry.io/api/2/integration/otlp/v1/traces", "s3cret"),
            http(
                [
                    Some("https://o1.ingest.sentry.io/api/2/integration/otlp/v1/traces"),
                    None,
                    Some("https://o1.ingest.sentry.io/api/2/integration/otlp/v1/logs"),
                ],
                &[("x-sentry-auth", "sentry sentry_key=s3cret")],
                ALL,
            ),
        ),
        (
            Preset::sentry("https://o1.ingest.sentry.io/api/2/integration/otlp/", "s3cret"),
            http(
                [
                    Some("https://o1.ingest.sentry.io/api/2/integration/otlp/v1/traces"),
                    None,
                    Some("https://o1.ingest.sentry.io/api/2/integration/otlp/v1/logs"),
                ],
                &[("x-sentry-auth", "sentry sentry_key=s3cret")],
                ALL,
            ),
        ),
        (
            Preset::langfuse("https://cloud.langfuse.com/", "pk-lf-1", "sk-lf-s3cret"),
            http(
                [Some("https://cloud.langfuse.com/api/public/otel/v1/traces"), None, None],
                &[("authorization", "Basic cGstbGYtMTpzay1sZi1zM2NyZXQ="), ("x-langfuse-ingestion-version", "4")],
                ALL,
            ),
        ),
        (
            Preset::phoenix("http://localhost:6006", "s3cret"),
            http([Some("http://localhost:6006/v1/traces"), None, None], &[("authorization", "Bearer s3cret")], ALL),
        ),
        (
            Preset::phoenix("http://localhost:6006", ""),
            http([Some("http://localhost:6006/v1/traces"), None, None], &[], ALL),
        ),
    ]
}

const SIGNALS: [Signal; 3] = [Signal::Traces, Signal::Metrics, Signal::Logs];

#[test]
fn every_preset_is_what_its_backend_documents() {
    for (preset, expected) in presets() {
        let shown = format!("{preset:?}");
        let mut settings = Settings::default();
        preset.apply(&mut settings).unwrap();
        let exporters = [settings.traces_exporter, settings.metrics_exporter, settings.logs_exporter];
        let otlps = [&settings.traces_otlp, &settings.metrics_otlp, &settings.logs_otlp];
        for (index, signal) in SIGNALS.into_iter().enumerate() {
            let (otlp, off) = (otlps[index], exporters[index] == ExporterChoice::None);
            let url = (!off).then(|| otlp.url(signal).unwrap());
            assert_eq!(url.as_deref(), expected.urls[index], "{shown}, {signal:?}");
            assert_eq!(
                (otlp.protocol, otlp.max_request_bytes),
                (expected.protocol, expected.max_request_bytes),
                "{shown}"
            );
            let mut headers: Vec<_> =
                otlp.headers.iter().map(|(key, it)| (key.as_str(), it.to_str().unwrap())).collect();
            headers.sort_unstable();
            assert_eq!(headers, expected.headers, "{shown}");
            let named = format!("{} are not sent to", signal.name());
            let told = settings.unmet().iter().filter(|sentence| sentence.starts_with(&named)).count();
            assert_eq!(told, usize::from(off), "{shown}, {signal:?}: {:?}", settings.unmet());
        }
    }
}

#[test]
fn no_secret_is_printed() {
    for (preset, _) in presets() {
        let shown = format!("{preset:?}");
        let mut settings = Settings::default();
        preset.apply(&mut settings).unwrap();
        let shown = format!("{shown} {settings:?} {:?}", settings.unmet());
        for secret in ["s3cret", "MTIzNDU2", "cGstbGYt"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}

#[test]
fn arguments_that_cannot_be_right_are_errors_that_name_the_preset() {
    let cases = [
        (Preset::grafana_cloud("", "1", "t0ken"), "Preset::grafana_cloud", "eu-west-2"),
        (Preset::grafana_cloud("x.evil/", "1", "t0ken"), "Preset::grafana_cloud", "eu-west-2"),
        (Preset::grafana_cloud("eu-west-2", "me", "t0ken"), "Preset::grafana_cloud", "number"),
        (Preset::grafana_cloud("eu-west-2", "1", " "), "Preset::grafana_cloud", "not empty"),
        (Preset::datadog("datadoghq", "t0ken"), "Preset::datadog", "datadoghq.com"),
        (Preset::datadog("datadoghq.com/x", "t0ken"), "Preset::datadog", "datadoghq.com"),
        (Preset::datadog("datadoghq.com", ""), "Preset::datadog", "not empty"),
        (Preset::new_relic("asia", "t0ken"), "Preset::new_relic", "us, eu"),
        (Preset::new_relic("us", ""), "Preset::new_relic", "not empty"),
        (Preset::honeycomb(""), "Preset::honeycomb", "not empty"),
        (Preset::honeycomb("t0ken\nx: y"), "Preset::honeycomb", "header"),
        (Preset::sentry("https://sentry.io/otlp", ""), "Preset::sentry", "not empty"),
        (Preset::langfuse("https://cloud.langfuse.com", "", "t0ken"), "Preset::langfuse", "not empty"),
        (Preset::langfuse("https://cloud.langfuse.com", "pk", ""), "Preset::langfuse", "not empty"),
        (Preset::phoenix("http://localhost:6006", "t0k\u{7f}en"), "Preset::phoenix", "header"),
    ];
    for (preset, source_name, accepted) in cases {
        let message = preset.apply(&mut Settings::default()).unwrap_err().to_string();
        assert!(message.contains(source_name) && message.contains(accepted), "{message}");
        assert!(!message.contains("t0k"), "{message}");
    }
}

#[test]
fn addresses_without_a_host_are_errors_that_name_the_preset() {
    for preset in
        [Preset::jaeger(""), Preset::langfuse("cloud.langfuse.com", "pk", "sk"), Preset::phoenix("localhost", "")]
    {
        let (mut settings, source_name) = (Settings::default(), preset.source_name);
        preset.apply(&mut settings).unwrap();
        let message = settings.traces_otlp.url(Signal::Traces).unwrap_err().to_string();
        assert!(message.contains(source_name), "{message}");
    }
}
