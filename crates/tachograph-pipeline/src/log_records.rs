//! The logger provider: the queue of log records, and the processors of the application.

use std::io;
use std::sync::Arc;

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::logs::{LogProcessor, SdkLoggerProvider};

use crate::accounting::{Accounting, Books};
use crate::exporter::GuardedLogExporter;
use crate::processor::{QueueingLogProcessor, Walled};
use crate::queue::Queue;
use crate::settings::BatchSettings;

const THREAD_NAME: &str = "tachograph-logs";

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
    ) -> io::Result<Self> {
        let are_taken = exporter.is_some() || !processors.is_empty();
        let mut builder = SdkLoggerProvider::builder().with_resource(resource.clone());
        for processor in processors {
            builder = builder.with_log_processor(Walled::<dyn LogProcessor>::new(processor));
        }
        let queue = match exporter {
            Some(mut exporter) => {
                exporter.set_resource(&resource);
                let guard = exporter.guard.clone();
                let queue = Arc::new(Queue::new(batch.limits()));
                accounting.logs.expect_exports();
                accounting.logs.is_kept_by(Arc::clone(&queue) as Arc<dyn Books>);
                queue.start(THREAD_NAME, exporter, batch.pace(), guard)?;
                Some(queue)
            }
            None => None,
        };
        let provider = builder.with_log_processor(QueueingLogProcessor::new(queue, Arc::clone(accounting))).build();
        Ok(Self { provider, are_taken })
    }
}
