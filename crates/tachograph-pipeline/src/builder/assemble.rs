//! Wishes, over settings, into providers, exporters and threads.

use std::io;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use opentelemetry::metrics::MeterProvider as _;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::reader::MetricReader;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider, SpanProcessor};
use tachograph_core::Telemetry;

use super::cardinality::Cardinality;
use super::export_queue::ExportQueue;
use super::log_export::LogExport;
use super::log_files::LogFileWishes;
use super::log_format::LogLines;
use super::otlp_tls::OtlpTls;
use super::panics::Panics;
use super::presets::PresetWish;
use super::profiles::Names;
use super::recording::Recording;
use super::sampling::KindSampling;
use super::spool::SpoolWishes;
use crate::accounting::Accounting;
use crate::application::Application;
use crate::cardinality::{Rules, Watch};
use crate::error::Error;
use crate::exporter::{
    AnyMetricExporter, AnySpanExporter, Deadline, Guard, GuardedMetricExporter, GuardedSpanExporter,
};
use crate::exposition::Options;
use crate::logs::files::FileLog;
use crate::logs::{LogFilter, TracingSink};
use crate::metrics::{Collector, MeterProvider, MetricsHandle, PeriodicExport, SharedReader, own};
use crate::observer::Observation;
use crate::otlp::OpenSpool;
use crate::pipeline::{Active, Pipeline};
use crate::resource::resource;
use crate::runtime::{ExportRuntime, panic_message};
use crate::scrape::ScrapeHandle;
use crate::server::PrometheusServer;
use crate::settings::{Endpoint, ExporterChoice, Propagator, Protocol, ServerSettings, Settings, Signal, parse_header};
use crate::shutdown::Engine;
#[cfg(feature = "sysinfo")]
use crate::system::SystemSampler;
use crate::{otlp, traces};

/// The scope of all spans and metrics that Tachograph records.
pub(crate) const SCOPE: &str = "tachograph";
/// What is left for an exporter's own time-out to end an export, which says more than ours.
pub(super) const GRACE: Duration = Duration::from_secs(1);

/// What was asked for in code.
#[derive(Default)]
pub(super) struct Wishes {
    pub(super) settings: Option<Settings>,
    pub(super) disabled: Option<bool>,
    pub(super) attributes: Vec<KeyValue>,
    /// Attributes that the environment may replace.
    pub(super) defaults: Vec<KeyValue>,
    pub(super) preset: PresetWish,
    pub(super) endpoint: Option<String>,
    pub(super) protocol: Option<Protocol>,
    pub(super) headers: Vec<(String, String)>,
    pub(super) otlp_tls: OtlpTls,
    pub(super) self_test: Option<bool>,
    pub(super) traces_exporter: Option<ExporterChoice>,
    pub(super) metrics_exporter: Option<ExporterChoice>,
    pub(super) span_exporter: Option<Arc<dyn AnySpanExporter>>,
    pub(super) metric_exporter: Option<Arc<dyn AnyMetricExporter>>,
    pub(super) metric_interval: Option<Duration>,
    pub(super) span_processors: Vec<Box<dyn SpanProcessor>>,
    pub(super) sampler: Option<Sampler>,
    pub(super) kind_sampling: KindSampling,
    pub(super) propagators: Option<Vec<Propagator>>,
    pub(super) recording: Recording,
    pub(super) names: Names,
    pub(super) cardinality: Cardinality,
    pub(super) exposition: Options,
    #[cfg(feature = "prometheus-registry")]
    pub(super) registries: Vec<prometheus::Registry>,
    pub(super) no_scrape_compression: bool,
    pub(super) prometheus_server: Option<SocketAddr>,
    pub(super) no_tracing_subscriber: bool,
    pub(super) log_lines: LogLines,
    pub(super) log_export: LogExport,
    pub(super) export_queue: ExportQueue,
    pub(super) spool: SpoolWishes,
    pub(super) log_files: LogFileWishes,
    pub(super) panics: Panics,
    #[cfg(feature = "sentry")]
    pub(super) sentry: super::sentry::Sentry,
    #[cfg(feature = "sysinfo")]
    pub(super) system: super::system::System,
}

