//! The pipeline as a value.

mod handles;
mod layers;

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use opentelemetry_sdk::logs::SdkLoggerProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tachograph_core::Telemetry;
use tachograph_core::source::ScrapeError;

use crate::accounting::TelemetryHealth;
use crate::application::Application;
use crate::builder::Builder;
use crate::cardinality::InstrumentCardinality;
use crate::error::Error;
use crate::exposition::Form;
use crate::install;
use crate::logs::LogFilter;
use crate::logs::files::FileLog;
use crate::metrics::{MeterProvider, MetricsHandle};
use crate::observer::Observation;
use crate::panics;
use crate::scrape::ScrapeHandle;
use crate::server::PrometheusServer;
use crate::settings::Settings;
use crate::shutdown::{self, Engine, Job, ShutdownReport};

/// How long a pipeline that was never shut down may flush when it is dropped.
const DROP_DEADLINE: Duration = Duration::from_secs(2);

/// Providers, exporters, reader and threads, as one value.
///
/// It touches nothing global until [`install`](Self::install). When it is dropped without a shutdown, which includes a panic that
/// unwinds, it flushes for at most 2 s, blocking the thread.
///
/// With `OTEL_SDK_DISABLED=true` it holds nothing and does nothing: no provider, no thread, unless log files are asked for. [`install`](Self::install) then still
/// sets the propagators, as the specification asks.
pub struct Pipeline {
    active: Option<Active>,
    settings: Settings,
    application: Application,
    tracing_subscriber: bool,
    log_filter: LogFilter,
    log_files: Option<Arc<FileLog>>,
}

/// What a pipeline has when it is not disabled.
pub(crate) struct Active {
    pub(crate) telemetry: Telemetry,
    pub(crate) scrape: ScrapeHandle,
    pub(crate) numbers: MetricsHandle,
    pub(crate) observation: Observation,
    pub(crate) engine: Arc<Engine>,
    pub(crate) server: Option<PrometheusServer>,
}

impl Pipeline {
    /// A builder.
    pub fn builder() -> Builder {
        Builder::new()
    }

    pub(crate) fn new(
        active: Option<Active>,
        settings: Settings,
        application: Application,
        tracing_subscriber: bool,
        log_files: Option<Arc<FileLog>>,
    ) -> Self {
        let log_filter = LogFilter::new(&settings.log_filter);
        Self { active, settings, application, tracing_subscriber, log_filter, log_files }
    }

    /// What calls are recorded with; `None` when disabled.
    #[must_use]
    pub fn telemetry(&self) -> Option<&Telemetry> {
        self.active.as_ref().map(|active| &active.telemetry)
    }

    /// The provider of tracers, for spans that the application makes by itself; `None` when disabled. Flush and shut down through the
    /// pipeline: the provider's own methods say `Ok` after losing spans, and may wait for ever on a current-thread runtime.
    #[must_use]
    pub fn tracer_provider(&self) -> Option<&SdkTracerProvider> {
        self.active.as_ref().map(|active| &active.engine.traces)
    }

    /// The provider of meters, for instruments of the application; `None` when disabled.
    #[must_use]
    pub fn meter_provider(&self) -> Option<&MeterProvider> {
        self.active.as_ref().map(|active| &active.engine.metrics)
    }

    /// The provider of loggers, for log records that the application makes by itself, or another bridge; `None` when disabled. Without
    /// an exporter records go nowhere. Flush and shut down through the pipeline.
    #[must_use]
    pub fn logger_provider(&self) -> Option<&SdkLoggerProvider> {
        self.active.as_ref().map(|active| &active.engine.logs.provider)
    }

    /// The metrics as Prometheus text, to be served as [`CONTENT_TYPE`](crate::CONTENT_TYPE).
    ///
    /// Collects on the calling thread, callbacks of observable instruments included.
    ///
    /// # Errors
    ///
    /// When nothing can be collected, or the pipeline is disabled. The text is never empty.
    pub fn prometheus_text(&self) -> Result<String, ScrapeError> {
        match &self.active {
            Some(active) => {
                let text = active.scrape.text(Form::default())?;
                String::from_utf8(text).map_err(|_| ScrapeError::new("the text is not valid UTF-8"))
            }
            None => Err(ScrapeError::new("telemetry is disabled")),
        }
    }

    /// Where the server for scrapes listens, its port included where a free one was asked for; `None` without
    /// [a server](Builder::with_prometheus_server).
    #[must_use]
    pub fn prometheus_address(&self) -> Option<SocketAddr> {
        self.active.as_ref().and_then(|active| active.server.as_ref()).map(PrometheusServer::address)
    }

    /// What was created, exported and lost so far; all zero when disabled.
    #[must_use]
    pub fn health(&self) -> TelemetryHealth {
        self.active.as_ref().map(|active| active.engine.accounting.health()).unwrap_or_default()
    }

