//! The tracer provider: sampler, the queue of spans, and the processors of the application.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracerProvider, ShouldSample, SpanProcessor};

use crate::accounting::{Accounting, Books};
use crate::exporter::GuardedSpanExporter;
use crate::observer::queue::{Batching, LateQueue};
use crate::observer::{Observation, Observer, SpanQueue};
use crate::processor::{QueueingProcessor, Walled};
use crate::queue::Queue;
use crate::settings::{BatchSettings, LimitSettings};

/// How old a span gets before an observer sees it where there is no exporter. Nothing is sent for it, so it may be fresh.
const OBSERVATION_DELAY: Duration = Duration::from_secs(1);
const THREAD_NAME: &str = "tachograph-spans";

/// The provider, and how an observer gets its spans.
///
/// Processors of the application come first, so that one of them can change a span before it is queued for export.
pub(crate) fn tracer_provider(
    resource: Resource,
    sampler: Box<dyn ShouldSample>,
    batch: &BatchSettings,
    limits: &LimitSettings,
    exporter: Option<GuardedSpanExporter>,
    processors: Vec<Box<dyn SpanProcessor>>,
    accounting: &Arc<Accounting>,
) -> io::Result<(SdkTracerProvider, Observation)> {
    // Given in any case: without, the SDK reads the environment itself.
    let builder = SdkTracerProvider::builder().with_span_limits(limits.spans);
    let mut builder = builder.with_resource(resource.clone()).with_sampler(sampler);
    for processor in processors {
        builder = builder.with_span_processor(Walled::<dyn SpanProcessor>::new(processor));
    }
    let observer = Arc::new(Observer::default());
    let queue = match exporter {
        Some(mut exporter) => {
            exporter.set_resource(&resource);
            let guard = exporter.guard.clone();
            let queue = Arc::new(Queue::new(batch.limits()));
            accounting.traces.expect_exports();
            accounting.traces.is_kept_by(Arc::clone(&queue) as Arc<dyn Books>);
            queue.start(THREAD_NAME, exporter.with_observer(Arc::clone(&observer)), batch.pace(), guard)?;
            SpanQueue::Export(queue)
        }
        None => {
            let batching =
                Batching { queue: batch.max_queue_size, batch: batch.max_export_batch_size, delay: OBSERVATION_DELAY };
            SpanQueue::Observe(Arc::new(LateQueue::new(Arc::clone(&observer), batching)))
        }
    };
    let processor = QueueingProcessor::new(queue.clone(), Arc::clone(accounting), limits.span_texts);
    Ok((builder.with_span_processor(processor).build(), Observation::new(observer, queue)))
}
