//! What becomes of telemetry.

use std::time::SystemTime;

/// Tells what becomes of telemetry.
pub trait ReadExport: Send + Sync {
    /// The state at this moment. It does not block.
    fn export_state(&self) -> ExportState;
}

/// The state of the export at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExportState {
    /// Each signal that there is.
    pub signals: Vec<SignalExport>,
    /// Scrapes that failed since the start.
    pub scrape_failures: u64,
    /// Panics of callbacks of observable instruments since the start, which were caught.
    pub callback_panics: u64,
    /// Instruments that got more attribute sets than their limit.
    pub overflowing_instruments: Vec<String>,
    /// What the settings ask for in vain, one sentence each.
    pub unmet: Vec<String>,
}

/// One signal.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SignalExport {
    /// `traces`, `metrics`, `logs`.
    pub signal: &'static str,
    /// Whether it is exported at all. If not, the numbers below say nothing of loss.
    pub has_exporter: bool,
    /// Where it goes, without credentials and query; `None` where the exporter is not ours.
    pub endpoint: Option<String>,
    /// Items that came into being.
    pub created: u64,
    /// Items that the receiver took.
    pub exported: u64,
    /// Items that are gone: given to the exporter and not delivered, or dropped before.
    pub failed: u64,
    /// The same by reason, such as `queue_full` or `timed_out`; only those that there are.
    pub failed_by_reason: Vec<(&'static str, u64)>,
    /// Items whose fate is open: `queued`, `in_flight` and `spooled`.
    pub outstanding: u64,
    /// Items that wait for their export.
    pub queued: u64,
    /// Items whose export is under way.
    pub in_flight: u64,
    /// Items on disk, which are sent when the receiver is back.
    pub spooled: u64,
    /// Items that an earlier process had left on disk; `created` does not count them.
    pub recovered: u64,
    /// Items whose texts were cut to fit into a request. They are counted where they went, too.
    pub truncated: u64,
    /// Whether the last export failed.
    pub failing: bool,
    /// Whether items are dropped because exports do not keep up.
    pub dropping: bool,
    /// What the last failed export said, until one succeeds.
    pub last_error: Option<String>,
    /// When an export last succeeded.
    pub last_success: Option<SystemTime>,
    /// What a self-test at the start found wrong and what to change, until an export succeeds.
    pub diagnosis: Option<String>,
}
