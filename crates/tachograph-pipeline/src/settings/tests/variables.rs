//! Each variable that is read has an effect or a refusal here.

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::*;

/// What comes of one variable.
enum Then {
    /// The settings have this in them, which the defaults have not.
    Says(&'static str),
    /// The value is an error that names the variable and has this in it.
    Refused(&'static str),
    /// The value is taken, and health says this of it.
    Unmet(&'static str),
}
use Then::{Refused, Says, Unmet};

/// Variable, value, what comes of it.
const ROWS: &[(&str, &str, Then)] = &[
    ("OTEL_SDK_DISABLED", "true", Says("disabled: true")),
    ("OTEL_CONFIG_FILE", "otel.yaml", Refused("no value")),
    ("OTEL_EXPERIMENTAL_CONFIG_FILE", "otel.yaml", Refused("no value")),
    ("OTEL_LOG_LEVEL", "debug", Says("\"opentelemetry=debug,tachograph_pipeline=debug,info\"")),
    ("OTEL_LOG_LEVEL", "loud", Refused("none, error, warn, info, debug, trace")),
    ("OTEL_ENTITIES", "service{service.name=shop}", Unmet("OTEL_RESOURCE_ATTRIBUTES")),
    ("OTEL_SERVICE_NAME", "shop", Says("service_name: Some(\"shop\")")),
    ("OTEL_RESOURCE_ATTRIBUTES", "team=a", Says("resource_attributes: [(\"team\", \"a\")]")),
    ("OTEL_RESOURCE_ATTRIBUTES", "team", Refused("key=value")),
    ("HOSTNAME", "box", Says("host_name: Some(\"box\")")),
    ("COMPUTERNAME", "box", Says("host_name: Some(\"box\")")),
    ("OTEL_TRACES_EXPORTER", "none", Says("traces_exporter: None")),
    ("OTEL_TRACES_EXPORTER", "zipkin", Refused("otlp, none")),
    ("OTEL_METRICS_EXPORTER", "prometheus", Says("metrics_exporter: None")),
    ("OTEL_METRICS_EXPORTER", "console", Refused("otlp, prometheus, none")),
    ("OTEL_LOGS_EXPORTER", "none", Says("logs_exporter: None")),
    ("OTEL_LOGS_EXPORTER", "otlp/stdout", Refused("otlp, none")),
    ("OTEL_PROPAGATORS", "baggage", Says("propagators: [Baggage]")),
    ("OTEL_PROPAGATORS", "b3", Refused("tracecontext, baggage, none")),
    ("OTEL_PROPAGATORS", "b3multi", Refused("tracecontext, baggage, none")),
    ("OTEL_PROPAGATORS", "jaeger", Refused("tracecontext, baggage, none")),
    ("OTEL_PROPAGATORS", "xray", Refused("tracecontext, baggage, none")),
    ("OTEL_PROPAGATORS", "ottrace", Refused("tracecontext, baggage, none")),
    ("OTEL_TRACES_SAMPLER", "always_off", Says("sampler: AlwaysOff")),
    ("OTEL_TRACES_SAMPLER", "jaeger_remote", Refused("parentbased_traceidratio")),
    ("OTEL_TRACES_SAMPLER", "parentbased_jaeger_remote", Refused("parentbased_traceidratio")),
    ("OTEL_TRACES_SAMPLER", "xray", Refused("parentbased_traceidratio")),
    ("OTEL_TRACES_SAMPLER_ARG", "0.5", Unmet("parentbased_always_on, which takes no ratio")),
    ("OTEL_ATTRIBUTE_COUNT_LIMIT", "7", Says("max_attributes_per_span: 7")),
    ("OTEL_ATTRIBUTE_COUNT_LIMIT", "7", Says("max_attributes_per_event: 7")),
    ("OTEL_ATTRIBUTE_COUNT_LIMIT", "7", Says("max_attributes_per_link: 7")),
    ("OTEL_ATTRIBUTE_COUNT_LIMIT", "7", Says("log_attributes: 7")),
    ("OTEL_ATTRIBUTE_COUNT_LIMIT", "-1", Refused("from 0 to 4294967295")),
    ("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "7", Says("span_texts: Some(TextLimit { characters: 7 })")),
    ("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "0", Says("log_texts: Some(TextLimit { characters: 0 })")),
    ("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "1k", Refused("characters from 0")),
    ("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "7", Says("span_texts: Some(TextLimit { characters: 7 })")),
    ("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "none", Refused("characters from 0")),
    ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "7", Says("max_attributes_per_span: 7")),
    ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "many", Refused("attributes from 0")),
    ("OTEL_SPAN_EVENT_COUNT_LIMIT", "7", Says("max_events_per_span: 7")),
    ("OTEL_SPAN_EVENT_COUNT_LIMIT", "many", Refused("events from 0")),
    ("OTEL_SPAN_LINK_COUNT_LIMIT", "7", Says("max_links_per_span: 7")),
    ("OTEL_SPAN_LINK_COUNT_LIMIT", "4294967296", Refused("links from 0")),
    ("OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", "7", Says("max_attributes_per_event: 7")),
    ("OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", "many", Refused("attributes from 0")),
    ("OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", "7", Says("max_attributes_per_link: 7")),
    ("OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", "many", Refused("attributes from 0")),
    ("OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT", "7", Says("log_attributes: 7")),
    ("OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT", "many", Refused("attributes from 0")),
    ("OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT", "7", Says("log_texts: Some(TextLimit { characters: 7 })")),
    ("OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT", "many", Refused("characters from 0")),
    ("OTEL_BSP_SCHEDULE_DELAY", "7", Says("schedule_delay: 7ms")),
    ("OTEL_BSP_EXPORT_TIMEOUT", "7", Says("export_timeout: 7ms")),
    ("OTEL_BSP_MAX_QUEUE_SIZE", "777", Says("max_queue_size: 777")),
    ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "7", Says("max_export_batch_size: 7")),
    ("OTEL_BSP_MAX_CONCURRENT_EXPORTS", "7", Says("max_concurrent_exports: 7")),
    ("TACHOGRAPH_BSP_MAX_QUEUE_BYTES", "70000", Says("max_queue_bytes: 70000")),
    ("TACHOGRAPH_BSP_MAX_EXPORT_BATCH_BYTES", "70000", Says("max_export_batch_bytes: 70000")),
    ("TACHOGRAPH_BSP_WHEN_FULL", "drop_oldest", Says("when_full: DropOldest")),
    ("OTEL_BLRP_SCHEDULE_DELAY", "7", Says("schedule_delay: 7ms")),
    ("OTEL_BLRP_EXPORT_TIMEOUT", "7", Says("export_timeout: 7ms")),
    ("OTEL_BLRP_MAX_QUEUE_SIZE", "777", Says("max_queue_size: 777")),
    ("OTEL_BLRP_MAX_EXPORT_BATCH_SIZE", "7", Says("max_export_batch_size: 7")),
    ("OTEL_BLRP_MAX_CONCURRENT_EXPORTS", "7", Says("max_concurrent_exports: 7")),
    ("TACHOGRAPH_BLRP_MAX_QUEUE_BYTES", "70000", Says("max_queue_bytes: 70000")),
    ("TACHOGRAPH_BLRP_MAX_EXPORT_BATCH_BYTES", "70000", Says("max_export_batch_bytes: 70000")),
    ("TACHOGRAPH_BLRP_WHEN_FULL", "drop_oldest", Says("when_full: DropOldest")),
    ("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "lowmemory", Refused("cumulative")),
    ("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "delta", Refused("cumulative")),
    (
        "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION",
        "base2_exponential_bucket_histogram",
        Refused("explicit_bucket_histogram"),
    ),
    ("OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION", "sums", Refused("explicit_bucket_histogram")),
    ("OTEL_METRICS_EXEMPLAR_FILTER", "always_on", Unmet("records no exemplars")),
    ("OTEL_METRICS_EXEMPLAR_FILTER", "trace_based", Unmet("records no exemplars")),
    ("OTEL_METRICS_EXEMPLAR_FILTER", "some", Refused("always_on, always_off, trace_based")),
    ("OTEL_METRIC_EXPORT_INTERVAL", "7", Says("metric_interval: 7ms")),
    ("OTEL_METRIC_EXPORT_TIMEOUT", "7", Says("metric_export_timeout: 7ms")),
    ("OTEL_EXPORTER_PROMETHEUS_HOST", "127.0.0.2", Says("127.0.0.2")),
    ("OTEL_EXPORTER_PROMETHEUS_PORT", "7777", Says("7777")),
    ("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "SPAN_ONLY", Says("content: Spans")),
    ("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "EVENT_ONLY", Unmet("EVENT_ONLY")),
    ("OTEL_SEMCONV_STABILITY_OPT_IN", "gen_ai_latest_experimental", Says("gen_ai_names: Latest")),
    ("OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN", "logs", Says("exception_signal: Logs,")),
    ("SENTRY_DSN", "https://key@sentry.invalid/1", Says("dsn: true")),
    ("SENTRY_ENVIRONMENT", "staging", Says("staging")),
    ("SENTRY_RELEASE", "shop@7", Says("shop@7")),
    ("SENTRY_SAMPLE_RATE", "0.7", Says("sample_rate: Some(0.7)")),
    ("SENTRY_TRACES_SAMPLE_RATE", "0.7", Unmet("SENTRY_TRACES_SAMPLE_RATE")),
    ("TACHOGRAPH_METRIC_NAMES", "otel", Says("metric_names: OpenTelemetry,")),
    ("TACHOGRAPH_PROFILES", "platform:acme", Says("Platform(\"acme\")")),
    ("TACHOGRAPH_LOG_FORMAT", "json", Says("log_format: Json")),
    ("TACHOGRAPH_LOG_DIR", "/logs", Says("log_directory: Some(\"/logs\")")),
    ("TACHOGRAPH_SAMPLING_RATIOS", "llm=0.7", Says("KindRatios([(Llm")),
    ("TACHOGRAPH_SAMPLING_RATIOS", "llm=7", Refused("llm=7")),
    ("TACHOGRAPH_SPOOL_DIR", "/spool", Says("/spool")),
    ("TACHOGRAPH_SPOOL_MAX_BYTES", "7MB", Refused("bytes from 65536")),
    ("TACHOGRAPH_SPOOL_RESEND_BYTES_PER_SECOND", "7MB", Refused("bytes from 65536")),
    ("TACHOGRAPH_SPOOL_FSYNC", "sometimes", Refused("every_second")),
    ("TACHOGRAPH_SPOOL_WHEN_FULL", "block", Refused("drop_oldest")),
    ("TACHOGRAPH_SELF_TEST", "false", Says("self_test: false")),
    ("TACHOGRAPH_LOG_CALLS", "nobody", Refused("failed")),
    ("TACHOGRAPH_LOG_CALLS_RATIO", "7", Refused("from 0.0 to 1.0")),
    ("TACHOGRAPH_SLOW_MS", "http=x", Refused("http")),
    ("RUST_LOG", "warn", Says("log_filter: \"warn\"")),
];

/// What each of three signals may have of its own: the name around the signal, a value, and what the settings of the signal say then.
const OF_SIGNALS: &[(&str, &str, &str, &str)] = &[
    ("OTEL_EXPORTER_OTLP_", "ENDPOINT", "http://there:1", "http://there:1"),
    ("OTEL_EXPORTER_OTLP_", "PROTOCOL", "grpc", "protocol: Grpc"),
    ("OTEL_EXPORTER_OTLP_", "HEADERS", "x-there=1", "\"x-there\": Sensitive"),
    ("OTEL_EXPORTER_OTLP_", "TIMEOUT", "7", "timeout: 7ms"),
    ("OTEL_EXPORTER_OTLP_", "COMPRESSION", "gzip", "compression: Some(Gzip)"),
    ("OTEL_EXPORTER_OTLP_", "INSECURE", "true", "insecure: true"),
    ("OTEL_EXPORTER_OTLP_", "CERTIFICATE", "/root.pem", "/root.pem"),
    ("OTEL_EXPORTER_OTLP_", "CLIENT_CERTIFICATE", "/client.pem", "/client.pem"),
    ("OTEL_EXPORTER_OTLP_", "CLIENT_KEY", "/client.key", "/client.key"),
    ("TACHOGRAPH_OTLP_", "MAX_REQUEST_BYTES", "70000", "max_request_bytes: 70000"),
];

const OF_WHICH: [&str; 4] = ["", "TRACES_", "METRICS_", "LOGS_"];

/// All variables that are read.
pub(super) fn variables() -> BTreeSet<String> {
    let asked = RefCell::new(BTreeSet::new());
    Settings::from_lookup(|name| {
        asked.borrow_mut().insert(name.to_owned());
        None
    })
    .unwrap();
    asked.into_inner()
}

#[test]
fn every_variable_has_its_effect_or_its_refusal() {
    let (defaults, mut faults) = (format!("{:?}", Settings::default()), Vec::new());
    for (name, value, then) in ROWS {
        // Without, it is about nothing.
        let project = name.starts_with("SENTRY_TRACES").then_some(("SENTRY_DSN", "https://key@sentry.invalid/1"));
        let read = read(&[Some((*name, *value)), project].into_iter().flatten().collect::<Vec<_>>());
        let fault = match (then, read) {
            (Says(what), Ok(settings)) if !format!("{settings:?}").contains(what) => format!("{settings:?}"),
            (Says(what), _) if defaults.contains(what) => "the defaults say so as well".to_owned(),
            (Refused(what), Err(error)) => match error.to_string() {
                message if message.starts_with(name) && message.contains(what) => continue,
                message => message,
            },
            (Unmet(what), Ok(settings)) => match settings.unmet().as_slice() {
                [sentence] if sentence.contains(name) && sentence.contains(what) => continue,
                unmet => format!("{unmet:?}"),
            },
            (Says(_), Ok(_)) => continue,
            (Refused(_), Ok(_)) => "is taken".to_owned(),
            (_, Err(error)) => error.to_string(),
        };
        faults.push(format!("{name}={value}: {fault}"));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn variables_of_a_signal_have_their_effect_on_it_alone() {
    for (before, after, value, says) in OF_SIGNALS {
        for which in OF_WHICH {
            let name = format!("{before}{which}{after}");
            let mut variables = vec![(name.as_str(), *value)];
            // Half a certificate is an error.
            let other =
                format!("{before}{which}{}", if *after == "CLIENT_KEY" { "CLIENT_CERTIFICATE" } else { "CLIENT_KEY" });
            if after.starts_with("CLIENT") {
                variables.push((&other, "/other.pem"));
            }
            let settings = read(&variables).unwrap();
            let signals = [
                ("TRACES_", &settings.traces_otlp),
                ("METRICS_", &settings.metrics_otlp),
                ("LOGS_", &settings.logs_otlp),
            ];
            for (signal, otlp) in signals {
                let expected = which.is_empty() || which == signal;
                assert_eq!(format!("{otlp:?}").contains(says), expected, "{name} for {signal}: {otlp:?}");
            }
        }
    }
}

#[test]
fn no_variable_is_left_out_here() {
    let of_signals =
        OF_SIGNALS.iter().flat_map(|(before, after, ..)| OF_WHICH.map(|it| format!("{before}{it}{after}")));
    let here: BTreeSet<_> = ROWS.iter().map(|(name, ..)| (*name).to_owned()).chain(of_signals).collect();
    let read = variables();
    let (missing, dead): (Vec<_>, Vec<_>) = (read.difference(&here).collect(), here.difference(&read).collect());
    assert!(missing.is_empty() && dead.is_empty(), "read, and without a row: {missing:?}; rows of nothing: {dead:?}");
}

#[test]
fn the_special_limit_beats_the_general_one_and_0_is_a_limit() {
    let limits = |variables: &[(&str, &str)]| format!("{:?}", read(variables).unwrap().limits);
    let general = ("OTEL_ATTRIBUTE_COUNT_LIMIT", "5");
    for (name, says) in [
        ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "max_attributes_per_span: 0"),
        ("OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", "max_attributes_per_event: 0"),
        ("OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", "max_attributes_per_link: 0"),
        ("OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT", "log_attributes: 0"),
    ] {
        let limits = limits(&[general, (name, "0")]);
        assert!(limits.contains(says) && limits.matches(": 5").count() == 3, "{limits}");
        assert!(
            limits.contains("max_events_per_span: 128, ") && limits.contains("max_links_per_span: 128"),
            "{limits}"
        );
    }
    let general = ("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "5");
    for (name, says) in [
        ("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "span_texts: Some(TextLimit { characters: 0 })"),
        ("OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT", "log_texts: Some(TextLimit { characters: 0 })"),
    ] {
        let limits = limits(&[general, (name, "0")]);
        assert!(limits.contains(says) && limits.matches("characters: 5").count() == 1, "{limits}");
    }
}

#[test]
fn directives_of_the_filter_beat_the_level_of_the_sdk() {
    let filter =
        |level| read(&[("OTEL_LOG_LEVEL", level), ("RUST_LOG", "warn,opentelemetry=trace")]).unwrap().log_filter;
    for (given, level) in [("NONE", "off"), ("off", "off"), ("Warning", "warn"), ("verbose", "trace"), ("all", "trace")]
    {
        let expected = format!("opentelemetry={level},tachograph_pipeline={level},warn,opentelemetry=trace");
        assert_eq!(filter(given), expected);
        let parsed = crate::logs::LogFilter::check("RUST_LOG", &expected).unwrap().to_string();
        assert!(
            parsed.contains("opentelemetry=trace") && !parsed.contains(&format!("opentelemetry={level},tacho")),
            "{parsed}"
        );
    }
}

#[test]
fn an_argument_that_the_sampler_takes_is_not_in_vain() {
    for sampler in ["traceidratio", "parentbased_traceidratio"] {
        let settings = read(&[("OTEL_TRACES_SAMPLER", sampler), ("OTEL_TRACES_SAMPLER_ARG", "0.5")]).unwrap();
        assert!(settings.unmet().is_empty() && format!("{:?}", settings.sampler).contains("0.5"));
    }
}

#[test]
fn what_happens_anyway_may_be_asked_for() {
    for (name, value) in [
        ("OTEL_METRICS_EXEMPLAR_FILTER", "always_off"),
        ("OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION", "Explicit_Bucket_Histogram"),
        ("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "CUMULATIVE"),
    ] {
        let settings = read(&[(name, value)]).unwrap();
        assert_eq!(format!("{settings:?}"), format!("{:?}", Settings::default()), "{name}={value}");
    }
}

proptest::proptest! {
    /// Some variables are set to what another one takes, so that more than the first check is met.
    #[test]
    fn whatever_is_in_a_variable_is_taken_or_is_an_error_that_names_it(
        row in 0..ROWS.len(),
        other in 0..ROWS.len(),
        text in proptest::prelude::any::<String>(),
        is_text in proptest::prelude::any::<bool>(),
    ) {
        let (name, value) = (ROWS[row].0, if is_text { text.as_str() } else { ROWS[other].1 });
        if let Err(error) = read(&[(name, value)]) {
            let said = error.to_string();
            proptest::prop_assert!(said.contains(name), "{name}={value:?}: {said}");
        }
    }

    #[test]
    fn what_is_in_a_header_is_never_said(secret in "[a-z]{12,20}", before in "[ -~]{0,12}", after in "[ -~]{0,12}") {
        let value = format!("{before}{secret}{after}");
        if let Err(error) = read(&[("OTEL_EXPORTER_OTLP_HEADERS", &value)]) {
            let said = format!("{error} {error:?}");
            proptest::prop_assert!(!said.contains(&secret), "{said}");
        }
    }
}
