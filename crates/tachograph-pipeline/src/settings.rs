//! What the environment asks for: the `OTEL_*` variables, read once, checked, and kept as a value.
//!
//! Order of authority: code (the [`Builder`](crate::Builder)) over `OTEL_*` over the default. An empty variable counts as unset.
//! A value that means nothing is an [`Error`] that names the variable, never a silent fall-back; this holds as well for those
//! variables that the SDK reads by itself, because the SDK would only log.

mod batch;
mod call_events;
mod exceptions;
mod exposition;
mod gen_ai;
mod general;
mod limits;
mod log_format;
mod metrics;
mod otlp;
mod parse;
mod prometheus;
mod sampler;
mod selection;
#[cfg(feature = "sentry")]
mod sentry;
mod spool;
mod tls;

use std::cell::RefCell;
use std::env::{self, VarError};
use std::path::PathBuf;
use std::time::Duration;

use opentelemetry_sdk::trace::{Sampler, ShouldSample};
use tachograph_core::{CallEvents, ExceptionSignal, GenAiNames, SlowCalls};

pub(crate) use batch::{BatchSettings, MOST_EXPORTS};
pub(crate) use exposition::ProfileChoice;
pub(crate) use gen_ai::ContentDestination;
pub(crate) use limits::LimitSettings;
#[cfg(feature = "_otlp")]
pub(crate) use otlp::Compression;
pub(crate) use otlp::OtlpSettings;
pub use otlp::Protocol;
pub(crate) use otlp::{Endpoint, Signal, parse_header};
use parse::Reader;
#[cfg(feature = "prometheus-server")]
pub(crate) use prometheus::Host;
pub(crate) use prometheus::ServerSettings;
#[cfg(feature = "sentry")]
pub(crate) use sentry::{SentrySettings, parse as parse_sentry_dsn};
pub use spool::{DiskSpool, Fsync};
pub use tls::Pem;
pub(crate) use tls::{ClientCertificate, Named, TlsSettings};

use crate::error::Error;
use crate::exposition::MetricNames;
use crate::logs::LogFormat;
use crate::sampling::{KindRatios, KindSampler};

/// Ratios of kinds of operations.
const SAMPLING_RATIOS: &str = "TACHOGRAPH_SAMPLING_RATIOS";

/// Where log files are written.
pub(crate) const LOG_DIRECTORY: &str = "TACHOGRAPH_LOG_DIR";

/// Where one signal goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExporterChoice {
    /// To an OTLP receiver.
    Otlp,
    /// Nowhere. Metrics can still be scraped.
    None,
}

/// One format in which trace context or baggage crosses process borders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Propagator {
    /// W3C Trace Context (`traceparent`, `tracestate`).
    TraceContext,
    /// W3C Baggage (`baggage`).
    Baggage,
}

