//! A scrape: the metrics as text.

use std::{borrow::Cow, fmt, time::Duration};

/// How long a scrape waits for the one before it, wherever it has to wait. Half of the 10 s after which Prometheus gives up by
/// default, so that what it gets is the reason.
pub const TURN_LIMIT: Duration = Duration::from_secs(5);

/// Gives the metrics of the process in one of the formats of Prometheus.
pub trait Scrape: Send + Sync {
    /// The metrics in the best format that both sides know. It may block the calling thread, and for as long as a callback of an
    /// observable instrument hangs; but it waits for other scrapes no longer than the request's [patience](ScrapeRequest::patience).
    ///
    /// # Errors
    ///
    /// When the metrics cannot be collected. An error is never an empty body.
    fn scrape(&self, request: &ScrapeRequest<'_>) -> Result<ScrapeResponse, ScrapeError>;

    /// Hears of a scrape that a server answered with an error and without asking, because the one before it did not end. For the
    /// count of failures; the default does nothing. It must not block.
    fn turned_away(&self) {}
}

/// What a scraper says it understands. The default is a scraper that says nothing.
#[derive(Clone, Copy, Debug)]
pub struct ScrapeRequest<'a> {
    accept: Option<&'a str>,
    accept_encoding: Option<&'a str>,
    patience: Duration,
}

impl Default for ScrapeRequest<'_> {
    fn default() -> Self {
        Self { accept: None, accept_encoding: None, patience: TURN_LIMIT }
    }
}

impl<'a> ScrapeRequest<'a> {
    /// The values of all `Accept` headers, joined by commas.
    #[must_use]
    pub fn with_accept(self, accept: &'a str) -> Self {
        Self { accept: Some(accept), ..self }
    }

    /// The values of all `Accept-Encoding` headers, joined by commas.
    #[must_use]
    pub fn with_accept_encoding(self, accept_encoding: &'a str) -> Self {
        Self { accept_encoding: Some(accept_encoding), ..self }
    }

    /// How long this scrape waits for others. More than [`TURN_LIMIT`], the default, counts as that. A server in front of the source
    /// that made the scrape wait already gives what is left.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience: patience.min(TURN_LIMIT), ..self }
    }

    /// How long this scrape waits for others.
    #[must_use]
    pub fn patience(&self) -> Duration {
        self.patience
    }

    /// The `Accept` header, if there was one.
    #[must_use]
    pub fn accept(&self) -> Option<&'a str> {
        self.accept
    }

    /// The `Accept-Encoding` header, if there was one.
    #[must_use]
    pub fn accept_encoding(&self) -> Option<&'a str> {
        self.accept_encoding
    }
}

/// The metrics of one moment, ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScrapeResponse {
    /// The value of `Content-Type`.
    pub content_type: Cow<'static, str>,
    /// The value of `Content-Encoding`; `None` for a body as it is.
    pub content_encoding: Option<&'static str>,
    /// The body.
    pub body: Vec<u8>,
}

/// Why a scrape gave no metrics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScrapeError {
    reason: String,
}

impl ScrapeError {
    /// An error with a reason for the operator.
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into() }
    }

    /// The error of a scrape that did not get its turn, `running` after the one before it was let in.
    #[must_use]
    pub fn busy(running: Duration) -> Self {
        let seconds = running.as_secs_f64();
        Self::new(format!(
            "the scrape before this one has been running for {seconds:.1} s; a callback of an observable instrument may hang"
        ))
    }
}

impl fmt::Display for ScrapeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "metrics cannot be collected: {}", self.reason)
    }
}

impl std::error::Error for ScrapeError {}
