//! What the monitoring endpoints ask of the rest of the process, as small traits: neither side knows the other.
//!
//! | trait | who gives it | who asks |
//! |---|---|---|
//! | [`Scrape`] | the pipeline | the server of `/metrics` |
//! | [`ReadMetrics`] | the pipeline | statistics and their history |
//! | [`ObserveSpans`] | the keeper of recent traces | the pipeline, which shows it spans that have ended |
//! | [`ReadExport`] | the pipeline | the state of health: is telemetry delivered? |
//! | [`ReadSystem`] | the pipeline's sampler of system figures | statistics, thresholds, `/info` |
//! | [`Ping`] | clients of databases and services | health checks |

mod export;
mod metrics;
mod ping;
mod scrape;
mod spans;
mod system;

pub use export::{ExportState, ReadExport, SignalExport};
pub use metrics::{HistogramPoint, Point, PointValue, ReadMetrics};
pub use ping::{Ping, PingError, PingFuture};
pub use scrape::{Scrape, ScrapeError, ScrapeRequest, ScrapeResponse, TURN_LIMIT};
pub use spans::{EndedSpan, ObserveSpans};
pub use system::{DiskState, MemoryState, ReadSystem, SystemState};