/// The environment's wishes as a checked value.
///
/// | variable | default |
/// |---|---|
/// | `OTEL_SDK_DISABLED` | `false`; only `true`, in any case, disables |
/// | `OTEL_CONFIG_FILE`, `OTEL_EXPERIMENTAL_CONFIG_FILE` | refused: no configuration files are read |
/// | `OTEL_LOG_LEVEL` | what `RUST_LOG` says; `none`, `error`, `warn`, `info`, `debug`, `trace`: what the SDK and the pipeline log of themselves |
/// | `OTEL_ENTITIES` | in vain: no entities are sent |
/// | `OTEL_TRACES_EXPORTER` | `otlp`; also `none` |
/// | `OTEL_METRICS_EXPORTER` | `otlp`; also `prometheus` (scraped only), `none`, or a list such as `otlp,prometheus` |
/// | `OTEL_LOGS_EXPORTER` | `otlp`; also `none` |
/// | `OTEL_PROPAGATORS` | `tracecontext,baggage`; also `none` |
/// | `OTEL_EXPORTER_OTLP[_TRACES\|_METRICS\|_LOGS]_ENDPOINT` | `http://localhost:4318` for HTTP, `http://localhost:4317` for gRPC |
/// | `OTEL_EXPORTER_OTLP[_TRACES\|_METRICS\|_LOGS]_PROTOCOL` | `http/protobuf`; also `grpc`, and with the cargo feature `otlp-json` `http/json` |
/// | `OTEL_EXPORTER_OTLP[_TRACES\|_METRICS\|_LOGS]_HEADERS` | none |
/// | `OTEL_EXPORTER_OTLP[_TRACES\|_METRICS\|_LOGS]_TIMEOUT` | 10000 ms |
/// | `OTEL_EXPORTER_OTLP[_TRACES\|_METRICS\|_LOGS]_COMPRESSION` | none; also `gzip`, and with the cargo feature `zstd` `zstd` |
/// | `TACHOGRAPH_OTLP[_TRACES\|_METRICS\|_LOGS]_MAX_REQUEST_BYTES` | 3500000; from 65536: how large a request may be before it is compressed; larger batches are split |
/// | `OTEL_EXPORTER_OTLP[_TRACES\|_METRICS\|_LOGS]_INSECURE` | `false`; decides for gRPC endpoints without a scheme |
/// | `OTEL_EXPORTER_OTLP[_TRACES\|_METRICS\|_LOGS]_CERTIFICATE` | the roots of the system; a PEM file whose certificates are trusted in their place |
/// | `OTEL_EXPORTER_OTLP[_TRACES\|_METRICS\|_LOGS]_CLIENT_CERTIFICATE`, `_CLIENT_KEY` | none; PEM files, set both |
/// | `OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE` | `cumulative` |
/// | `OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION` | `explicit_bucket_histogram` |
/// | `OTEL_METRICS_EXEMPLAR_FILTER` | `always_off`; `trace_based` and `always_on` are in vain: no exemplars are recorded |
/// | `OTEL_METRIC_EXPORT_INTERVAL`, `_TIMEOUT` | 60000 ms, 30000 ms |
/// | `OTEL_EXPORTER_PROMETHEUS_HOST`, `_PORT` | no server of its own for scrapes; with one of them set `localhost` and 9464 |
/// | `OTEL_BSP_SCHEDULE_DELAY`, `_EXPORT_TIMEOUT` | 5000 ms, 30000 ms |
/// | `OTEL_BSP_MAX_QUEUE_SIZE`, `_MAX_EXPORT_BATCH_SIZE` | 2048, 512 |
/// | `OTEL_BSP_MAX_CONCURRENT_EXPORTS` | 4; from 1 to 64: exports of spans under way at once |
/// | `TACHOGRAPH_BSP_MAX_QUEUE_BYTES` | 67108864, which is 64 MiB; from 65536: estimated memory of the spans that wait |
/// | `TACHOGRAPH_BSP_MAX_EXPORT_BATCH_BYTES` | 3500000; from 65536: what is exported at once at most, estimated like it |
/// | `TACHOGRAPH_BSP_WHEN_FULL` | `drop_newest`; also `drop_oldest`: see [`WhenFull`](crate::WhenFull) |
/// | `OTEL_BLRP_SCHEDULE_DELAY`, `_EXPORT_TIMEOUT` | 1000 ms, 30000 ms |
/// | `OTEL_BLRP_MAX_QUEUE_SIZE`, `_MAX_EXPORT_BATCH_SIZE` | 2048, 512 |
/// | `OTEL_BLRP_MAX_CONCURRENT_EXPORTS`, `TACHOGRAPH_BLRP_MAX_QUEUE_BYTES`, `_MAX_EXPORT_BATCH_BYTES`, `_WHEN_FULL` | the same for log records |
/// | `OTEL_TRACES_SAMPLER`, `_ARG` | `parentbased_always_on`; the ratio is from 0 to 1, default 1 |
/// | `OTEL_ATTRIBUTE_COUNT_LIMIT` | 128, of spans, events, links and log records each |
/// | `OTEL_{SPAN,EVENT,LINK,LOGRECORD}_ATTRIBUTE_COUNT_LIMIT` | the general one |
/// | `OTEL_SPAN_EVENT_COUNT_LIMIT`, `OTEL_SPAN_LINK_COUNT_LIMIT` | 128 each |
/// | `OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT` | none; the characters of a text |
/// | `OTEL_{SPAN,LOGRECORD}_ATTRIBUTE_VALUE_LENGTH_LIMIT` | the general one |
/// | `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES` | see [`resource`](crate::Builder::with_resource_attribute) |
/// | `HOSTNAME`, else `COMPUTERNAME` | none; `host.name`, where the system does not say it |
/// | `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT` | `NO_CONTENT`; also `SPAN_ONLY`, `EVENT_ONLY`, `SPAN_AND_EVENT` |
/// | `OTEL_SEMCONV_STABILITY_OPT_IN` | none; also `gen_ai_latest_experimental`, `gen_ai_latest_experimental/dup` |
/// | `OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN` | `logs/dup`; also `logs`: whether captured errors are span events as well, see [`ExceptionSignal`] |
/// | `SENTRY_DSN`, `SENTRY_ENVIRONMENT`, `SENTRY_RELEASE`, `SENTRY_SAMPLE_RATE`, `SENTRY_TRACES_SAMPLE_RATE` | none; with the cargo feature `sentry`, see `with_sentry_dsn`; the last is in vain |
/// | `TACHOGRAPH_METRIC_NAMES` | `both`; also `otel`, `classic`: which names are scraped, see [`MetricNames`] |
/// | `TACHOGRAPH_PROFILES` | `classic`; a list of it, `platform:PREFIX` and TOML files, see [`Profile`](crate::Profile) |
/// | `TACHOGRAPH_LOG_FORMAT` | `text`; also `detailed`, `json`: how the console log looks, see [`LogFormat`] |
/// | `TACHOGRAPH_LOG_DIR` | no log files; a directory for them, in JSON lines, see [`LogFile`](crate::LogFile) |
/// | `TACHOGRAPH_SAMPLING_RATIOS` | none; a list such as `agent=1,cache=0.01`, see [`with_sampling_ratio`](crate::Builder::with_sampling_ratio) |
/// | `TACHOGRAPH_SPOOL_DIR` | no spool; a folder for it, see [`DiskSpool`] |
/// | `TACHOGRAPH_SPOOL_MAX_BYTES`, `_RESEND_BYTES_PER_SECOND` | 1073741824, which is 1 GiB; 16777216, which is 16 MiB; from 65536 |
/// | `TACHOGRAPH_SPOOL_FSYNC` | `every_second`; also `never`, `always`: see [`Fsync`] |
/// | `TACHOGRAPH_SPOOL_WHEN_FULL` | `drop_newest`; also `drop_oldest` |
/// | `TACHOGRAPH_SELF_TEST` | `true`; `false` leaves out the test of the OTLP endpoints, see [`with_self_test`](crate::Builder::with_self_test) |
/// | `TACHOGRAPH_LOG_CALLS` | `none`; also `all`, or a list of `failed` and kinds (`failed,agent,llm`): of which calls there are events, see [`CallEvents`] |
/// | `TACHOGRAPH_LOG_CALLS_RATIO` | 1; which share of the calls that end well, from 0 to 1 |
/// | `TACHOGRAPH_SLOW_MS` | see [`SlowCalls`]; `off`, or a list such as `http=2000,llm=30000,db=off` |
/// | `RUST_LOG` | `info`; for the log files, for exported log records, and for the console log set by [`install`](crate::Pipeline::install) |
///
/// `OTEL_METRICS_EXPORTER=prometheus` starts no server: most applications have one and mount the metrics there. Either of
/// `OTEL_EXPORTER_PROMETHEUS_HOST` and `OTEL_EXPORTER_PROMETHEUS_PORT` does, which needs the cargo feature `prometheus-server`; see
/// [`with_prometheus_server`](crate::Builder::with_prometheus_server). `localhost` is `127.0.0.1`, any other name is looked up
/// when the pipeline is built, and port 0 is a free one.
///
/// Limits are whole numbers from 0. The SDK leaves out what is one too many, and spans say how many of each were. Texts are cut where a span
/// ends, in its events and links too, and each text of an array by itself. Log records are limited where they are made of events of
/// `tracing`, the fields of the event going before its place and its ids; `tachograph.log.omitted_fields`, which is not counted, says how
/// many did not fit. Records that a bridge of another makes are not limited.
///
/// What is in vain is taken, and said once in the log and in [`TelemetryHealth::unmet`](crate::TelemetryHealth::unmet).
///
/// Content may be `true` for `SPAN_ONLY` and `false` for `NO_CONTENT` as well. No content is recorded on events yet: where it is asked
/// for, a warning says so and [`TelemetryHealth::unmet`](crate::TelemetryHealth::unmet) has it. The opt-in puts the metrics of calls to models under
/// their latest names, with `/dup` under both; it is a list for many conventions, and what it says of others is ignored. A profile is
/// a file when there is a `/` in it or it ends in `.toml`, and is read when the pipeline is built.
#[derive(Debug, Clone)]
pub struct Settings {
    pub(crate) disabled: bool,
    pub(crate) traces_exporter: ExporterChoice,
    pub(crate) metrics_exporter: ExporterChoice,
    pub(crate) logs_exporter: ExporterChoice,
    pub(crate) propagators: Vec<Propagator>,
    pub(crate) traces_otlp: OtlpSettings,
    pub(crate) metrics_otlp: OtlpSettings,
    pub(crate) logs_otlp: OtlpSettings,
    pub(crate) metric_interval: Duration,
    pub(crate) metric_export_timeout: Duration,
    pub(crate) prometheus_server: Option<ServerSettings>,
    pub(crate) batch: BatchSettings,
    pub(crate) logs_batch: BatchSettings,
    pub(crate) sampler: Sampler,
    pub(crate) limits: LimitSettings,
    pub(crate) kind_ratios: KindRatios,
    pub(crate) service_name: Option<String>,
    pub(crate) resource_attributes: Vec<(String, String)>,
    pub(crate) host_name: Option<String>,
    pub(crate) content: ContentDestination,
    pub(crate) gen_ai_names: GenAiNames,
    pub(crate) exception_signal: ExceptionSignal,
    pub(crate) metric_names: MetricNames,
    pub(crate) profiles: Vec<ProfileChoice>,
    pub(crate) log_filter: String,
    pub(crate) log_format: LogFormat,
    /// Further names of fields whose values are hidden; from code alone.
    pub(crate) redacted_log_keys: Vec<String>,
    pub(crate) log_directory: Option<PathBuf>,
    pub(crate) spool: Option<DiskSpool>,
    /// Whether OTLP endpoints are tested at the start.
    pub(crate) self_test: bool,
    /// How long a panic may be flushed for, if there is a hook for panics; from code alone.
    pub(crate) panic_flush: Option<Duration>,
    #[cfg(feature = "sentry")]
    pub(crate) sentry: SentrySettings,
    pub(crate) call_events: CallEvents,
    pub(crate) slow_calls: SlowCalls,
    /// Sentences about variables that are known and change nothing.
    in_vain: Vec<String>,
    /// What the backend of a preset does not take, one sentence for each signal; from code alone.
    pub(crate) not_taken: Vec<(Signal, String)>,
}

