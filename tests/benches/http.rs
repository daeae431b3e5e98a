//! The cost of the HTTP server layer over a bare router, beside other layers that make spans and metrics.
//!
//! `cargo bench -p tests --bench http` (and `-- dropped`, see below). One request is a `GET` with a `traceparent` through an axum router in this process; its body is
//! read to the end. All variants take turns in rounds, and the middle round of each counts, in CPU time of the thread that answers. Trust
//! the ratios of one run, not its nanoseconds; allocations are exact.

#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and stops at what is wrong"
)]

use std::{
    sync::Arc,
    task::{Context, Waker},
};

use axum::{Router, body::Body, routing::get};
use axum_tracing_opentelemetry::middleware::OtelAxumLayer;
use futures_util::FutureExt as _;
use http::Request;
use http_body_util::BodyExt as _;
use opentelemetry::{global, metrics::MeterProvider as _, trace::TracerProvider as _};
use tachograph::{propagation::TraceContext, tower::HttpServerLayer};
use tests::variants::{dropping_tracer_provider, meter_provider, telemetry_of, tracer_provider};
use tower::Service;
use tracing_subscriber::layer::SubscriberExt as _;

const ROUNDS: usize = 101;
const REQUESTS: u32 = 1_000;
const SAMPLED: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const UNSAMPLED: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";

fn router() -> Router {
    Router::new().route("/users/{id}", get(|| async { "hello" }))
}

/// Time that this thread was running: others on the machine, and the threads that export, do not count.
fn cpu_seconds() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// One way of answering the request.
struct Variant {
    name: &'static str,
    router: Router,
    traceparent: &'static str,
    subscriber: Option<tracing::Dispatch>,
    rounds: Vec<f64>,
}

impl Variant {
    fn new(name: &'static str, router: Router, traceparent: &'static str) -> Self {
        // As `axum::serve` does: without a state every request would lay the layers anew.
        Self { name, router: router.with_state(()), traceparent, subscriber: None, rounds: Vec::new() }
    }

    fn traced_by(self, subscriber: &tracing::Dispatch) -> Self {
        Self { subscriber: Some(subscriber.clone()), ..self }
    }

    fn answer(&mut self) {
        let request = Request::get("/users/7")
            .header("host", "example.org")
            .header("user-agent", "bench/1.0")
            .header("traceparent", self.traceparent)
            .body(Body::empty())
            .expect("a request");
        let mut task = Context::from_waker(Waker::noop());
        let ready = Service::<Request<Body>>::poll_ready(&mut self.router, &mut task);
        assert!(ready.is_ready(), "the router is ready");
        let response = self.router.call(request).now_or_never().expect("the answer is ready").expect("infallible");
        let body = response.into_body().collect().now_or_never().expect("the body is ready").expect("infallible");
        assert_eq!(body.to_bytes().len(), 5);
    }

    fn answer_many(&mut self, requests: u32) {
        match self.subscriber.clone() {
            Some(subscriber) => {
                tracing::dispatcher::with_default(&subscriber, || (0..requests).for_each(|_| self.answer()));
            }
            None => (0..requests).for_each(|_| self.answer()),
        }
    }

    fn round(&mut self) {
        let started = cpu_seconds();
        self.answer_many(REQUESTS);
        self.rounds.push((cpu_seconds() - started) * 1e9 / f64::from(REQUESTS));
    }

    fn median(&self) -> f64 {
        let mut rounds = self.rounds.clone();
        rounds.sort_by(f64::total_cmp);
        rounds[rounds.len() / 2]
    }

    fn allocations(&mut self) -> f64 {
        let measured = allocation_counter::measure(|| self.answer_many(100));
        measured.count_total as f64 / 100.0
    }
}

/// Lets all take turns and prints what each costs over the first.
fn compare(title: &str, mut variants: Vec<Variant>) {
    variants.iter_mut().for_each(|variant| variant.answer_many(2_000));
    for _ in 0..ROUNDS {
        variants.iter_mut().for_each(Variant::round);
    }
    println!("\n{title:<58} {:>8} {:>10} {:>8} {:>8}", "ns", "over bare", "allocs", "over");
    let bare = (variants[0].median(), variants[0].allocations());
    for variant in &mut variants {
        let (ns, allocations) = (variant.median(), variant.allocations());
        println!(
            "{:<58} {ns:>8.0} {:>10.0} {allocations:>8.1} {:>8.1}",
            variant.name,
            ns - bare.0,
            allocations - bare.1
        );
    }
}

