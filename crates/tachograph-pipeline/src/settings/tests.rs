mod tables;
mod variables;

use super::gen_ai::CAPTURE_CONTENT;
use super::otlp::Compression;
use super::*;
use crate::queue::WhenFull;

fn read(variables: &[(&str, &str)]) -> Result<Settings, Error> {
    Settings::from_lookup(|name| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
}

fn message(variables: &[(&str, &str)]) -> String {
    read(variables).unwrap_err().to_string()
}

#[test]
fn no_variables_give_the_defaults() {
    let (read, default) = (read(&[]).unwrap(), Settings::default());
    assert_eq!(format!("{read:?}"), format!("{default:?}"));
}

#[test]
fn empty_variables_count_as_unset() {
    let names = [
        "OTEL_SDK_DISABLED",
        "OTEL_TRACES_EXPORTER",
        "OTEL_PROPAGATORS",
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "OTEL_EXPORTER_OTLP_PROTOCOL",
        "OTEL_EXPORTER_OTLP_TIMEOUT",
        "OTEL_METRIC_EXPORT_INTERVAL",
        "OTEL_EXPORTER_PROMETHEUS_HOST",
        "OTEL_EXPORTER_PROMETHEUS_PORT",
        "OTEL_BSP_MAX_QUEUE_SIZE",
        "OTEL_LOGS_EXPORTER",
        "OTEL_BLRP_SCHEDULE_DELAY",
        "OTEL_TRACES_SAMPLER",
        "OTEL_RESOURCE_ATTRIBUTES",
        "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT",
        "OTEL_SEMCONV_STABILITY_OPT_IN",
        "OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN",
        "TACHOGRAPH_METRIC_NAMES",
        "TACHOGRAPH_LOG_FORMAT",
        "TACHOGRAPH_PROFILES",
        "TACHOGRAPH_LOG_DIR",
        "TACHOGRAPH_LOG_CALLS",
        "TACHOGRAPH_LOG_CALLS_RATIO",
        "TACHOGRAPH_SLOW_MS",
    ];
    let empty: Vec<_> = names.iter().map(|name| (*name, "  ")).collect();
    assert_eq!(format!("{:?}", read(&empty).unwrap()), format!("{:?}", Settings::default()));
}

#[test]
fn exceptions_are_span_events_as_well_unless_logs_alone_are_asked_for() {
    let signal = |value| read(&[("OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN", value)]).unwrap().exception_signal;
    for value in ["logs", " LOGS ", "logs,other", "other, logs"] {
        assert_eq!(signal(value), ExceptionSignal::Logs, "{value}");
    }
    for value in ["", "logs/dup", "logs,logs/dup", "logs/dup,logs", "other", "spans"] {
        assert_eq!(signal(value), ExceptionSignal::LogsAndSpanEvents, "{value}");
    }
}

#[test]
fn only_true_disables() {
    for (value, disabled) in [("true", true), ("TRUE", true), ("1", false), ("yes", false), ("false", false)] {
        assert_eq!(read(&[("OTEL_SDK_DISABLED", value)]).unwrap().disabled, disabled, "{value}");
    }
}

#[test]
fn metrics_that_are_only_scraped_are_not_pushed() {
    let choice = |value| read(&[("OTEL_METRICS_EXPORTER", value)]).unwrap().metrics_exporter;
    assert_eq!(choice("prometheus"), ExporterChoice::None);
    assert_eq!(choice("none"), ExporterChoice::None);
    assert_eq!(choice("otlp,prometheus"), ExporterChoice::Otlp);
    assert_eq!(choice(" prometheus , OTLP "), ExporterChoice::Otlp);
}

#[test]
fn every_bad_value_is_an_error_that_names_the_variable() {
    let cases = [
        ("OTEL_TRACES_EXPORTER", "oltp"),
        ("OTEL_TRACES_EXPORTER", "console"),
        ("OTEL_TRACES_EXPORTER", "prometheus"),
        ("OTEL_TRACES_EXPORTER", "otlp,none"),
        ("OTEL_METRICS_EXPORTER", "statsd"),
        ("OTEL_LOGS_EXPORTER", "prometheus"),
        ("OTEL_LOGS_EXPORTER", "console"),
        ("OTEL_LOGS_EXPORTER", "none,otlp"),
        ("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "collector:4318"),
        ("OTEL_EXPORTER_OTLP_LOGS_PROTOCOL", "http/xml"),
        ("OTEL_EXPORTER_OTLP_LOGS_HEADERS", "no equals sign"),
        ("OTEL_EXPORTER_OTLP_LOGS_TIMEOUT", "10s"),
        ("OTEL_EXPORTER_OTLP_LOGS_COMPRESSION", "deflate"),
        ("OTEL_EXPORTER_OTLP_LOGS_CLIENT_KEY", "/etc/client.key"),
        ("OTEL_EXPORTER_OTLP_LOGS_CLIENT_KEY", "/etc/key.pem"),
        ("OTEL_PROPAGATORS", "b3"),
        ("OTEL_PROPAGATORS", "tracecontext,none"),
        ("OTEL_PROPAGATORS", "w3c"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "json"),
        ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "tcp"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"),
        ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "ftp://collector"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "no equals sign"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "10s"),
        ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "0"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "brotli"),
        ("OTEL_EXPORTER_OTLP_METRICS_COMPRESSION", "snappy"),
        ("TACHOGRAPH_OTLP_MAX_REQUEST_BYTES", "4MB"),
        ("TACHOGRAPH_OTLP_TRACES_MAX_REQUEST_BYTES", "100"),
        ("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "delta"),
        ("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", "/etc/client.pem"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "-1"),
        ("OTEL_EXPORTER_PROMETHEUS_HOST", "localhost:9464"),
        ("OTEL_EXPORTER_PROMETHEUS_HOST", "http://localhost"),
        ("OTEL_EXPORTER_PROMETHEUS_HOST", "not a host"),
        ("OTEL_EXPORTER_PROMETHEUS_PORT", "-1"),
        ("OTEL_EXPORTER_PROMETHEUS_PORT", "65536"),
        ("OTEL_EXPORTER_PROMETHEUS_PORT", "http"),
        ("OTEL_METRIC_EXPORT_TIMEOUT", "soon"),
        ("OTEL_BSP_SCHEDULE_DELAY", "1.5"),
        ("OTEL_BSP_EXPORT_TIMEOUT", "99999999999999999999"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "0"),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "4096"),
        ("OTEL_BSP_MAX_CONCURRENT_EXPORTS", "0"),
        ("OTEL_BSP_MAX_CONCURRENT_EXPORTS", "65"),
        ("TACHOGRAPH_BSP_MAX_QUEUE_BYTES", "1024"),
        ("TACHOGRAPH_BSP_MAX_EXPORT_BATCH_BYTES", "0"),
        ("TACHOGRAPH_BSP_WHEN_FULL", "drop"),
        ("OTEL_BLRP_MAX_CONCURRENT_EXPORTS", "65"),
        ("TACHOGRAPH_BLRP_MAX_QUEUE_BYTES", "64M"),
        ("TACHOGRAPH_BLRP_WHEN_FULL", "block"),
        ("OTEL_BLRP_SCHEDULE_DELAY", "1.5"),
        ("OTEL_BLRP_EXPORT_TIMEOUT", "0"),
        ("OTEL_BLRP_MAX_QUEUE_SIZE", "0"),
        ("OTEL_BLRP_MAX_EXPORT_BATCH_SIZE", "4096"),
        ("OTEL_TRACES_SAMPLER", "sometimes"),
        ("OTEL_TRACES_SAMPLER", "xray"),
        ("OTEL_RESOURCE_ATTRIBUTES", "team"),
        ("OTEL_RESOURCE_ATTRIBUTES", "=value"),
        ("OTEL_RESOURCE_ATTRIBUTES", "team=%ff"),
        ("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "yes"),
        ("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "SPAN_ONLY,EVENT_ONLY"),
        ("TACHOGRAPH_METRIC_NAMES", "prometheus"),
        ("TACHOGRAPH_LOG_FORMAT", "logfmt"),
        ("TACHOGRAPH_PROFILES", "clasic"),
        ("TACHOGRAPH_SELF_TEST", "off"),
        ("TACHOGRAPH_SAMPLING_RATIOS", "cache"),
        ("TACHOGRAPH_SAMPLING_RATIOS", "model=0.5"),
        ("TACHOGRAPH_SAMPLING_RATIOS", "llm=half"),
        ("TACHOGRAPH_SAMPLING_RATIOS", "llm=1,cache=1.1"),
        ("TACHOGRAPH_SAMPLING_RATIOS", "llm=1,LLM=0.5"),
        ("TACHOGRAPH_PROFILES", "platform"),
        ("TACHOGRAPH_PROFILES", "classic,platform:"),
        ("TACHOGRAPH_PROFILES", "platform:1st"),
    ];
    for (name, value) in cases {
        let message = message(&[(name, value)]);
        assert!(message.contains(name), "{name}={value}: {message}");
    }
}

#[test]
fn sampler_ratios_outside_zero_to_one_are_errors() {
    for ratio in ["1.1", "-0.1", "NaN", "half"] {
        let variables = [("OTEL_TRACES_SAMPLER", "traceidratio"), ("OTEL_TRACES_SAMPLER_ARG", ratio)];
        assert!(message(&variables).contains("OTEL_TRACES_SAMPLER_ARG"), "{ratio}");
    }
    let variables = [("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"), ("OTEL_TRACES_SAMPLER_ARG", "0.25")];
    let sampler = read(&variables).unwrap().sampler;
    assert_eq!(format!("{sampler:?}"), "ParentBased(TraceIdRatioBased(0.25))");
}

#[test]
fn the_variable_of_a_signal_beats_the_general_one() {
    let settings = read(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://general:4318/base/"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://traces:1/own"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "1000"),
        ("OTEL_EXPORTER_OTLP_METRICS_TIMEOUT", "2000"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
        ("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "none"),
        ("OTEL_EXPORTER_OTLP_LOGS_HEADERS", "x-key=logs"),
        ("OTEL_EXPORTER_OTLP_LOGS_PROTOCOL", "grpc"),
    ])
    .unwrap();
    assert_eq!(settings.traces_otlp.url(Signal::Traces).unwrap(), "https://traces:1/own");
    assert_eq!(settings.metrics_otlp.url(Signal::Metrics).unwrap(), "http://general:4318/base/v1/metrics");
    assert_eq!(settings.traces_otlp.timeout, Duration::from_secs(1));
    assert_eq!(settings.metrics_otlp.timeout, Duration::from_secs(2));
    assert_eq!(settings.traces_otlp.compression, None);
    assert_eq!(settings.metrics_otlp.compression, Some(Compression::Gzip));
    let logs = &settings.logs_otlp;
    assert_eq!((logs.timeout, logs.compression), (Duration::from_secs(1), Some(Compression::Gzip)));
    assert_eq!((logs.protocol, &logs.headers["x-key"]), (Protocol::Grpc, &"logs".parse().unwrap()));
    assert!(settings.traces_otlp.headers.is_empty() && settings.traces_otlp.protocol == Protocol::HttpProtobuf);
}

#[test]
fn grpc_endpoints_without_a_scheme_are_secure_unless_told_otherwise() {
    let url = |insecure| {
        let settings = read(&[
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317"),
            ("OTEL_EXPORTER_OTLP_INSECURE", insecure),
        ]);
        settings.unwrap().traces_otlp.url(Signal::Traces).unwrap()
    };
    assert_eq!(url(""), "https://collector:4317");
    assert_eq!(url("True"), "http://collector:4317");
}

#[test]
fn default_endpoints_follow_the_protocol() {
    let settings = read(&[("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "grpc")]).unwrap();
    assert_eq!(settings.traces_otlp.url(Signal::Traces).unwrap(), "http://localhost:4317");
    assert_eq!(settings.metrics_otlp.url(Signal::Metrics).unwrap(), "http://localhost:4318/v1/metrics");
}

#[test]
fn header_values_are_decoded_and_never_printed() {
    let settings = read(&[("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Basic%20c2VjcmV0, x-team=a=b")]).unwrap();
    assert_eq!(settings.traces_otlp.headers["authorization"], "Basic c2VjcmV0");
    assert_eq!(settings.traces_otlp.headers["x-team"], "a=b");
    assert!(!format!("{settings:?}").contains("c2VjcmV0"));

    let error = read(&[("OTEL_EXPORTER_OTLP_HEADERS", "fine=1,bad name=c2VjcmV0")]).unwrap_err();
    assert!(matches!(&error, Error::InvalidHeader { position: 2, .. }));
    assert!(!format!("{error} {error:?}").contains("c2VjcmV0"));
}

#[test]
fn credentials_of_an_endpoint_are_not_in_its_error() {
    let message = message(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "ftp://user:c2VjcmV0@host/path?key=c2VjcmV0")]);
    assert!(!message.contains("c2VjcmV0"), "{message}");
    assert!(message.contains("host/path"), "{message}");
}

#[test]
fn user_information_in_an_endpoint_is_refused_with_what_to_do_instead() {
    for protocol in ["grpc", "http/protobuf"] {
        let message = message(&[
            ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://user:c2VjcmV0@host"),
        ]);
        assert!(!message.contains("c2VjcmV0"), "{message}");
        assert!(
            message.contains("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") && message.contains("authorization"),
            "{message}"
        );
    }
}

#[test]
fn log_records_go_to_otlp_unless_told_otherwise() {
    let choice = |value| read(&[("OTEL_LOGS_EXPORTER", value)]).unwrap().logs_exporter;
    assert_eq!(
        (choice(""), choice("otlp"), choice("NONE")),
        (ExporterChoice::Otlp, ExporterChoice::Otlp, ExporterChoice::None,)
    );
    assert_eq!(read(&[]).unwrap().logs_otlp.url(Signal::Logs).unwrap(), "http://localhost:4318/v1/logs");
}

#[test]
fn each_signal_has_batches_of_its_own() {
    let settings = read(&[
        ("OTEL_BSP_SCHEDULE_DELAY", "7"),
        ("OTEL_BLRP_SCHEDULE_DELAY", "11"),
        ("OTEL_BLRP_EXPORT_TIMEOUT", "12"),
        ("OTEL_BLRP_MAX_QUEUE_SIZE", "13"),
        ("OTEL_BLRP_MAX_EXPORT_BATCH_SIZE", "5"),
    ])
    .unwrap();
    let (spans, logs) = (settings.batch, settings.logs_batch);
    assert_eq!((spans.schedule_delay, spans.max_queue_size), (Duration::from_millis(7), 2048));
    assert_eq!((logs.schedule_delay, logs.export_timeout), (Duration::from_millis(11), Duration::from_millis(12)));
    assert_eq!((logs.max_queue_size, logs.max_export_batch_size), (13, 5));
    let defaults = read(&[]).unwrap().logs_batch;
    assert_eq!((defaults.schedule_delay, defaults.max_queue_size), (Duration::from_secs(1), 2048));
    assert_eq!((defaults.export_timeout, defaults.max_export_batch_size), (Duration::from_secs(30), 512));
}

#[test]
fn a_small_queue_alone_lowers_the_batch_size() {
    let batch = read(&[("OTEL_BSP_MAX_QUEUE_SIZE", "100")]).unwrap().batch;
    assert_eq!((batch.max_queue_size, batch.max_export_batch_size), (100, 100));
}

#[test]
fn resource_attributes_are_percent_decoded_in_order() {
    let settings = read(&[("OTEL_RESOURCE_ATTRIBUTES", "a=1%2C2, b = c ,url=http%3A//x/?q=1,")]).unwrap();
    let expected = [("a", "1,2"), ("b", "c"), ("url", "http://x/?q=1")];
    let expected: Vec<_> = expected.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    assert_eq!(settings.resource_attributes, expected);
}

#[test]
fn content_goes_where_the_variable_says_in_any_case() {
    use ContentDestination::{Events, Nowhere, Spans, SpansAndEvents};
    let cases = [
        ("", Nowhere),
        ("NO_CONTENT", Nowhere),
        ("False", Nowhere),
        ("SPAN_ONLY", Spans),
        (" span_only ", Spans),
        ("TRUE", Spans),
        ("Event_Only", Events),
        ("SPAN_AND_EVENT", SpansAndEvents),
    ];
    for (value, destination) in cases {
        assert_eq!(read(&[(CAPTURE_CONTENT, value)]).unwrap().content, destination, "{value}");
    }
    let spans: Vec<_> = [Nowhere, Spans, Events, SpansAndEvents].map(ContentDestination::has_spans).into();
    assert_eq!(spans, [false, true, false, true]);
}

#[test]
fn a_bad_word_for_content_is_answered_with_the_good_ones() {
    let message = message(&[(CAPTURE_CONTENT, "spans")]);
    for word in ["NO_CONTENT", "SPAN_ONLY", "EVENT_ONLY", "SPAN_AND_EVENT", "true", "false", "\"spans\""] {
        assert!(message.contains(word), "{word}: {message}");
    }
}

#[test]
fn the_opt_in_chooses_names_and_is_deaf_to_other_conventions() {
    use GenAiNames::{Both, Established, Latest};
    let cases = [
        ("gen_ai_latest_experimental", Latest),
        ("http, Gen_AI_Latest_Experimental ,database", Latest),
        ("gen_ai_latest_experimental/dup", Both),
        ("gen_ai_latest_experimental,gen_ai_latest_experimental/dup", Both),
        ("gen_ai_latest_experimental/dup,gen_ai_latest_experimental", Both),
        ("http/dup,database/dup,gen_ai,what ever", Established),
        ("gen_ai_latest_experimental/dupe", Established),
    ];
    for (value, names) in cases {
        assert_eq!(read(&[("OTEL_SEMCONV_STABILITY_OPT_IN", value)]).unwrap().gen_ai_names, names, "{value}");
    }
}

#[test]
fn profiles_are_words_or_files() {
    use super::exposition::ProfileChoice::{Classic, File, Platform};
    let profiles = |value: &str| read(&[("TACHOGRAPH_PROFILES", value)]).unwrap().profiles;
    assert_eq!(profiles(" , "), [Classic]);
    let file = |path: &str| File(path.to_owned());
    assert_eq!(
        profiles("Classic, platform:Acme ,names.toml,/etc/Acme/names"),
        [Classic, Platform("Acme".to_owned()), file("names.toml"), file("/etc/Acme/names")]
    );
    assert_eq!(profiles("platform:a/b.toml"), [file("platform:a/b.toml")]);
}

#[test]
fn a_bad_word_for_names_or_profiles_is_answered_with_the_good_ones() {
    assert_eq!(
        message(&[("TACHOGRAPH_METRIC_NAMES", "Prometheus")]),
        "TACHOGRAPH_METRIC_NAMES: \"prometheus\" is not valid; accepted: otel, classic, both"
    );
    assert_eq!(
        message(&[("TACHOGRAPH_PROFILES", "classic, platform:1st")]),
        "TACHOGRAPH_PROFILES: \"platform:1st\" is not valid; accepted: a list of classic, platform:PREFIX (a prefix is letters, \
         digits and underscores, beginning with a letter and not ending in an underscore) and TOML files (with a / or ending in .toml)"
    );
}

#[test]
fn each_signal_has_a_queue_of_its_own() {
    let settings = read(&[
        ("OTEL_BSP_MAX_CONCURRENT_EXPORTS", "4"),
        ("TACHOGRAPH_BSP_MAX_QUEUE_BYTES", "65536"),
        ("TACHOGRAPH_BSP_WHEN_FULL", "Drop_Oldest"),
        ("OTEL_BLRP_MAX_CONCURRENT_EXPORTS", "2"),
        ("TACHOGRAPH_BLRP_MAX_QUEUE_BYTES", "1048576"),
        ("TACHOGRAPH_BLRP_MAX_EXPORT_BATCH_BYTES", "100000"),
    ])
    .unwrap();
    let of = |batch: &BatchSettings| {
        (batch.max_concurrent_exports, batch.max_queue_bytes, batch.max_export_batch_bytes, batch.when_full)
    };
    assert_eq!(of(&settings.batch), (4, 65_536, 3_500_000, WhenFull::DropOldest));
    assert_eq!(of(&settings.logs_batch), (2, 1_048_576, 100_000, WhenFull::DropNewest));
}
