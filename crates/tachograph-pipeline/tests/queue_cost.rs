//! What a span costs that is queued for its export: no memory beyond what the span brings, and beside the batch processor of the SDK
//! as printed by `cargo test --release -p tachograph-pipeline --all-features --test queue_cost -- --ignored --nocapture`.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "prints what it measures")]

use std::thread;
use std::time::{Duration, Instant};

use opentelemetry::KeyValue;
use opentelemetry::trace::{Span as _, Tracer as _, TracerProvider as _};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, SdkTracer, SdkTracerProvider, SpanData, SpanExporter,
};
use tachograph_pipeline::{Builder, ExporterChoice, Pipeline, Settings};

const QUEUE: usize = 100_000;
const SPANS: u32 = 2000;

/// Takes everything, and keeps nothing.
#[derive(Debug, Clone, Copy)]
struct Nowhere;

impl SpanExporter for Nowhere {
    async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
        Ok(())
    }
}

fn pipeline(batch: usize) -> Pipeline {
    let settings = Settings::from_lookup(|name| match name {
        "OTEL_BSP_MAX_QUEUE_SIZE" => Some(QUEUE.to_string()),
        "OTEL_BSP_MAX_EXPORT_BATCH_SIZE" => Some(batch.to_string()),
        "OTEL_BSP_SCHEDULE_DELAY" => Some("3600000".to_owned()),
        _ => None,
    });
    Builder::new()
        .with_settings(settings.unwrap())
        .with_span_exporter(Nowhere)
        .with_metrics_exporter(ExporterChoice::None)
        .build()
        .unwrap()
}

fn sdk(batch: usize) -> SdkTracerProvider {
    let config = BatchConfigBuilder::default()
        .with_max_queue_size(QUEUE)
        .with_max_export_batch_size(batch)
        .with_scheduled_delay(Duration::from_secs(3600))
        .build();
    SdkTracerProvider::builder()
        .with_span_processor(BatchSpanProcessor::builder(Nowhere).with_batch_config(config).build())
        .build()
}

fn span(tracer: &SdkTracer) {
    let mut span = tracer.start("chat gpt-4o");
    for key in ["gen_ai.operation.name", "gen_ai.provider.name", "gen_ai.request.model", "server.address"] {
        span.set_attribute(KeyValue::new(key, "value"));
    }
    span.end();
}

#[test]
fn a_queued_span_costs_no_memory_beyond_its_own() {
    let builder = Builder::new().with_settings(Settings::default()).with_metrics_exporter(ExporterChoice::None);
    let dropped = builder.with_traces_exporter(ExporterChoice::None).build().unwrap();
    let count = |pipeline: &Pipeline| {
        let provider = pipeline.tracer_provider().unwrap();
        let tracer = provider.tracer("test");
        // The first round of the queue makes its chunks, which the next ones use again.
        (0..64).for_each(|_| span(&tracer));
        let _ = provider.force_flush();
        allocation_counter::measure(|| (0..64).for_each(|_| span(&tracer))).count_total
    };
    assert_eq!(count(&pipeline(QUEUE)), count(&dropped));
}

/// Drops what it is given.
#[derive(Debug)]
struct Nothing;

impl opentelemetry_sdk::trace::SpanProcessor for Nothing {
    fn on_start(&self, _: &mut opentelemetry_sdk::trace::Span, _: &opentelemetry::Context) {}
    fn on_end(&self, _: SpanData) {}
    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }
    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

/// The best of many rounds, between which the queue is emptied.
fn measure(name: &str, threads: u32, provider: &SdkTracerProvider) {
    let tracer = provider.tracer("test");
    let mut times: Vec<Duration> = (0..60)
        .map(|_| {
            let start = Instant::now();
            thread::scope(|scope| {
                for _ in 0..threads {
                    scope.spawn(|| (0..SPANS).for_each(|_| span(&tracer)));
                }
            });
            let elapsed = start.elapsed();
            provider.force_flush().unwrap();
            elapsed
        })
        .collect();
    times.sort_unstable();
    let per_span = |time: Duration| time.as_nanos() / u128::from(SPANS * threads);
    println!("  {name:<36} best {:>5} ns, median {:>5} ns", per_span(times[0]), per_span(times[times.len() / 2]));
}

#[test]
#[ignore = "prints what it measures"]
fn spans() {
    for (batch, what) in [(QUEUE, "nobody takes them meanwhile"), (512, "batches of 512 are taken meanwhile")] {
        for threads in [1, 2] {
            println!("{what}, {threads} threads");
            for _ in 0..2 {
                measure(
                    "no processor that keeps them",
                    threads,
                    &SdkTracerProvider::builder().with_span_processor(Nothing).build(),
                );
                measure("opentelemetry_sdk, batch processor", threads, &sdk(batch));
                measure("pipeline", threads, pipeline(batch).tracer_provider().unwrap());
            }
        }
    }
}
