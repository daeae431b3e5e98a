//! The pull side: a handle from which the metrics can be read at any time, in one of the formats of Prometheus.

mod compression;
mod turn;

use std::fmt;
use std::sync::Arc;

use opentelemetry_sdk::metrics::data::ResourceMetrics;
use tachograph_core::source::{Scrape, ScrapeError, ScrapeRequest, ScrapeResponse};

use self::turn::{Missed, Turn};
use crate::accounting::Accounting;
use crate::exposition::{Encoder, Form, Gzip, Options, negotiate};
use crate::metrics::{Collector, MeterProvider};

/// Reads the metrics of a pipeline in one of the formats of Prometheus. Cloning is cheap; all clones share one set of buffers.
///
/// As a [`Scrape`] it gives text 0.0.4 or 1.0.0, or OpenMetrics 1.0.0, as `Accept` asks; gzip, as `Accept-Encoding` asks and
/// [`with_scrape_compression`](crate::Builder::with_scrape_compression) allows; and to a scraper that says nothing or nothing that
/// is understood, text 0.0.4.
///
/// Scrapes run one at a time. One that hangs, with a callback of an observable instrument, makes the others wait for at most 5 s
/// ([`TURN_LIMIT`](tachograph_core::source::TURN_LIMIT)), after which they fail; when it comes back, all works again. A scrape that fails for this or any other reason is
/// counted in [`TelemetryHealth::scrape_failures`](crate::TelemetryHealth::scrape_failures).
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
    compression: bool,
    /// `None` before the first scrape, and after one that panicked: what such a scrape leaves behind is not to be trusted.
    turn: Turn<Option<State>>,
}

struct State {
    metrics: ResourceMetrics,
    encoder: Encoder,
    /// What the last scrape was encoded into, where it was not given away.
    body: Vec<u8>,
}

impl ScrapeHandle {
    pub(crate) fn new(
        collector: Arc<Collector>,
        provider: MeterProvider,
        accounting: Arc<Accounting>,
        options: Options,
        compression: bool,
    ) -> Self {
        let turn = Turn::new();
        Self { inner: Arc::new(Inner { collector, _provider: provider, accounting, options, compression, turn }) }
    }

    /// Collects and encodes on the calling thread.
    pub(crate) fn text(&self, form: Form) -> Result<Vec<u8>, ScrapeError> {
        self.scraped(form, &ScrapeRequest::default(), std::mem::take)
    }

    /// Collects, encodes and gives the bytes to `finish`, all in one turn.
    fn scraped<R>(
        &self,
        form: Form,
        request: &ScrapeRequest<'_>,
        finish: impl FnOnce(&mut Vec<u8>) -> R,
    ) -> Result<R, ScrapeError> {
        let inner = &self.inner;
        let scraped = inner.turn.take(request.patience(), |state| {
            let State { metrics, encoder, body } = state.get_or_insert_with(|| State::new(inner.options.clone()));
            inner.collector.collect(metrics).map_err(ScrapeError::new)?;
            body.clear();
            let dropped = encoder.encode(metrics, form, body);
            Ok((finish(body), dropped))
        });
        let (finished, dropped) = scraped
            .unwrap_or_else(|missed| {
                Err(match missed {
                    Missed::Busy(running) => ScrapeError::busy(running),
                    Missed::Panicked(message) => ScrapeError::new(format!("encoding them panicked: {message}")),
                })
            })
            .inspect_err(|_| inner.accounting.scrape_failed())?;
        inner.accounting.scraped(dropped);
        Ok(finished)
    }
}

impl State {
    fn new(options: Options) -> Self {
        Self { metrics: ResourceMetrics::default(), encoder: Encoder::new(options), body: Vec::new() }
    }
}

impl Scrape for ScrapeHandle {
    /// Collects, encodes and compresses on the calling thread. Never empty: when nothing can be collected, that is an error.
    fn scrape(&self, request: &ScrapeRequest<'_>) -> Result<ScrapeResponse, ScrapeError> {
        let negotiated = negotiate(request.accept(), self.inner.options.translation);
        let gzip = if self.inner.compression { Gzip::negotiate(request.accept_encoding()) } else { Gzip::Never };
        self.scraped(negotiated.form, request, |body| {
            let compressed = compression::compressed(gzip, body);
            ScrapeResponse {
                content_type: negotiated.content_type,
                content_encoding: compressed.as_ref().map(|_| compression::GZIP),
                body: compressed.unwrap_or_else(|| std::mem::take(body)),
            }
        })
    }

    fn turned_away(&self) {
        self.inner.accounting.scrape_failed();
    }
}

impl fmt::Debug for ScrapeHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScrapeHandle").finish_non_exhaustive()
    }
}
