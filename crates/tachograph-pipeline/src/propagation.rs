//! How trace context and baggage cross process borders.

use opentelemetry::propagation::{TextMapCompositePropagator, TextMapPropagator};
use opentelemetry_sdk::propagation::BaggagePropagator;
use tachograph_core::propagation::TraceContext;

use crate::settings::Propagator;

/// One propagator that speaks all of `propagators`; with none of them it carries nothing.
pub(crate) fn text_map_propagator(propagators: &[Propagator]) -> TextMapCompositePropagator {
    let parts = propagators.iter().map(|propagator| -> Box<dyn TextMapPropagator + Send + Sync> {
        match propagator {
            Propagator::TraceContext => Box::new(TraceContext::new()),
            Propagator::Baggage => Box::new(BaggagePropagator::new()),
        }
    });
    TextMapCompositePropagator::new(parts.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(propagators: &[Propagator]) -> Vec<String> {
        let mut fields: Vec<_> = text_map_propagator(propagators).fields().map(str::to_owned).collect();
        fields.sort();
        fields
    }

    #[test]
    fn each_propagator_brings_its_headers_and_none_brings_none() {
        assert_eq!(fields(&[Propagator::TraceContext, Propagator::Baggage]), ["baggage", "traceparent", "tracestate"]);
        assert_eq!(fields(&[Propagator::Baggage]), ["baggage"]);
        assert!(fields(&[]).is_empty());
    }
}
