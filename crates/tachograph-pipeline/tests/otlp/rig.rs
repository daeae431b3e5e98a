//! A receiver that does what it is told, and a pipeline that sends to it.

use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::logs::{AnyValue, LogRecord as _, Logger as _, LoggerProvider as _};
use opentelemetry::metrics::{Counter, MeterProvider as _};
use opentelemetry::trace::{Tracer as _, TracerProvider as _};
use opentelemetry_sdk::logs::SdkLogger;
use opentelemetry_sdk::trace::SdkTracer;
use tachograph_pipeline::{Builder, Pipeline, Protocol, Settings, ShutdownReport};
use tachograph_testing::otlp::{OnSignal, OtlpServer, Signal};

use crate::balance;

/// Far more than anything here needs: only a test that hangs ever sees it.
pub(crate) const LONG: Duration = Duration::from_secs(60);

pub(crate) const PROTOCOLS: [Protocol; 2] = [Protocol::HttpProtobuf, Protocol::Grpc];

/// Nothing is sent before it is asked for, so that there is one request for each flush, and nothing ends in time but what has to.
const PATIENT: &[(&str, &str)] = &[
    ("OTEL_BSP_SCHEDULE_DELAY", "600000"),
    ("OTEL_BLRP_SCHEDULE_DELAY", "600000"),
    ("OTEL_METRIC_EXPORT_INTERVAL", "600000"),
    ("OTEL_BSP_EXPORT_TIMEOUT", "600000"),
    ("OTEL_BLRP_EXPORT_TIMEOUT", "600000"),
    ("OTEL_METRIC_EXPORT_TIMEOUT", "600000"),
    ("OTEL_EXPORTER_OTLP_TIMEOUT", "600000"),
];

/// An export is given up after 1 s. A loaded machine may need longer for one that is well.
pub(crate) const HASTY: &[(&str, &str)] = &[("OTEL_EXPORTER_OTLP_TIMEOUT", "1000")];

/// Long enough for an attempt on a loaded machine.
pub(crate) const BRISK: &[(&str, &str)] = &[("OTEL_EXPORTER_OTLP_TIMEOUT", "4000")];

pub(crate) struct Rig {
    pub(crate) server: OtlpServer,
    pub(crate) pipeline: Pipeline,
    tracer: SdkTracer,
    logger: SdkLogger,
    counter: Counter<u64>,
}

impl Rig {
    /// Exports all three signals. `variables` stand over those of a patient client.
    pub(crate) fn new(server: OtlpServer, protocol: Protocol, variables: &[(&str, &str)]) -> Self {
        Self::with(server, protocol, variables, |builder| builder)
    }

    pub(crate) fn with(
        server: OtlpServer,
        protocol: Protocol,
        variables: &[(&str, &str)],
        change: impl FnOnce(Builder) -> Builder,
    ) -> Self {
        let lookup = |name: &str| {
            let found = variables.iter().chain(PATIENT).find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let endpoint = if protocol == Protocol::Grpc { server.grpc_endpoint() } else { server.http_endpoint() };
        let builder = Builder::new().with_settings(Settings::from_lookup(lookup).unwrap()).with_service_name("test");
        // Its requests, and points that change with time, would be counted.
        let builder = builder.with_self_test(false);
        #[cfg(feature = "sysinfo")]
        let builder = builder.with_system_metrics(false);
        let pipeline = change(builder.with_otlp_endpoint(endpoint).with_protocol(protocol)).build().unwrap();
        let tracer = pipeline.tracer_provider().unwrap().tracer("test");
        let logger = pipeline.logger_provider().unwrap().logger("test");
        let counter = pipeline.meter_provider().unwrap().meter("test").u64_counter("calls").build();
        Self { server, pipeline, tracer, logger, counter }
    }

    /// So many spans, log records and series of a counter, each with a name of its own from `first` on.
    pub(crate) fn record(&self, first: u64, items: u64) {
        for item in first..first + items {
            self.record_with(item, "");
        }
    }

    /// One of each signal, with a text.
    pub(crate) fn record_with(&self, item: u64, text: &str) {
        let text = KeyValue::new("text", text.to_owned());
        self.record_attribute(item, text);
    }

    pub(crate) fn record_attribute(&self, item: u64, attribute: KeyValue) {
        let name = format!("item {item}");
        let mut record = self.logger.create_log_record();
        record.set_body(AnyValue::from(name.clone()));
        record.add_attribute(attribute.key.clone(), any(&attribute.value));
        self.logger.emit(record);
        self.counter.add(1, &[KeyValue::new("name", name.clone()), attribute.clone()]);
        drop(self.tracer.span_builder(name).with_attributes([attribute]).start(&self.tracer));
    }

    pub(crate) fn flush(&self) -> ShutdownReport {
        self.pipeline.force_flush_blocking(LONG)
    }

    /// Ends the pipeline, and checks that the numbers of both ends agree.
    pub(crate) fn end(&self) -> ShutdownReport {
        let report = self.pipeline.shutdown_blocking(LONG);
        balance::assert_final(self, &report);
        report
    }

    /// Scripts the same for each signal.
    pub(crate) fn script(&self, script: impl for<'a> Fn(OnSignal<'a>) -> OnSignal<'a>) {
        for signal in Signal::ALL {
            script(self.server.on(signal));
        }
    }
}

fn any(value: &opentelemetry::Value) -> AnyValue {
    match value {
        opentelemetry::Value::Array(opentelemetry::Array::I64(numbers)) => {
            AnyValue::ListAny(Box::new(numbers.iter().copied().map(AnyValue::from).collect()))
        }
        other => AnyValue::from(other.to_string()),
    }
}
