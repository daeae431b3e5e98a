//! The allocations of one tracked call, beside the same telemetry written by hand and by `tracing`. Exact, not timed.
//!
//! `cargo bench -p tests --bench allocations`

#![allow(missing_docs, clippy::expect_used, clippy::print_stdout)]

use futures_util::FutureExt as _;
use tests::variants::{ByHand, Events, Parent, tachograph, telemetry, telemetry_with_events};

/// Allocations of one call after the first hundred, on this thread.
fn count(name: &str, call: impl Fn()) {
    (0..100).for_each(|_| call());
    let measured = allocation_counter::measure(|| (0..100).for_each(|_| call()));
    println!(
        "{name:<44} {:>6.2} allocations {:>8.0} bytes",
        measured.count_total as f64 / 100.0,
        measured.bytes_total as f64 / 100.0
    );
}

fn call<T>(future: impl Future<Output = T>) {
    future.now_or_never().expect("the call is ready at once");
}

fn main() {
    count("tachograph, nothing installed", || call(tachograph("hello")));
    {
        let (telemetry, _traces, _metrics) = telemetry(false);
        let _scope = telemetry.enter();
        let _parent = Parent::Unsampled.enter();
        count("tachograph, metrics only", || call(tachograph("hello")));
    }
    let (telemetry, _traces, _metrics) = telemetry(true);
    telemetry.install().expect("nothing is installed");
    for (parent, name) in [(Parent::Sampled, "tachograph, sampled"), (Parent::Unsampled, "tachograph, unsampled")] {
        let _parent = parent.enter();
        count(name, || call(tachograph("hello")));
    }
    for events in [Events::Off, Events::Filtered, Events::Told] {
        let (telemetry, _traces, _metrics) = telemetry_with_events(events);
        let _scope = telemetry.enter();
        for parent in [Parent::Sampled, Parent::Unsampled] {
            let _parent = parent.enter();
            count(&format!("tachograph, {parent:?}, events {events:?}"), || call(tachograph("hello")));
        }
    }
    let by_hand = ByHand::default();
    for (parent, name) in [(Parent::Sampled, "sampled"), (Parent::Unsampled, "unsampled")] {
        let _parent = parent.enter();
        count(&format!("OpenTelemetry API by hand, {name}"), || call(by_hand.span_and_metrics("hello")));
        let subscriber = by_hand.subscriber();
        tracing::dispatcher::with_default(&subscriber, || {
            count(&format!("tracing + tracing-opentelemetry, {name}"), || call(by_hand.tracing_and_metrics("hello")));
        });
    }
    count("OpenTelemetry API by hand, metrics only", || call(by_hand.metrics_only("hello")));
}
