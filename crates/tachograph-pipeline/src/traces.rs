//! The tracer provider: sampler, batch processor, and the processors of the application.

use std::sync::Arc;

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracerProvider, SpanProcessor};

use crate::accounting::Accounting;
use crate::exporter::GuardedSpanExporter;
use crate::processor::{CountingProcessor, WalledProcessor};
use crate::settings::BatchSettings;

/// Processors of the application come first, so that one of them can change a span before it is queued for export.
pub(crate) fn tracer_provider(
    resource: Resource,
    sampler: Sampler,
    batch: &BatchSettings,
    exporter: Option<GuardedSpanExporter>,
    processors: Vec<Box<dyn SpanProcessor>>,
    accounting: &Arc<Accounting>,
) -> SdkTracerProvider {
    let mut builder = SdkTracerProvider::builder().with_resource(resource).with_sampler(sampler);
    for processor in processors {
        builder = builder.with_span_processor(WalledProcessor::new(processor));
    }
    let batching = exporter.map(|exporter| {
        accounting.traces.expect_exports();
        // Every value is given: the builder's own defaults come from the environment.
        let config = BatchConfigBuilder::default()
            .with_max_queue_size(batch.max_queue_size)
            .with_max_export_batch_size(batch.max_export_batch_size)
            .with_scheduled_delay(batch.schedule_delay)
            .build();
        BatchSpanProcessor::builder(exporter).with_batch_config(config).build()
    });
    builder.with_span_processor(CountingProcessor::new(batching, Arc::clone(accounting))).build()
}
