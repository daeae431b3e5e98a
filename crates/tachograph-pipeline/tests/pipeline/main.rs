//! The pipeline from outside, over real sockets.

#![allow(clippy::unwrap_used, clippy::panic, reason = "in tests an unwrap is the assertion")]

mod application;
mod cardinality;
mod certificates;
mod classic;
mod collector;
mod delivery;
mod dependencies;
mod export_state;
mod faults;
mod limits;
mod log_export;
mod log_faults;
mod log_files;
mod numbers;
mod observer;
mod presets;
mod profile_mistakes;
mod profiles;
mod queue;
mod recording;
#[cfg(feature = "prometheus-registry")]
mod registry;
mod sampling;
mod scrape;
mod self_test;
#[cfg(feature = "prometheus-server")]
mod server;
mod shutdown;
#[cfg(feature = "spool")]
mod spool;
#[cfg(feature = "sysinfo")]
mod system;
mod tls;

use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use opentelemetry::metrics::{AsyncInstrument, MeterProvider as _};
use opentelemetry::trace::{Span as _, Tracer as _, TracerProvider as _};
use tachograph_pipeline::{Builder, Pipeline, Settings};
use tracing::Dispatch;
use tracing_subscriber::layer::SubscriberExt as _;

/// Far more than anything here needs: only a test that hangs ever sees it.
const LONG: Duration = Duration::from_secs(30);

/// Data points that every collection has about the pipeline itself where all signals are exported: callbacks that panicked, scrapes that
/// failed, open spans, and what became of spans, log records and data points.
const OWN_POINTS: u64 = 2 + 1 + 13 + 13 + 8;
/// The same where spans are not exported.
const OWN_POINTS_WITHOUT_SPANS: u64 = OWN_POINTS - 1 - 13;

/// A builder that reads these variables in place of the environment.
fn builder(variables: &[(&str, &str)]) -> Builder {
    let settings = Settings::from_lookup(|name| {
        variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
    });
    // Its requests would be counted.
    let builder = Builder::new().with_settings(settings.unwrap()).with_service_name("test").with_self_test(false);
    // Their points would be counted, and they change with time.
    #[cfg(feature = "sysinfo")]
    let builder = builder.with_system_metrics(false);
    builder
}

fn end_spans(pipeline: &Pipeline, count: usize) {
    let tracer = pipeline.tracer_provider().unwrap().tracer("test");
    for index in 0..count {
        tracer.start(format!("span {index}")).end();
    }
}

/// A subscriber of the application's own that exports log records, with spans of `tracing` in the traces.
fn subscriber(pipeline: &Pipeline) -> Dispatch {
    Dispatch::new(tracing_subscriber::registry().with(pipeline.log_export_layer()).with(pipeline.tracing_layer()))
}

/// Makes a gauge whose callback hangs. The first end hears of each time that it is called, and the other lets it go when it is dropped.
fn hang_in_a_callback(pipeline: &Pipeline) -> (Receiver<()>, Sender<()>) {
    let ((start, started), (let_go, held)) = (channel(), channel::<()>());
    let held = Mutex::new(held);
    let callback = move |observer: &dyn AsyncInstrument<u64>| {
        let _ = start.send(());
        let _ = held.lock().unwrap().recv_timeout(LONG);
        observer.observe(1, &[]);
    };
    pipeline.meter_provider().unwrap().meter("app").u64_observable_gauge("slow").with_callback(callback).build();
    (started, let_go)
}