impl Wishes {
    /// The pipeline, its threads started.
    pub(super) fn build(mut self) -> Result<Pipeline, Error> {
        let mut settings = match self.settings.take() {
            Some(settings) => settings,
            None => Settings::from_env()?,
        };
        self.apply(&mut settings)?;
        let (rules, value_limit) = (self.cardinality.rules()?, self.cardinality.value_limit()?);
        let subscriber = !self.no_tracing_subscriber;
        let log_files = self.log_files.settings(&settings)?;
        if subscriber || log_files.is_some() {
            LogFilter::check(self.log_lines.filter_source(), &settings.log_filter)?;
        }
        let resource = resource(&settings, std::mem::take(&mut self.defaults), std::mem::take(&mut self.attributes));
        let application = Application::of(&resource);
        let log_files = log_files.map(|it| FileLog::start(&it)).transpose()?.map(Arc::new);
        let active = match settings.disabled {
            true => None,
            false => Some(self.active(&settings, resource, rules, value_limit, log_files.clone())?),
        };
        Ok(Pipeline::new(active, settings, application, subscriber, log_files))
    }

    /// Puts what code said over what the environment said.
    fn apply(&mut self, settings: &mut Settings) -> Result<(), Error> {
        self.preset.apply(settings)?;
        let Settings { traces_otlp, metrics_otlp, logs_otlp, .. } = settings;
        for otlp in [traces_otlp, metrics_otlp, logs_otlp] {
            if let Some(address) = &self.endpoint {
                let source_name = "with_otlp_endpoint".to_owned();
                otlp.endpoint = Some(Endpoint { address: address.trim().to_owned(), exact: false, source_name });
            }
            if let Some(protocol) = self.protocol {
                otlp.protocol = protocol;
                otlp.protocol_source = "with_protocol".to_owned();
            }
            self.otlp_tls.apply(otlp);
            for (index, (name, value)) in self.headers.iter().enumerate() {
                let (name, value) = parse_header(name, value).ok_or_else(|| Error::InvalidHeader {
                    source_name: "with_header".to_owned(),
                    position: index + 1,
                })?;
                otlp.headers.insert(name, value);
            }
        }
        replace(&mut settings.disabled, self.disabled);
        replace(&mut settings.traces_exporter, self.traces_exporter);
        replace(&mut settings.metrics_exporter, self.metrics_exporter);
        replace(&mut settings.metric_interval, self.metric_interval.map(|it| it.max(Duration::from_millis(1))));
        if let Some(address) = self.prometheus_server {
            settings.prometheus_server = Some(ServerSettings::in_code(address));
        }
        replace(&mut settings.sampler, self.sampler.take());
        self.kind_sampling.apply(settings)?;
        replace(&mut settings.propagators, self.propagators.take());
        self.recording.apply(settings);
        self.names.apply(settings);
        self.log_lines.apply(settings);
        self.log_export.apply(settings);
        replace(&mut settings.self_test, self.self_test);
        self.panics.apply(settings);
        #[cfg(feature = "sentry")]
        self.sentry.apply(settings)?;
        self.export_queue.apply(settings);
        self.spool.apply(settings);
        Ok(())
    }