    /// How many series each instrument had when metrics were last collected, by a push or a scrape, and how many it may have; empty
    /// before, and when disabled. What they cost is in [`cardinality`](crate::cardinality).
    #[must_use]
    pub fn cardinality(&self) -> Vec<InstrumentCardinality> {
        self.active.as_ref().map(|active| active.engine.accounting.cardinality().instruments()).unwrap_or_default()
    }

    /// Makes this pipeline the one of the process.
    ///
    /// Sets, in this order: Tachograph's telemetry, OpenTelemetry's global meter and tracer provider, the global propagator, and,
    /// unless [`with_tracing_subscriber(false)`](Builder::with_tracing_subscriber) was asked for or one is set already, a `tracing`
    /// subscriber: what `RUST_LOG` selects (default `info`) to standard error, in the [format](Builder::with_log_format) that is
    /// chosen, to the log files, if there are any, and as log records to their exporter; and spans from level `INFO` up into the traces.
    /// The [panic hook](Builder::with_panic_hook), where it is asked for, comes last.
    ///
    /// A disabled pipeline sets the propagator and the subscriber, without traces: what switches telemetry off must not take the log
    /// away as well.
    ///
    /// # Errors
    ///
    /// [`Error::AlreadyInstalled`] when some telemetry was installed in this process before. Then nothing is changed.
    pub fn install(&self) -> Result<(), Error> {
        install::install(self)
    }

    /// Ends the pipeline: exports what is left and stops its threads, all within `deadline`.
    ///
    /// Right on every kind of runtime, and on none: the work is done on other threads, and the future only waits. Dropping the future
    /// does not stop it. Spans that end later, and what is logged later, are not exported; scrapes go on working. The second call does nothing and says so.
    #[must_use = "the report says whether telemetry was lost; `into_result` makes that an error"]
    pub async fn shutdown(&self, deadline: Duration) -> ShutdownReport {
        match &self.active {
            Some(active) => Arc::clone(&active.engine).shutdown(deadline).await,
            None => shutdown::end_log_files_elsewhere(self.log_files.clone(), Job::Shutdown, deadline).await,
        }
    }

    /// The same as [`shutdown`](Self::shutdown) for code that is not async. Blocks the calling thread for at most `deadline`.
    #[must_use = "the report says whether telemetry was lost; `into_result` makes that an error"]
    pub fn shutdown_blocking(&self, deadline: Duration) -> ShutdownReport {
        match &self.active {
            Some(active) => active.engine.shutdown_blocking(deadline),
            None => shutdown::end_log_files(self.log_files.as_deref(), Job::Shutdown, deadline),
        }
    }

    /// Exports what is queued and pushes the metrics now. What is not through after `deadline` goes on in the background.
    #[must_use = "the report says whether telemetry was lost; `into_result` makes that an error"]
    pub async fn force_flush(&self, deadline: Duration) -> ShutdownReport {
        match &self.active {
            Some(active) => Arc::clone(&active.engine).force_flush(deadline).await,
            None => shutdown::end_log_files_elsewhere(self.log_files.clone(), Job::Flush, deadline).await,
        }
    }

    /// The same as [`force_flush`](Self::force_flush) for code that is not async. Blocks the calling thread for at most `deadline`.
    #[must_use = "the report says whether telemetry was lost; `into_result` makes that an error"]
    pub fn force_flush_blocking(&self, deadline: Duration) -> ShutdownReport {
        match &self.active {
            Some(active) => active.engine.force_flush_blocking(deadline),
            None => shutdown::end_log_files(self.log_files.as_deref(), Job::Flush, deadline),
        }
    }

    /// Tells the log what the settings ask for in vain.
    pub(crate) fn say_unmet(&self) {
        if let Some(active) = &self.active {
            active.engine.accounting.say_unmet();
        }
    }

    /// Sets the hook for panics, if one is asked for.
    pub(crate) fn set_panic_hook(&self) {
        if let (Some(active), Some(timeout)) = (&self.active, self.settings.panic_flush) {
            panics::set_hook(&active.engine, timeout);
        }
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(crate) fn wants_tracing_subscriber(&self) -> bool {
        self.tracing_subscriber
    }
}

impl Drop for Pipeline {
    fn drop(&mut self) {
        if let (None, Some(files)) = (&self.active, &self.log_files) {
            files.stop(DROP_DEADLINE);
        }
        if let Some(active) = &self.active
            && !active.engine.is_shut_down()
            && let Err(error) = active.engine.shutdown_blocking(DROP_DEADLINE).into_result()
        {
            tracing::warn!(%error, "the pipeline was dropped without a shutdown");
        }
    }
}

impl fmt::Debug for Pipeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pipeline").field("disabled", &self.active.is_none()).field("health", &self.health()).finish()
    }
}