fn main() {
    // As `init()` does. All layers here ask the propagator of the process.
    global::set_text_map_propagator(TraceContext::new());
    compare(
        "nothing installed",
        vec![
            Variant::new("bare router", router(), SAMPLED),
            Variant::new("a layer that does nothing", router().layer(tower::layer::util::Identity::new()), SAMPLED),
            Variant::new("tachograph", router().layer(HttpServerLayer::new()), SAMPLED),
        ],
    );

    // With `-- dropped` spans are dropped where they end, which shows the layers alone: the frees of a busy export thread contend for
    // the allocator with every variant.
    let provider =
        if std::env::args().any(|argument| argument == "dropped") { dropping_tracer_provider } else { tracer_provider };
    let traces = provider();
    let (telemetry, metrics) = telemetry_of(Some(&traces));
    telemetry.install().expect("nothing is installed");
    global::set_tracer_provider(traces.clone());
    global::set_meter_provider(metrics.clone());
    let tracing_layer = tracing_opentelemetry::layer().with_tracer(provider().tracer("bench"));
    let subscriber = tracing::Dispatch::new(tracing_subscriber::registry().with(tracing_layer));
    let of_peers = meter_provider();

    let mut variants = vec![
        Variant::new("bare router", router(), SAMPLED),
        Variant::new("axum-otel-metrics (metrics)", router().layer(axum_otel_metrics()), SAMPLED),
    ];
    for (traceparent, names) in [
        (
            SAMPLED,
            [
                "tachograph, sampled",
                "tachograph without request id, sampled",
                "axum-tracing-opentelemetry (spans), sampled",
                "tower-otel, sampled",
                "opentelemetry-instrumentation-tower, sampled",
            ],
        ),
        (
            UNSAMPLED,
            [
                "tachograph, unsampled",
                "tachograph without request id, unsampled",
                "axum-tracing-opentelemetry (spans), unsampled",
                "tower-otel, unsampled",
                "opentelemetry-instrumentation-tower, unsampled",
            ],
        ),
    ] {
        let [ours, without_id, axum_tracing, tower_otel, instrumentation] = names;
        variants.extend([
            Variant::new(ours, router().layer(HttpServerLayer::new()), traceparent),
            Variant::new(without_id, router().layer(HttpServerLayer::new().without_request_id()), traceparent),
            Variant::new(axum_tracing, router().layer(OtelAxumLayer::default()), traceparent).traced_by(&subscriber),
            Variant::new(
                tower_otel,
                router()
                    .layer(tower_otel::trace::HttpLayer::server(tracing::Level::INFO))
                    .layer(tower_otel::metrics::HttpLayer::server(&of_peers.meter("tower-otel"))),
                traceparent,
            )
            .traced_by(&subscriber),
            Variant::new(
                instrumentation,
                router().layer(opentelemetry_instrumentation_tower::http::server::Layer::new()),
                traceparent,
            ),
        ]);
    }
    compare("telemetry installed", variants);
}

/// Its providers are those of the OpenTelemetry release before.
fn axum_otel_metrics() -> axum_otel_metrics::HttpMetricsLayer {
    use opentelemetry_sdk_0_32::metrics::{
        InstrumentKind, ManualReader, Pipeline, SdkMeterProvider, Temporality, data::ResourceMetrics,
        reader::MetricReader,
    };
    #[derive(Clone, Debug)]
    struct Shared(Arc<ManualReader>);
    impl MetricReader for Shared {
        fn register_pipeline(&self, pipeline: std::sync::Weak<Pipeline>) {
            self.0.register_pipeline(pipeline);
        }
        fn collect(&self, metrics: &mut ResourceMetrics) -> opentelemetry_sdk_0_32::error::OTelSdkResult {
            self.0.collect(metrics)
        }
        fn force_flush(&self) -> opentelemetry_sdk_0_32::error::OTelSdkResult {
            self.0.force_flush()
        }
        fn shutdown_with_timeout(&self, timeout: std::time::Duration) -> opentelemetry_sdk_0_32::error::OTelSdkResult {
            self.0.shutdown_with_timeout(timeout)
        }
        fn temporality(&self, kind: InstrumentKind) -> Temporality {
            self.0.temporality(kind)
        }
    }
    let reader = Shared(Arc::new(ManualReader::builder().build()));
    let provider = SdkMeterProvider::builder().with_reader(reader).build();
    axum_otel_metrics::HttpMetricsLayerBuilder::new().with_provider(provider).build()
}