    fn active(
        mut self,
        settings: &Settings,
        resource: Resource,
        mut rules: Rules,
        value_limit: Option<usize>,
        log_files: Option<Arc<FileLog>>,
    ) -> Result<Active, Error> {
        let profiles = self.names.profiles(settings)?;
        let policy = self
            .recording
            .policy(settings)
            .with_drop_unsampled_children(matches!(settings.sampler, Sampler::ParentBased(_)))
            .with_requests_in_logs(settings.log_format.has_requests() || log_files.is_some());
        let policy = self.names.policy(policy, &profiles);
        rules.set_routes_in_flight(policy.has_route_on_active_requests());

        let runtime = Arc::new(ExportRuntime::start().map_err(Error::Thread)?);
        let rules = Arc::new(rules);
        let mut unmet = settings.unmet();
        let spool = super::spool::open(settings, &mut unmet);
        let accounting = Arc::new(Accounting::new(unmet, Watch::new(Arc::clone(&rules)), spool));
        if let Some(files) = &log_files {
            accounting.count_log_files(files.counts());
        }
        let (deadline, logs_deadline) = (Arc::new(Deadline::default()), Arc::new(Deadline::default()));
        let guard = |signal, timeout| Guard {
            runtime: Arc::clone(&runtime),
            accounting: Arc::clone(&accounting),
            deadline: Arc::clone(if signal == Signal::Logs { &logs_deadline } else { &deadline }),
            signal,
            timeout,
        };

        let collector = Arc::new(Collector::new(Arc::clone(&accounting)));
        let periodic = match self.metric_exporter(settings, &resource, guard(Signal::Metrics, Duration::ZERO))? {
            Some(exporter) => {
                accounting.metrics.expect_exports();
                let export = PeriodicExport::start(Arc::clone(&collector), exporter, settings.metric_interval);
                Some(Arc::new(export.map_err(Error::Thread)?))
            }
            None => None,
        };
        let reader = SharedReader::new(Arc::clone(&collector), periodic.clone()).with_others(self.other_readers()?);
        #[cfg(feature = "sentry")]
        let sentry = crate::sentry::Client::start(settings, &Application::of(&resource), Arc::clone(&runtime))?;
        let metrics = MeterProvider::new(resource.clone(), reader, rules, Arc::clone(&accounting));

        let exporter = self.span_exporter(
            settings,
            &resource,
            guard(Signal::Traces, Duration::ZERO),
            accounting.spool().map(AsRef::as_ref),
        )?;
        let (traces, observation) = self.tracer_provider(settings, resource.clone(), exporter, &accounting)?;
        let logs = std::mem::take(&mut self.log_export);
        let logs = logs.records(
            settings,
            resource,
            guard(Signal::Logs, Duration::ZERO),
            accounting.spool().map(AsRef::as_ref),
        )?;
        super::spool::begin(&runtime, &accounting);

        let scope = InstrumentationScope::builder(SCOPE).with_version(env!("CARGO_PKG_VERSION")).build();
        let pricing = self.recording.pricing();
        let meter = metrics.meter_with_scope(scope.clone());
        own::observe(&meter, &accounting);
        #[cfg(feature = "sentry")]
        if let Some(sentry) = &sentry {
            sentry.observe(&meter);
        }
        #[cfg(feature = "sysinfo")]
        let system = std::mem::take(&mut self.system)
            .settings()
            .map(|settings| SystemSampler::start(settings, &meter))
            .transpose()
            .map_err(Error::Thread)?;
        let telemetry = Telemetry::builder()
            .with_tracer(traces.tracer_with_scope(scope))
            .with_meter(meter)
            .with_policy(policy)
            .with_event_sink(Arc::new(TracingSink::new(&settings.redacted_log_keys)));
        let telemetry = match pricing {
            Some(pricing) => telemetry.with_pricing(pricing),
            None => telemetry,
        };
        let telemetry = match value_limit {
            Some(limit) => telemetry.with_value_limit(limit),
            None => telemetry,
        };

        (self.exposition.names, self.exposition.profiles) = (settings.metric_names, profiles);
        let compression = !self.no_scrape_compression;
        let numbers = MetricsHandle::new(Arc::clone(&collector), metrics.clone());
        let scrape =
            ScrapeHandle::new(collector, metrics.clone(), Arc::clone(&accounting), self.exposition, compression);
        let server = settings
            .prometheus_server
            .as_ref()
            .map(|it| PrometheusServer::start(it, Arc::new(scrape.clone())))
            .transpose()?;
        #[cfg(feature = "_otlp")]
        if settings.self_test {
            otlp::self_test::start(&runtime, settings, &accounting);
        }
        let shut_down = AtomicBool::new(false);
        let engine = Arc::new(Engine {
            traces,
            metrics,
            logs,
            periodic,
            #[cfg(feature = "sysinfo")]
            system,
            accounting,
            deadline,
            logs_deadline,
            log_files,
            #[cfg(feature = "sentry")]
            sentry,
            shut_down,
        });
        Ok(Active { telemetry: telemetry.build(), scrape, numbers, observation, engine, server })
    }

