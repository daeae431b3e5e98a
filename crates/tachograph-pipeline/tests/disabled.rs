//! `OTEL_SDK_DISABLED=true`, in a process of its own because of the globals.

use std::collections::HashMap;

use opentelemetry::trace::{SpanContext, TraceContextExt as _, Tracer as _};
use opentelemetry::{Context, global};
use tachograph_core::Telemetry;
use tachograph_pipeline::{Builder, Settings};

#[test]
fn a_disabled_pipeline_installs_nothing_but_propagation() {
    let settings = Settings::from_lookup(|name| (name == "OTEL_SDK_DISABLED").then(|| "true".to_owned())).unwrap();
    let pipeline = Builder::new().with_settings(settings).with_tracing_subscriber(false).build().unwrap();
    pipeline.install().unwrap();

    assert!(!Telemetry::is_in_force());
    assert!(!tracing::dispatcher::has_been_set());
    let span = global::tracer("app").start("nothing");
    assert!(!opentelemetry::trace::Span::span_context(&span).is_valid());

    let traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let carrier = HashMap::from([("traceparent".to_owned(), traceparent.to_owned())]);
    let remote = global::get_text_map_propagator(|propagator| propagator.extract(&carrier));
    let _scope = remote.attach();
    let mut outgoing = HashMap::new();
    global::get_text_map_propagator(|propagator| propagator.inject(&mut outgoing));
    assert_eq!(outgoing.get("traceparent").map(String::as_str), Some(traceparent));
    assert_ne!(Context::current().span().span_context(), &SpanContext::NONE);
}
