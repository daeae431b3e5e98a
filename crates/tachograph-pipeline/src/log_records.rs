//! The logger provider: batch processor, and the processors of the application.

use std::sync::Arc;

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::logs::{BatchConfigBuilder, BatchLogProcessor, LogProcessor, SdkLoggerProvider};

use crate::accounting::Accounting;
use crate::exporter::GuardedLogExporter;
use crate::processor::{CountingLogProcessor, WalledLogProcessor};
use crate::settings::BatchSettings;

/// The provider.
#[derive(Debug)]
pub(crate) struct LogRecords {
    pub(crate) provider: SdkLoggerProvider,
    /// Whether anybody takes records: an exporter, or a processor of the application.
    pub(crate) are_taken: bool,
}

impl LogRecords {
    /// Processors of the application come first, so that one of them can change a record before it is queued for export.
    pub(crate) fn new(
        resource: Resource,
        batch: &BatchSettings,
        exporter: Option<GuardedLogExporter>,
        processors: Vec<Box<dyn LogProcessor>>,
        accounting: &Arc<Accounting>,
    ) -> Self {
        let are_taken = exporter.is_some() || !processors.is_empty();
        let mut builder = SdkLoggerProvider::builder().with_resource(resource);
        for processor in processors {
            builder = builder.with_log_processor(WalledLogProcessor::new(processor));
        }
        let queue = exporter.map(|exporter| {
            accounting.logs.expect_exports();
            // Every value is given: the builder's own defaults come from the environment.
            let config = BatchConfigBuilder::default()
                .with_max_queue_size(batch.max_queue_size)
                .with_max_export_batch_size(batch.max_export_batch_size)
                .with_scheduled_delay(batch.schedule_delay)
                .build();
            BatchLogProcessor::builder(exporter).with_batch_config(config).build()
        });
        let provider = builder.with_log_processor(CountingLogProcessor::new(queue, Arc::clone(accounting))).build();
        Self { provider, are_taken }
    }
}
