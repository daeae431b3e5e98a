//! From wishes to a pipeline. Nothing global is touched.

mod assemble;
mod cardinality;
mod export_queue;
mod log_export;
mod log_files;
mod log_format;
mod otlp_tls;
mod panics;
mod presets;
mod profiles;
mod recording;
#[cfg(feature = "prometheus-registry")]
mod registry;
mod sampling;
#[cfg(feature = "sentry")]
mod sentry;
mod server;
mod spool;
#[cfg(feature = "sysinfo")]
mod system;

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use opentelemetry::{KeyValue, Value};
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::trace::{Sampler, SpanExporter, SpanProcessor};

pub(crate) use self::assemble::SCOPE;
use self::assemble::Wishes;
use crate::error::Error;
use crate::exposition::NameTranslation;
use crate::pipeline::Pipeline;
use crate::resource::{ENVIRONMENT, SERVICE_NAME, SERVICE_VERSION};
use crate::settings::{ExporterChoice, Propagator, Protocol, Settings};

/// Builds a [`Pipeline`]: code over `OTEL_*` over the default.
///
/// The environment is read when [`build`](Self::build) is called, unless [`with_settings`](Self::with_settings) gave other settings.
///
/// ```
/// use tachograph_pipeline::{Builder, ExporterChoice, Settings};
///
/// let pipeline = Builder::new()
///     .with_settings(Settings::default())
///     .with_service_name("researcher")
///     .with_traces_exporter(ExporterChoice::None)
///     .with_metrics_exporter(ExporterChoice::None)
///     .with_logs_exporter(ExporterChoice::None)
///     .build()?;
/// assert!(pipeline.prometheus_text()?.contains("service_name=\"researcher\""));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// `P` is what [`init`](Self::init) gives: the pipeline, or what a crate on top wraps it into.
#[must_use]
pub struct Builder<P = Pipeline> {
    wishes: Wishes,
    product: PhantomData<fn() -> P>,
}

impl Builder {
    /// A builder that changes nothing about the environment's wishes and the defaults.
    pub fn new() -> Self {
        Self::default()
    }
}

impl<P> Default for Builder<P> {
    fn default() -> Self {
        Self { wishes: Wishes::default(), product: PhantomData }
    }
}

impl<P> Builder<P> {
    /// Takes these settings instead of reading the environment.
    pub fn with_settings(mut self, settings: Settings) -> Self {
        self.wishes.settings = Some(settings);
        self
    }

    /// Whether the pipeline does nothing at all. Default: `OTEL_SDK_DISABLED`, else `false`.
    pub fn with_disabled(mut self, disabled: bool) -> Self {
        self.wishes.disabled = Some(disabled);
        self
    }

    /// The name of the service. Default: `OTEL_SERVICE_NAME`, else `unknown_service:` and the name of the executable.
    pub fn with_service_name(self, name: impl Into<Value>) -> Self {
        self.with_resource_attribute(SERVICE_NAME, name)
    }

    /// The name of the service where neither `OTEL_SERVICE_NAME` nor `OTEL_RESOURCE_ATTRIBUTES` gives one: an application's own
    /// name for itself, which its operator may change.
    pub fn with_default_service_name(self, name: impl Into<Value>) -> Self {
        self.with_default_resource_attribute(SERVICE_NAME, name)
    }

    /// The version of the service, as well `version` of `app_info`. Default: none.
    pub fn with_service_version(self, version: impl Into<Value>) -> Self {
        self.with_resource_attribute(SERVICE_VERSION, version)
    }

    /// The deployment environment, such as `production`; as well `environment` of `app_info`. Default: none.
    pub fn with_environment(self, environment: impl Into<Value>) -> Self {
        self.with_resource_attribute(ENVIRONMENT, environment)
    }

    /// One attribute of the resource, over the one of the same key from `OTEL_RESOURCE_ATTRIBUTES` or detection.
    pub fn with_resource_attribute(mut self, key: impl Into<opentelemetry::Key>, value: impl Into<Value>) -> Self {
        self.wishes.attributes.push(KeyValue::new(key, value));
        self
    }

    /// One attribute of the resource, over detection and below the environment.
    pub fn with_default_resource_attribute(
        mut self,
        key: impl Into<opentelemetry::Key>,
        value: impl Into<Value>,
    ) -> Self {
        self.wishes.defaults.push(KeyValue::new(key, value));
        self
    }

