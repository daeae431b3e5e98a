//! The pipeline of the process with its monitoring endpoints: where the crates meet.

use std::{fmt, ops::Deref};

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
}

impl Tachograph {
    /// The monitoring endpoints over this telemetry; `.router()` gives the axum router.
    #[cfg(feature = "monitor")]
    pub fn monitoring(&self) -> tachograph_monitor::Monitoring {
        let source: std::sync::Arc<dyn source::Scrape> = match self.pipeline.scrape_handle() {
            Some(scrape) => std::sync::Arc::new(scrape),
            None => std::sync::Arc::new(Disabled),
        };
        tachograph_monitor::Monitoring::new().with_scrape(source)
    }
}

/// What is scraped where telemetry is switched off: the reason.
#[cfg(feature = "monitor")]
struct Disabled;

#[cfg(feature = "monitor")]
impl source::Scrape for Disabled {
    fn scrape(&self, _: &source::ScrapeRequest<'_>) -> Result<source::ScrapeResponse, source::ScrapeError> {
        Err(source::ScrapeError::new("telemetry is disabled (OTEL_SDK_DISABLED)"))
    }
}

impl From<Pipeline> for Tachograph {
    fn from(pipeline: Pipeline) -> Self {
        Self { pipeline }
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
        .with_default_pricing(std::sync::Arc::new(crate::llm::Prices::embedded()))
        .with_default_redaction(crate::llm::content::Patterns::all());
    #[cfg(not(feature = "llm"))]
    Builder::default()
}
