//! The export of log records.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::logs::{LogExporter, LogProcessor};

use super::Builder;
use super::assemble::GRACE;
use crate::error::Error;
use crate::exporter::{AnyLogExporter, Guard, GuardedLogExporter};
use crate::log_records::LogRecords;
use crate::otlp::{self, OpenSpool};
use crate::runtime::panic_message;
use crate::settings::{ExporterChoice, Settings, Signal};

/// What was asked for in code.
#[derive(Default)]
pub(super) struct LogExport {
    choice: Option<ExporterChoice>,
    exporter: Option<Arc<dyn AnyLogExporter>>,
    processors: Vec<Box<dyn LogProcessor>>,
}

impl LogExport {
    /// Puts what code said over what the environment said.
    pub(super) fn apply(&self, settings: &mut Settings) {
        settings.logs_exporter = self.choice.unwrap_or(settings.logs_exporter);
    }

    /// The provider with its exporter; `guard` is without a time-out yet.
    pub(super) fn records(
        self,
        settings: &Settings,
        resource: Resource,
        guard: Guard,
        spool: Option<&OpenSpool>,
    ) -> Result<LogRecords, Error> {
        let timeout = settings.logs_batch.export_timeout;
        let accounting = Arc::clone(&guard.accounting);
        let exporter = match (self.exporter, settings.logs_exporter) {
            (Some(exporter), _) => Some(GuardedLogExporter::new(exporter, Guard { timeout, ..guard })),
            (None, ExporterChoice::Otlp) => {
                let otlp = &settings.logs_otlp;
                accounting.logs.sends_to(&otlp.url(Signal::Logs)?, otlp.protocol);
                let exporter = otlp::exporter(&guard, otlp, &resource, spool)?;
                let timeout = timeout.min(otlp.timeout + GRACE);
                Some(GuardedLogExporter::new(exporter, Guard { timeout, ..guard }))
            }
            (None, ExporterChoice::None) => None,
        };
        let processors = self.processors;
        // Exporters and processors of the application are told the resource, and may panic.
        catch_unwind(AssertUnwindSafe(|| {
            LogRecords::new(resource, &settings.logs_batch, exporter, processors, &accounting)
        }))
        .unwrap_or_else(|panic| Err(io::Error::other(panic_message(panic.as_ref()))))
        .map_err(Error::Thread)
    }
}

/// The export of log records.
impl<P> Builder<P> {
    /// Where log records go. Default: `OTEL_LOGS_EXPORTER`, else OTLP, as the specification has it: a receiver that takes no logs needs
    /// [`ExporterChoice::None`].
    ///
    /// They are made of the events that the log filter (`RUST_LOG`) lets through, by the subscriber that [`init`](Self::init) sets, or by
    /// [`log_export_layer`](crate::Pipeline::log_export_layer), where it says what is in them. The console log and log files are
    /// written all the same.
    pub fn with_logs_exporter(mut self, choice: ExporterChoice) -> Self {
        self.wishes.log_export.choice = Some(choice);
        self
    }

    /// An exporter for log records in place of OTLP. It runs on the pipeline's own tokio runtime, a panic in it is caught, and it has
    /// `OTEL_BLRP_EXPORT_TIMEOUT` (30 s) for a batch. It must not block its thread, which the other signals share.
    ///
    /// What it logs itself does not become a log record. If it starts threads of its own, they have to suppress telemetry
    /// (`Context::enter_telemetry_suppressed_scope`), or each export begets records for the next one.
    pub fn with_log_exporter(mut self, exporter: impl LogExporter + 'static) -> Self {
        self.wishes.log_export.exporter = Some(Arc::new(exporter));
        self
    }

    /// A log processor of the application; called before records are queued for export, in the order given, on the thread that logs. A
    /// panic in it is caught. What it logs itself does not become a log record.
    pub fn with_log_processor(mut self, processor: impl LogProcessor + 'static) -> Self {
        self.wishes.log_export.processors.push(Box::new(processor));
        self
    }
}
