//! What the monitoring endpoints ask of the pipeline, as small traits: neither side knows the other.

use std::fmt;

/// Gives the metrics of the process as Prometheus text.
pub trait Scrape: Send + Sync {
    /// The text in format 0.0.4.
    ///
    /// # Errors
    ///
    /// When the metrics cannot be collected. An error is never an empty text.
    fn scrape(&self) -> Result<String, ScrapeError>;
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
}

impl fmt::Display for ScrapeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "metrics cannot be collected: {}", self.reason)
    }
}

impl std::error::Error for ScrapeError {}