impl Settings {
    /// Reads the environment of this process.
    ///
    /// # Errors
    ///
    /// The first variable that is not valid; see [`Error`].
    pub fn from_env() -> Result<Self, Error> {
        let not_unicode = RefCell::new(None);
        let settings = Self::from_lookup(|name| match env::var(name) {
            Ok(value) => Some(value),
            Err(VarError::NotPresent) => None,
            Err(VarError::NotUnicode(_)) => {
                not_unicode.borrow_mut().get_or_insert_with(|| name.to_owned());
                None
            }
        });
        match not_unicode.into_inner() {
            Some(variable) => Err(Error::NotUnicode { variable }),
            None => settings,
        }
    }

    /// Who decides which spans are kept.
    pub(crate) fn sampler(&self) -> Box<dyn ShouldSample> {
        match self.kind_ratios.is_empty() {
            true => Box::new(self.sampler.clone()),
            false => Box::new(KindSampler::new(self.sampler.clone(), self.kind_ratios.clone())),
        }
    }

    /// What is asked for and does not happen, one sentence each.
    pub(crate) fn unmet(&self) -> Vec<String> {
        let signals = [
            (self.traces_exporter, &self.traces_otlp, Signal::Traces),
            (self.metrics_exporter, &self.metrics_otlp, Signal::Metrics),
            (self.logs_exporter, &self.logs_otlp, Signal::Logs),
        ];
        let off = |wanted| signals.iter().any(|(exporter, _, it)| *it == wanted && *exporter == ExporterChoice::None);
        let not_taken = self.not_taken.iter().filter(|(signal, _)| off(*signal)).map(|(_, sentence)| sentence.clone());
        let plain = signals
            .into_iter()
            .filter(|(exporter, ..)| *exporter == ExporterChoice::Otlp)
            .filter_map(|(_, otlp, signal)| otlp.unmet(signal));
        let spool = self.spool.as_ref().and_then(DiskSpool::unmet);
        let unmet = self.content.unmet().into_iter().chain(plain).chain(spool);
        let unmet = unmet.chain(self.in_vain.iter().cloned()).chain(not_taken);
        #[cfg(feature = "sentry")]
        let unmet = unmet.chain(self.sentry.unmet());
        unmet.collect()
    }

