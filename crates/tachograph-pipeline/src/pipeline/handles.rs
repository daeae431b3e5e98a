//! What a pipeline gives to those who monitor the application.

use std::sync::Arc;

use tachograph_core::source::{ObserveSpans, ReadSystem};

use super::Pipeline;
use crate::accounting::ExportHandle;
use crate::application::Application;
use crate::error::Error;
use crate::metrics::MetricsHandle;
use crate::scrape::ScrapeHandle;

/// What it gives to those who monitor the application. The handles do not keep the threads of the pipeline running, and work after
/// its end.
impl Pipeline {
    /// A handle that scrapes on its own, for the monitoring endpoints; `None` when disabled.
    #[must_use]
    pub fn scrape_handle(&self) -> Option<ScrapeHandle> {
        self.active.as_ref().map(|active| active.scrape.clone())
    }

    /// A handle that reads the metrics as numbers, for statistics; `None` when disabled.
    #[must_use]
    pub fn metrics_handle(&self) -> Option<MetricsHandle> {
        self.active.as_ref().map(|active| active.numbers.clone())
    }

    /// A handle that tells what becomes of telemetry, for the state of health; `None` when disabled.
    #[must_use]
    pub fn export_handle(&self) -> Option<ExportHandle> {
        self.active.as_ref().map(|active| ExportHandle::new(Arc::clone(&active.engine.accounting)))
    }

    /// A handle that tells how the machine and the process are doing; `None` when disabled, switched off
    /// (`Builder::with_system_metrics`), or built without the cargo feature `sysinfo`. After the shutdown it tells the last sample.
    #[must_use]
    pub fn system_handle(&self) -> Option<Arc<dyn ReadSystem>> {
        #[cfg(feature = "sysinfo")]
        return self
            .active
            .as_ref()?
            .engine
            .system
            .as_ref()
            .map(|system| Arc::new(system.handle()) as Arc<dyn ReadSystem>);
        #[cfg(not(feature = "sysinfo"))]
        None
    }

    /// Who the application is; known when disabled as well.
    #[must_use]
    pub fn application(&self) -> &Application {
        &self.application
    }

    /// Shows the sampled spans that end from now on to `observer`, in the place of the observer before: there is one at most.
    ///
    /// With an exporter for spans it sees them when there are enough for a batch, after `OTEL_BSP_SCHEDULE_DELAY` (5 s) at the latest,
    /// and before they are exported: a receiver that is away, or that hangs, does not hide them. Those that are queued already are among
    /// them, and those that the queue drops, unless they are dropped faster than the observer looks at them. Without an exporter a thread and a queue of the same size are started for the
    /// first observer, and it sees them after a second. The threads of the application never do more than they would for an exporter.
    ///
    /// Without an exporter spans that find the queue full are lost for the observer. After a flush, and after the shutdown, it has
    /// seen all that were queued. One that panics is not called again, which is logged. What is observed counts neither as exported
    /// nor as lost. When disabled nothing happens.
    ///
    /// The pipeline keeps the observer, so an observer that keeps the pipeline keeps both for ever.
    ///
    /// # Errors
    ///
    /// [`Error::Thread`] when the thread cannot be started. Then the observer before stays.
    pub fn observe_spans(&self, observer: Arc<dyn ObserveSpans>) -> Result<(), Error> {
        match &self.active {
            Some(active) => active.observation.observe(observer).map_err(Error::Thread),
            None => Ok(()),
        }
    }
}
