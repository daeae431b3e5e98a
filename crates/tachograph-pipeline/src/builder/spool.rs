//! Requests on disk while their receiver is away, as code wishes it.

use std::sync::Arc;

#[cfg(all(feature = "_otlp", feature = "spool"))]
use super::Builder;
use crate::accounting::Accounting;
use crate::otlp::OpenSpool;
use crate::runtime::ExportRuntime;
use crate::settings::{DiskSpool, Settings};

/// What was asked for in code.
#[derive(Debug, Default)]
pub(super) struct SpoolWishes(Option<DiskSpool>);

impl SpoolWishes {
    /// Puts what code said over what the environment said.
    pub(super) fn apply(&mut self, settings: &mut Settings) {
        if let Some(spool) = self.0.take() {
            settings.spool = Some(spool);
        }
    }
}

/// Opens the spool that is asked for. If it cannot be had, or something is amiss in it, sentences about it join the others.
#[cfg(all(feature = "_otlp", feature = "spool"))]
pub(super) fn open(settings: &Settings, unmet: &mut Vec<String>) -> Option<Arc<OpenSpool>> {
    let spool = settings.spool.as_ref()?;
    match OpenSpool::open(spool) {
        Ok(opened) => {
            unmet.extend(opened.complaints(&spool.folder));
            Some(Arc::new(opened))
        }
        Err(error) => {
            unmet.push(format!("{error}; there is no spool, and what cannot be sent in time is lost"));
            None
        }
    }
}

#[cfg(not(all(feature = "_otlp", feature = "spool")))]
pub(super) fn open(_: &Settings, _: &mut Vec<String>) -> Option<Arc<OpenSpool>> {
    None
}

/// Starts to send what was found, when there is somebody to book it.
pub(super) fn begin(runtime: &ExportRuntime, accounting: &Accounting) {
    #[cfg(all(feature = "_otlp", feature = "spool"))]
    if let Some(spool) = accounting.spool() {
        spool.begin(runtime, accounting);
    }
    #[cfg(not(all(feature = "_otlp", feature = "spool")))]
    let _ = (runtime, accounting);
}

/// Requests on disk.
#[cfg(all(feature = "_otlp", feature = "spool"))]
impl<P> Builder<P> {
    /// Where spans and log records for OTLP wait on disk while their receiver is away. Default: `TACHOGRAPH_SPOOL_DIR` and the variables
    /// beside it, else nowhere: what cannot be sent in time is lost, and counted.
    ///
    /// A folder that cannot be used, or is used by another process, stops nothing: it is said in the log and in
    /// [`TelemetryHealth::unmet`](crate::TelemetryHealth::unmet), and there is no spool.
    pub fn with_spool(mut self, spool: DiskSpool) -> Self {
        self.wishes.spool = SpoolWishes(Some(spool));
        self
    }
}