    /// Reads from a function instead of the environment: a map in tests, a configuration file in an application.
    ///
    /// # Errors
    ///
    /// The first variable that is not valid; see [`Error`].
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let read = Reader::new(&lookup);
        general::refuse_files(&read)?;
        metrics::refuse_delta(&read)?;
        metrics::refuse_exponential(&read)?;
        Ok(Self {
            disabled: read.boolean("OTEL_SDK_DISABLED"),
            traces_exporter: selection::exporter(&read, "OTEL_TRACES_EXPORTER", &["otlp", "none"])?,
            metrics_exporter: selection::exporter(&read, "OTEL_METRICS_EXPORTER", &["otlp", "prometheus", "none"])?,
            logs_exporter: selection::exporter(&read, "OTEL_LOGS_EXPORTER", &["otlp", "none"])?,
            propagators: selection::propagators(&read)?,
            traces_otlp: OtlpSettings::read(&read, Signal::Traces)?,
            metrics_otlp: OtlpSettings::read(&read, Signal::Metrics)?,
            logs_otlp: OtlpSettings::read(&read, Signal::Logs)?,
            metric_interval: read.milliseconds("OTEL_METRIC_EXPORT_INTERVAL")?.unwrap_or(Duration::from_secs(60)),
            metric_export_timeout: read.milliseconds("OTEL_METRIC_EXPORT_TIMEOUT")?.unwrap_or(Duration::from_secs(30)),
            prometheus_server: ServerSettings::read(&read)?,
            batch: BatchSettings::of_spans(&read)?,
            logs_batch: BatchSettings::of_logs(&read)?,
            sampler: sampler::sampler(&read)?,
            limits: LimitSettings::read(&read)?,
            kind_ratios: KindRatios::parse(SAMPLING_RATIOS, &read.text(SAMPLING_RATIOS).unwrap_or_default())?,
            service_name: read.text("OTEL_SERVICE_NAME"),
            resource_attributes: read.pairs("OTEL_RESOURCE_ATTRIBUTES")?,
            host_name: read.text("HOSTNAME").or_else(|| read.text("COMPUTERNAME")),
            content: ContentDestination::read(&read)?,
            gen_ai_names: gen_ai::names(&read),
            exception_signal: exceptions::signal(&read),
            metric_names: exposition::metric_names(&read)?,
            profiles: exposition::profiles(&read)?,
            log_filter: general::log_filter(&read)?,
            log_format: log_format::read(&read)?,
            redacted_log_keys: Vec::new(),
            log_directory: read.text(LOG_DIRECTORY).map(PathBuf::from),
            spool: DiskSpool::read(&read)?,
            self_test: general::self_test(&read)?,
            panic_flush: None,
            #[cfg(feature = "sentry")]
            sentry: SentrySettings::read(&read)?,
            call_events: call_events::call_events(&read)?,
            slow_calls: call_events::slow_calls(&read)?,
            in_vain: [metrics::exemplars(&read)?, sampler::unmet(&read), general::entities(&read)]
                .into_iter()
                .flatten()
                .collect(),
            not_taken: Vec::new(),
        })
    }
}

