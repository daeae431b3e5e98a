//! The tracer provider: sampler, batch processor, and the processors of the application.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, SdkTracerProvider, ShouldSample, SpanProcessor,
};

use crate::accounting::Accounting;
use crate::exporter::GuardedSpanExporter;
use crate::observer::queue::{Batching, LateQueue};
use crate::observer::{Observation, Observer};
use crate::processor::{CountingProcessor, Destination, WalledProcessor};
use crate::settings::BatchSettings;

/// How old a span gets before an observer sees it where there is no exporter. Nothing is sent for it, so it may be fresh.
const OBSERVATION_DELAY: Duration = Duration::from_secs(1);

/// The provider, and how an observer gets its spans.
///
/// Processors of the application come first, so that one of them can change a span before it is queued for export.
pub(crate) fn tracer_provider(
    resource: Resource,
    sampler: Box<dyn ShouldSample>,
    batch: &BatchSettings,
    exporter: Option<GuardedSpanExporter>,
    processors: Vec<Box<dyn SpanProcessor>>,
    accounting: &Arc<Accounting>,
) -> (SdkTracerProvider, Observation) {
    let mut builder = SdkTracerProvider::builder().with_resource(resource).with_sampler(sampler);
    for processor in processors {
        builder = builder.with_span_processor(WalledProcessor::new(processor));
    }
    let observer = Arc::new(Observer::default());
    let (destination, queue) = match exporter {
        Some(exporter) => {
            accounting.traces.expect_exports();
            // Every value is given: the builder's own defaults come from the environment.
            let config = BatchConfigBuilder::default()
                .with_max_queue_size(batch.max_queue_size)
                .with_max_export_batch_size(batch.max_export_batch_size)
                .with_scheduled_delay(batch.schedule_delay)
                .build();
            let exporter = exporter.with_observer(Arc::clone(&observer));
            (Destination::Export(BatchSpanProcessor::builder(exporter).with_batch_config(config).build()), None)
        }
        None => {
            let batching =
                Batching { queue: batch.max_queue_size, batch: batch.max_export_batch_size, delay: OBSERVATION_DELAY };
            let queue = Arc::new(LateQueue::new(Arc::clone(&observer), batching));
            (Destination::Observe(Arc::clone(&queue)), Some(queue))
        }
    };
    let provider = builder.with_span_processor(CountingProcessor::new(destination, Arc::clone(accounting))).build();
    (provider, Observation::new(observer, queue))
}