    /// Readers for the registries in which the metrics appear.
    #[cfg_attr(not(feature = "prometheus-registry"), expect(clippy::unused_self, clippy::unnecessary_wraps))]
    fn other_readers(&self) -> Result<Vec<Box<dyn MetricReader>>, Error> {
        #[cfg(feature = "prometheus-registry")]
        return self
            .registries
            .iter()
            .map(|registry| Ok(Box::new(crate::registry::expose_in(registry)?) as Box<dyn MetricReader>))
            .collect();
        #[cfg(not(feature = "prometheus-registry"))]
        Ok(Vec::new())
    }

    /// `guard` is without a time-out yet.
    fn metric_exporter(
        &mut self,
        settings: &Settings,
        resource: &Resource,
        guard: Guard,
    ) -> Result<Option<GuardedMetricExporter>, Error> {
        let timeout = settings.metric_export_timeout;
        let guarded = |exporter, timeout| GuardedMetricExporter::new(exporter, Guard { timeout, ..guard.clone() });
        if let Some(exporter) = self.metric_exporter.take() {
            return Ok(Some(guarded(exporter, timeout)));
        }
        match settings.metrics_exporter {
            ExporterChoice::None => Ok(None),
            ExporterChoice::Otlp => {
                let otlp = &settings.metrics_otlp;
                guard.account().sends_to(&otlp.url(Signal::Metrics)?, otlp.protocol);
                // Cumulative numbers need no spool: the next push says what one that failed would have said.
                let exporter = otlp::exporter(&guard, otlp, resource, None)?;
                Ok(Some(guarded(exporter, timeout.min(otlp.timeout + GRACE))))
            }
        }
    }

    /// `guard` is without a time-out yet.
    fn span_exporter(
        &mut self,
        settings: &Settings,
        resource: &Resource,
        guard: Guard,
        spool: Option<&OpenSpool>,
    ) -> Result<Option<GuardedSpanExporter>, Error> {
        let timeout = settings.batch.export_timeout;
        let guarded = |exporter, timeout| GuardedSpanExporter::new(exporter, Guard { timeout, ..guard.clone() });
        if let Some(exporter) = self.span_exporter.take() {
            return Ok(Some(guarded(exporter, timeout)));
        }
        match settings.traces_exporter {
            ExporterChoice::None => Ok(None),
            ExporterChoice::Otlp => {
                let otlp = &settings.traces_otlp;
                guard.account().sends_to(&otlp.url(Signal::Traces)?, otlp.protocol);
                let exporter = otlp::exporter(&guard, otlp, resource, spool)?;
                Ok(Some(guarded(exporter, timeout.min(otlp.timeout + GRACE))))
            }
        }
    }

    fn tracer_provider(
        &mut self,
        settings: &Settings,
        resource: Resource,
        exporter: Option<GuardedSpanExporter>,
        accounting: &Arc<Accounting>,
    ) -> Result<(SdkTracerProvider, Observation), Error> {
        let (sampler, processors) = (settings.sampler(), std::mem::take(&mut self.span_processors));
        // Exporters and processors of the application are told the resource, and may panic.
        catch_unwind(AssertUnwindSafe(|| {
            let Settings { batch, limits, .. } = settings;
            traces::tracer_provider(resource, sampler, batch, limits, exporter, processors, accounting)
        }))
        .unwrap_or_else(|panic| Err(io::Error::other(panic_message(panic.as_ref()))))
        .map_err(Error::Thread)
    }
}

fn replace<T>(setting: &mut T, code: Option<T>) {
    if let Some(value) = code {
        *setting = value;
    }
}