/// Every default; as if no variable were set.
impl Default for Settings {
    fn default() -> Self {
        Self {
            disabled: false,
            traces_exporter: ExporterChoice::Otlp,
            metrics_exporter: ExporterChoice::Otlp,
            logs_exporter: ExporterChoice::Otlp,
            propagators: vec![Propagator::TraceContext, Propagator::Baggage],
            traces_otlp: OtlpSettings::default(),
            metrics_otlp: OtlpSettings::default(),
            logs_otlp: OtlpSettings::default(),
            metric_interval: Duration::from_secs(60),
            metric_export_timeout: Duration::from_secs(30),
            prometheus_server: None,
            batch: BatchSettings::SPANS,
            logs_batch: BatchSettings::LOGS,
            sampler: Sampler::ParentBased(Box::new(Sampler::AlwaysOn)),
            limits: LimitSettings::default(),
            kind_ratios: KindRatios::default(),
            service_name: None,
            resource_attributes: Vec::new(),
            host_name: None,
            content: ContentDestination::default(),
            gen_ai_names: GenAiNames::default(),
            exception_signal: ExceptionSignal::default(),
            metric_names: MetricNames::default(),
            profiles: exposition::default_profiles(),
            log_filter: "info".to_owned(),
            log_format: LogFormat::default(),
            redacted_log_keys: Vec::new(),
            log_directory: None,
            spool: None,
            self_test: true,
            panic_flush: None,
            #[cfg(feature = "sentry")]
            sentry: SentrySettings::default(),
            call_events: CallEvents::none(),
            slow_calls: SlowCalls::default(),
            in_vain: Vec::new(),
            not_taken: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests;
