//! The cost of one tracked call, beside the same telemetry written by hand and by `tracing`.
//!
//! `cargo bench -p tests --bench call`. Trust the ratios of one run, not its nanoseconds.

#![allow(missing_docs, clippy::expect_used)]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use futures_util::FutureExt as _;
use tests::variants::{ByHand, Events, Parent, bare, tachograph, telemetry, telemetry_with_events};

fn call<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().expect("the call is ready at once")
}

fn calls(c: &mut Criterion) {
    let mut group = c.benchmark_group("call");

    group.bench_function("bare function", |b| b.iter(|| call(bare(black_box("hello")))));
    group.bench_function("tachograph, nothing installed", |b| b.iter(|| call(tachograph(black_box("hello")))));

    // A scope, where an application would install it; a scope costs a little more.
    {
        let (telemetry, _traces, _metrics) = telemetry(false);
        let _scope = telemetry.enter();
        let _parent = Parent::Unsampled.enter();
        group.bench_function("tachograph, metrics only", |b| b.iter(|| call(tachograph(black_box("hello")))));
    }
    // In scopes as well: compare them with each other.
    for events in [Events::Off, Events::Filtered, Events::Told] {
        let (telemetry, _traces, _metrics) = telemetry_with_events(events);
        let _scope = telemetry.enter();
        for parent in [Parent::Sampled, Parent::Unsampled] {
            let _parent = parent.enter();
            group.bench_function(format!("tachograph, {parent:?}, events {events:?}"), |b| {
                b.iter(|| call(tachograph(black_box("hello"))));
            });
        }
    }
    let (telemetry, _traces, _metrics) = telemetry(true);
    telemetry.install().expect("nothing is installed");
    for (parent, name) in [(Parent::Sampled, "tachograph, sampled"), (Parent::Unsampled, "tachograph, unsampled")] {
        let _parent = parent.enter();
        group.bench_function(name, |b| b.iter(|| call(tachograph(black_box("hello")))));
    }

    let by_hand = ByHand::default();
    for (parent, name) in [(Parent::Sampled, "sampled"), (Parent::Unsampled, "unsampled")] {
        let _parent = parent.enter();
        group.bench_function(format!("OpenTelemetry API by hand, {name}"), |b| {
            b.iter(|| call(by_hand.span_and_metrics(black_box("hello"))));
        });
        let subscriber = by_hand.subscriber();
        tracing::dispatcher::with_default(&subscriber, || {
            group.bench_function(format!("tracing + tracing-opentelemetry, {name}"), |b| {
                b.iter(|| call(by_hand.tracing_and_metrics(black_box("hello"))));
            });
        });
    }
    group.bench_function("OpenTelemetry API by hand, metrics only", |b| {
        b.iter(|| call(by_hand.metrics_only(black_box("hello"))));
    });
    group.finish();
}

criterion_group!(benches, calls);
criterion_main!(benches);
