//! The one reader: the meter provider holds it, the periodic export and the scrapes read through it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Weak};
use std::time::Duration;

use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::reader::MetricReader;
use opentelemetry_sdk::metrics::{InstrumentKind, ManualReader, Pipeline, Temporality};

use super::PeriodicExport;
use crate::accounting::Accounting;
use crate::runtime::panic_message;

/// Collects on demand. It works as long as the meter provider lives, after its shutdown as well.
#[derive(Debug)]
pub(crate) struct Collector {
    reader: ManualReader,
    accounting: Arc<Accounting>,
}

impl Collector {
    pub(crate) fn new(accounting: Arc<Accounting>) -> Self {
        Self { reader: ManualReader::default(), accounting }
    }

    /// Collects into `metrics`, reusing its buffers.
    pub(crate) fn collect(&self, metrics: &mut ResourceMetrics) -> Result<(), String> {
        // The wall around callbacks leaves nothing that should panic. If something does, the caller must not pay for it.
        let collected = catch_unwind(AssertUnwindSafe(|| self.reader.collect(metrics)));
        if let Ok(Ok(())) = collected {
            self.accounting.cardinality().look(metrics);
        }
        self.accounting.say_callback_panic();
        self.accounting.say_unmet();
        match collected {
            Ok(result) => result.map_err(|error| error.to_string()),
            Err(panic) => Err(format!("collecting the metrics panicked: {}", panic_message(panic.as_ref()))),
        }
    }
}

/// What the meter provider holds.
#[derive(Debug)]
pub(crate) struct SharedReader {
    collector: Arc<Collector>,
    periodic: Option<Arc<PeriodicExport>>,
    others: Vec<Box<dyn MetricReader>>,
}

impl SharedReader {
    pub(crate) fn new(collector: Arc<Collector>, periodic: Option<Arc<PeriodicExport>>) -> Self {
        Self { collector, periodic, others: Vec::new() }
    }

    /// Lets other readers collect from the same pipeline. The SDK knows of this one alone, so nothing is recorded twice.
    pub(crate) fn with_others(self, others: Vec<Box<dyn MetricReader>>) -> Self {
        Self { others, ..self }
    }
}

impl MetricReader for SharedReader {
    fn register_pipeline(&self, pipeline: Weak<Pipeline>) {
        for other in &self.others {
            other.register_pipeline(pipeline.clone());
        }
        self.collector.reader.register_pipeline(pipeline);
    }

    fn collect(&self, metrics: &mut ResourceMetrics) -> OTelSdkResult {
        self.collector.collect(metrics).map_err(OTelSdkError::InternalFailure)
    }

    fn force_flush(&self) -> OTelSdkResult {
        match &self.periodic {
            Some(periodic) => {
                periodic.flush(Duration::from_secs(5)).map_err(|error| OTelSdkError::InternalFailure(error.to_string()))
            }
            None => Ok(()),
        }
    }

    /// Ends the periodic export. Collecting stays possible, so that a last scrape finds the final numbers.
    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        match &self.periodic {
            Some(periodic) => periodic.stop(timeout).map_err(|error| OTelSdkError::InternalFailure(error.to_string())),
            None => Ok(()),
        }
    }

    fn temporality(&self, _kind: InstrumentKind) -> Temporality {
        Temporality::Cumulative
    }
}
