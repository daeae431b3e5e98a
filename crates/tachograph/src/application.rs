//! The pipeline of the process with its monitoring endpoints: where the crates meet.

#[cfg(any(feature = "llm", feature = "monitor"))]
use std::sync::Arc;
use std::{fmt, ops::Deref};
#[cfg(feature = "monitor")]
use std::{sync::OnceLock, time::Instant};

#[cfg(feature = "monitor")]
use tachograph_monitor::{Application, Check, Monitoring, Stats, Traces};
use tachograph_pipeline::Pipeline;

#[cfg(feature = "monitor")]
use crate::source;
use crate::{Builder, Error};

/// The telemetry of the process, from [`init`] or [`builder`].
///
/// It is the [`Pipeline`] (through `Deref`: `shutdown`, `force_flush`, `prometheus_text`, `health`, `tracing_layer`) and knows the
/// monitoring endpoints. Keep it until the end of `main`: dropped without a shutdown it flushes for at most two seconds.
#[must_use = "dropped, it flushes and ends the export"]
pub struct Tachograph {
    pipeline: Pipeline,
    #[cfg(feature = "monitor")]
    started: Instant,
    #[cfg(feature = "monitor")]
    watched: OnceLock<Option<Watched>>,
}

/// What is read off the telemetry from the first time that somebody asks for it.
#[cfg(feature = "monitor")]
struct Watched {
    stats: Stats,
    traces: Traces,
}

impl Tachograph {
    /// The monitoring endpoints over this telemetry: `.router()` gives the axum router, `.serve("127.0.0.1:9465")` a port of their own.
    ///
    /// From the first call on a thread reads the metrics once a second for statistics and their history, and recent traces are kept;
    /// before, neither costs anything. All endpoints of a process share both.
    ///
    /// ```no_run
    /// use tachograph::{monitor::{Check, Readiness}, source::Ping};
    ///
    /// # fn mount(
    /// #     telemetry: &tachograph::Tachograph, app: axum::Router, pool: impl Ping + 'static, token: &str
    /// # ) -> Result<(), Box<dyn std::error::Error>> {
    /// let readiness = Readiness::new();
    /// let monitoring = telemetry.monitoring()
    ///     .with_readiness(readiness.clone())                                  // latches of the start, and the drain at the end
    ///     .with_check(Check::ping("database", pool))?                         // sqlx, Redis, `HttpProbe` for an HTTP service
    ///     .with_check(Check::tcp("queue", "queue:5672").with_critical(false))?;
    /// let app: axum::Router = app.merge(monitoring.clone().router());         // /health, /monitoring/…
    /// let own_port = monitoring.with_bearer_token(token)?.serve("127.0.0.1:9465")?; // the same on a thread and a port of its own
    /// # Ok(()) }
    /// ```
    #[cfg(feature = "monitor")]
    pub fn monitoring(&self) -> Monitoring {
        let scrape: Arc<dyn source::Scrape> = match self.pipeline.scrape_handle() {
            Some(scrape) => Arc::new(scrape),
            None => Arc::new(Disabled),
        };
        let mut monitoring = Monitoring::new().with_application(self.application()).with_scrape(scrape);
        if let Some(export) = self.pipeline.export_handle() {
            // The first check, so its name is free.
            monitoring = monitoring.clone().with_check(Check::telemetry(Arc::new(export))).unwrap_or(monitoring);
        }
        match self.watched() {
            Some(watched) => monitoring.with_stats(watched.stats.clone()).with_traces(watched.traces.clone()),
            None => monitoring,
        }
    }

    /// Statistics of the calls of the process, as `/stats` has them: `stats().endpoint("GET /api/chat")`. When telemetry is disabled
    /// they are empty, and say so.
    ///
    /// They are read off the metrics, once a second from the first call of this or [`monitoring`](Self::monitoring) on.
    #[cfg(feature = "monitor")]
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.watched().map_or_else(
            || {
                let stats = Stats::builder(Arc::new(Disabled)).with_application(self.application()).without_thread();
                stats.refresh();
                stats
            },
            |watched| watched.stats.clone(),
        )
    }

    #[cfg(feature = "monitor")]
    fn watched(&self) -> Option<&Watched> {
        let start = || {
            let metrics = self.pipeline.metrics_handle()?;
            let mut stats = Stats::builder(Arc::new(metrics)).with_application(self.application());
            if let Some(system) = self.pipeline.system_handle() {
                stats = stats.with_system(system);
            }
            let traces = Traces::new();
            // Without a thread to show them there are none, and the list stays empty.
            let _ = self.pipeline.observe_spans(Arc::new(traces.clone()));
            Some(Watched { stats: stats.start(), traces })
        };
        self.watched.get_or_init(start).as_ref()
    }

    #[cfg(feature = "monitor")]
    fn application(&self) -> Application {
        let who = self.pipeline.application();
        Application::new(&who.name)
            .with_version(who.version.clone())
            .with_environment(who.environment.clone())
            .started_at(self.started)
    }
}

#[cfg(feature = "monitor")]
const DISABLED: &str = "telemetry is disabled (OTEL_SDK_DISABLED)";

/// What is scraped where telemetry is switched off: the reason.
#[cfg(feature = "monitor")]
struct Disabled;

#[cfg(feature = "monitor")]
impl source::Scrape for Disabled {
    fn scrape(&self, _: &source::ScrapeRequest<'_>) -> Result<source::ScrapeResponse, source::ScrapeError> {
        Err(source::ScrapeError::new(DISABLED))
    }
}

#[cfg(feature = "monitor")]
impl source::ReadMetrics for Disabled {
    fn read_metrics(&self, _: &mut dyn FnMut(&source::Point<'_>)) -> Result<(), source::ScrapeError> {
        Err(source::ScrapeError::new(DISABLED))
    }
}

impl From<Pipeline> for Tachograph {
    fn from(pipeline: Pipeline) -> Self {
        Self {
            pipeline,
            #[cfg(feature = "monitor")]
            started: Instant::now(),
            #[cfg(feature = "monitor")]
            watched: OnceLock::new(),
        }
    }
}

impl Deref for Tachograph {
    type Target = Pipeline;

    fn deref(&self) -> &Pipeline {
        &self.pipeline
    }
}

impl fmt::Debug for Tachograph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tachograph").field("health", &self.pipeline.health()).finish_non_exhaustive()
    }
}

/// Starts telemetry for the process, as the `OTEL_*` variables say: OTLP out, Prometheus in.
///
/// Spans and metrics go to the OTLP receiver at `OTEL_EXPORTER_OTLP_ENDPOINT` (default `http://localhost:4318`, HTTP with
/// protobuf; a receiver that is away changes nothing but the counters), and metrics can be scraped. A `tracing` subscriber is set
/// if the application has none. It may be called inside any kind of tokio runtime, or without one.
///
/// # Errors
///
/// A variable that is not valid, by name; a second call in the same process.
pub fn init() -> Result<Tachograph, Error> {
    builder().init()
}

/// The same as [`init`] with code over environment: `tachograph::builder().with_service_name("researcher").init()?`.
///
/// With the feature `llm` calls to models cost what [`Prices::embedded`](crate::llm::Prices::embedded) says, unless
/// `with_pricing` names others; and content that the environment lets in goes through
/// [`Patterns::all`](crate::llm::content::Patterns::all) before it is recorded.
pub fn builder() -> Builder {
    #[cfg(feature = "llm")]
    return Builder::default()
        .with_default_pricing(Arc::new(crate::llm::Prices::embedded()))
        .with_default_redaction(crate::llm::content::Patterns::all());
    #[cfg(not(feature = "llm"))]
    Builder::default()
}
