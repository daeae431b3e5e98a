//! The pull side: a handle from which Prometheus text can be read at any time.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use opentelemetry_sdk::metrics::data::ResourceMetrics;
use tachograph_core::source::{Scrape, ScrapeError};

use crate::accounting::Accounting;
use crate::exposition::{Encoder, Options};
use crate::metrics::{Collector, MeterProvider};

/// Reads the metrics of a pipeline as Prometheus text. Cloning is cheap; all clones share one set of buffers.
///
/// It works after the pipeline was shut down, so that a last scrape finds the final numbers.
#[derive(Clone)]
pub struct ScrapeHandle {
    inner: Arc<Inner>,
}

struct Inner {
    collector: Arc<Collector>,
    /// The collector reads from it and does not keep it alive.
    _provider: MeterProvider,
    accounting: Arc<Accounting>,
    options: Options,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    metrics: ResourceMetrics,
    encoder: Encoder,
}

impl ScrapeHandle {
    pub(crate) fn new(
        collector: Arc<Collector>,
        provider: MeterProvider,
        accounting: Arc<Accounting>,
        options: Options,
    ) -> Self {
        let inner = Inner { collector, _provider: provider, accounting, options, state: Mutex::default() };
        Self { inner: Arc::new(inner) }
    }
}

impl Scrape for ScrapeHandle {
    /// Collects and encodes on the calling thread. Never empty: when nothing can be collected, that
    /// is an error.
    fn scrape(&self) -> Result<String, ScrapeError> {
        let inner = &self.inner;
        let mut state = inner.state.lock().unwrap_or_else(PoisonError::into_inner);
        let State { metrics, encoder } = &mut *state;
        inner.collector.collect(metrics).map_err(ScrapeError::new)?;
        let (text, dropped) = encoder.encode(metrics, inner.options);
        drop(state);
        inner.accounting.scraped(dropped);
        Ok(text)
    }
}

impl fmt::Debug for ScrapeHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScrapeHandle").field("options", &self.inner.options).finish_non_exhaustive()
    }
}
