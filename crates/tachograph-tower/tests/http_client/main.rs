//! The HTTP clients in front of a raw server: the layer around hyper's client, and the middleware of reqwest's.

#![allow(clippy::unwrap_used, clippy::panic, reason = "in a test they are the assertion, or the subject")]

mod headers;
mod layer;
#[cfg(feature = "reqwest")]
mod middleware;
mod outcomes;
#[cfg(feature = "reqwest")]
mod probe;
mod server;

use std::sync::Once;

use opentelemetry::propagation::TextMapCompositePropagator;
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};

/// Every test of this process uses the same propagator.
fn install_propagator() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let propagator = TextMapCompositePropagator::new(vec![
            Box::new(TraceContextPropagator::new()),
            Box::new(BaggagePropagator::new()),
        ]);
        opentelemetry::global::set_text_map_propagator(propagator);
    });
}
