//! What goes through to a receiver, and what it costs: Tachograph's pipeline beside the stock batch processor and OTLP exporter.
//!
//! `cargo bench -p tests --bench throughput` takes about four minutes. For each kind of export it offers spans at rising rates for
//! two seconds each, and tells the highest rate without a loss, and the processor time of this process for a million spans that were
//! received at the lowest rate; making them is in it, and is the same for both. The receiver is a process of its own on the same machine,
//! so that its time is not counted and yet is taken from the same processors.
//!
//! Trust the ratios of one run.

#![allow(missing_docs, clippy::expect_used, clippy::print_stdout)]

mod offers;
mod receiver;
mod stock;

use std::time::Duration;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::trace::SdkTracer;
use tachograph::{ExporterChoice, Pipeline, Protocol, Settings};

use self::{
    offers::{Measured, measure},
    receiver::Receiver,
    stock::Stock,
};

/// Spans a second.
const RATES: [u32; 6] = [10_000, 25_000, 50_000, 100_000, 200_000, 400_000];

#[derive(Debug, Clone, Copy)]
pub(crate) struct Setup {
    pub(crate) protocol: Protocol,
    pub(crate) compression: Option<&'static str>,
    /// Items in the queue, and in a batch; the defaults of the specification if there are none.
    pub(crate) queue: Option<(usize, usize)>,
}

fn main() {
    if receiver::is_one() {
        return receiver::run();
    }
    let protocols = [Protocol::Grpc, Protocol::HttpProtobuf];
    let equal = Some((65_536, 4_096));
    println!(
        "| export | queue | answers after | highest rate without loss: ours | stock | CPU s a million spans: ours | stock |"
    );
    println!("|---|---|--:|--:|--:|--:|--:|");
    for protocol in protocols {
        for compression in [None, Some("gzip"), Some("zstd")] {
            line(Setup { protocol, compression, queue: equal }, Duration::ZERO);
        }
    }
    for protocol in protocols {
        line(Setup { protocol, compression: None, queue: None }, Duration::ZERO);
    }
    for queue in [None, equal] {
        line(Setup { protocol: Protocol::Grpc, compression: None, queue }, Duration::from_millis(20));
    }
}

fn line(setup: Setup, answers_after: Duration) {
    let ours = best(setup.protocol, answers_after, |endpoint| Box::new(Ours(ours(setup, endpoint))));
    let stock = best(setup.protocol, answers_after, |endpoint| Box::new(Stock::new(setup, endpoint)));
    let compression = setup.compression.unwrap_or("none");
    let queue = setup.queue.map_or_else(|| "defaults".to_owned(), |(items, batch)| format!("{items}, {batch}"));
    println!(
        "| {}, {compression} | {queue} | {} ms | {} | {} | {:.2} | {:.2} |",
        setup.protocol,
        answers_after.as_millis(),
        ours.0,
        stock.0,
        ours.1,
        stock.1,
    );
}

/// One way to export spans.
pub(crate) trait Exports {
    fn tracer(&self) -> SdkTracer;
    /// Exports what is queued, and ends.
    fn end(self: Box<Self>);
}

/// The highest rate without a loss, and the processor time of the lowest.
fn best(protocol: Protocol, answers_after: Duration, make: impl Fn(&str) -> Box<dyn Exports>) -> (u32, f64) {
    let (mut highest, mut cost) = (0, f64::NAN);
    for rate in RATES {
        let receiver = Receiver::start(answers_after);
        let exports = make(receiver.endpoint(protocol));
        let Measured { offered, received, cpu } = measure(rate, &receiver, exports);
        if cost.is_nan() {
            cost = cpu.as_secs_f64() * 1e6 / received.max(1) as f64;
        }
        if received < offered {
            break;
        }
        highest = rate;
    }
    (highest, cost)
}

struct Ours(Pipeline);

fn ours(setup: Setup, endpoint: &str) -> Pipeline {
    let settings = Settings::from_lookup(|name| match (name, setup.queue) {
        ("OTEL_EXPORTER_OTLP_COMPRESSION", _) => setup.compression.map(str::to_owned),
        ("OTEL_BSP_MAX_QUEUE_SIZE", Some((items, _))) => Some(items.to_string()),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", Some((_, batch))) => Some(batch.to_string()),
        _ => None,
    });
    Pipeline::builder()
        .with_settings(settings.expect("they are right"))
        .with_otlp_endpoint(endpoint)
        .with_protocol(setup.protocol)
        .with_metrics_exporter(ExporterChoice::None)
        .with_logs_exporter(ExporterChoice::None)
        .with_self_test(false)
        .build()
        .expect("a pipeline")
}

impl Exports for Ours {
    fn tracer(&self) -> SdkTracer {
        self.0.tracer_provider().expect("it is not disabled").tracer("bench")
    }

    fn end(self: Box<Self>) {
        // The receiver tells what arrived.
        let _ = self.0.shutdown_blocking(Duration::from_secs(30));
    }
}