    /// The base address of the OTLP receiver for all signals. Default: `OTEL_EXPORTER_OTLP_ENDPOINT` and its kin, else
    /// `http://localhost:4318`, or `http://localhost:4317` for gRPC. Over HTTP `/v1/traces`, `/v1/metrics` and `/v1/logs`
    /// are added.
    ///
    /// User information (`user:password@`) is refused, because it would not be sent: give the header `authorization`. Connections
    /// are direct, whatever `HTTPS_PROXY` and its kin say.
    pub fn with_otlp_endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.wishes.endpoint = Some(endpoint.into());
        self
    }

    /// The OTLP protocol for all signals. Default: `OTEL_EXPORTER_OTLP_PROTOCOL` and its kin, else HTTP with protobuf.
    pub fn with_protocol(mut self, protocol: Protocol) -> Self {
        self.wishes.protocol = Some(protocol);
        self
    }

    /// One header, or gRPC metadata entry, for all signals, over the one of the same name from `OTEL_EXPORTER_OTLP_HEADERS`.
    /// The value is not percent-encoded and is never printed.
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.wishes.headers.push((name.into(), value.into()));
        self
    }

    /// Where spans go. Default: `OTEL_TRACES_EXPORTER`, else OTLP.
    pub fn with_traces_exporter(mut self, choice: ExporterChoice) -> Self {
        self.wishes.traces_exporter = Some(choice);
        self
    }

    /// Where metrics are pushed to. Default: `OTEL_METRICS_EXPORTER`, else OTLP. They can be scraped whatever is chosen.
    pub fn with_metrics_exporter(mut self, choice: ExporterChoice) -> Self {
        self.wishes.metrics_exporter = Some(choice);
        self
    }

    /// An exporter for spans in place of OTLP. It runs on the pipeline's own tokio runtime, a panic in it is caught, and it has
    /// `OTEL_BSP_EXPORT_TIMEOUT` (30 s) for a batch. It must not block its thread, which the other signals share.
    pub fn with_span_exporter(mut self, exporter: impl SpanExporter + 'static) -> Self {
        self.wishes.span_exporter = Some(Arc::new(exporter));
        self
    }

    /// An exporter for metrics in place of OTLP, under the same conditions and with `OTEL_METRIC_EXPORT_TIMEOUT` (30 s). It gets
    /// cumulative numbers, whatever temporality it would prefer.
    pub fn with_metric_exporter(mut self, exporter: impl PushMetricExporter) -> Self {
        self.wishes.metric_exporter = Some(Arc::new(exporter));
        self
    }

    /// How often metrics are pushed. Default: `OTEL_METRIC_EXPORT_INTERVAL`, else 60 s. At least 1 ms.
    pub fn with_metric_interval(mut self, interval: Duration) -> Self {
        self.wishes.metric_interval = Some(interval);
        self
    }

    /// A span processor of the application; called before spans are queued for export, in the order given. A panic in it is caught.
    pub fn with_span_processor(mut self, processor: impl SpanProcessor + 'static) -> Self {
        self.wishes.span_processors.push(Box::new(processor));
        self
    }

    /// Which traces are kept. Default: `OTEL_TRACES_SAMPLER`, else all whose parent is kept or absent.
    pub fn with_sampler(mut self, sampler: Sampler) -> Self {
        self.wishes.sampler = Some(sampler);
        self
    }

    /// How context crosses process borders; an empty list turns propagation off. Default: `OTEL_PROPAGATORS`, else W3C trace
    /// context and baggage.
    pub fn with_propagators(mut self, propagators: impl IntoIterator<Item = Propagator>) -> Self {
        self.wishes.propagators = Some(propagators.into_iter().collect());
        self
    }

    /// Whether scraped series carry `otel_scope_name` and its kin. Default: `true`. Without them, series of different libraries
    /// that become equal are added.
    pub fn with_scope_labels(mut self, on: bool) -> Self {
        self.wishes.exposition.scope_labels = on;
        self
    }

    /// Whether scrapes contain `target_info` with the resource. Default: `true`.
    pub fn with_target_info(mut self, on: bool) -> Self {
        self.wishes.exposition.target_info = on;
        self
    }

    /// How names of OpenTelemetry become names of Prometheus. Default: with underscores and suffixes, which every Prometheus and
    /// every dashboard knows.
    pub fn with_name_translation(mut self, translation: NameTranslation) -> Self {
        self.wishes.exposition.translation = translation;
        self
    }

    /// Attributes of the resource that become labels of every scraped series, for instance `service.name`. Default: none, because
    /// `target_info` has them all, and a scraper adds `job` and `instance` by itself. An attribute of a series beats one of the
    /// resource.
    pub fn with_resource_labels(mut self, keys: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.wishes.exposition.resource_labels = keys.into_iter().map(Into::into).collect();
        self
    }

    /// Whether a scrape in OpenMetrics says, by `_created`, since when each counter and histogram is counted. Default: `true`.
    /// A Prometheus that does not know what it is for keeps one series more for each of them.
    pub fn with_created(mut self, on: bool) -> Self {
        self.wishes.exposition.created = on;
        self
    }

    /// Whether [`Pipeline::install`] sets a `tracing` subscriber if there is none. Default: `true`.
    pub fn with_tracing_subscriber(mut self, on: bool) -> Self {
        self.wishes.no_tracing_subscriber = !on;
        self
    }

    /// Builds the pipeline and starts its threads. Nothing is connected yet, and a receiver that is away is no error.
    ///
    /// It may be called anywhere: inside any kind of tokio runtime, or outside of all. Nothing global is touched.
    ///
    /// # Errors
    ///
    /// The first setting that is not valid, or a thread that cannot be started; see [`Error`].
    pub fn build(self) -> Result<Pipeline, Error> {
        self.wishes.build()
    }

    /// Builds the pipeline and [installs](Pipeline::install) it as the one of the process.
    ///
    /// # Errors
    ///
    /// Those of [`build`](Self::build), and [`Error::AlreadyInstalled`].
    pub fn init(self) -> Result<P, Error>
    where
        P: From<Pipeline>,
    {
        let pipeline = self.build()?;
        pipeline.install()?;
        Ok(P::from(pipeline))
    }
}

impl<P> fmt::Debug for Builder<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("attributes", &self.wishes.attributes).finish_non_exhaustive()
    }
}
