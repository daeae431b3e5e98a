//! Sampling by kind of operation: a ratio for agents, another for calls to models, for databases, caches and so on.
//!
//! A trace carries one random number, in the last 56 bits of its id, or as `rv` of `ot` in `tracestate`. A span with a ratio is kept
//! where that number reaches the ratio's threshold, as the specification of consistent probability sampling has it, so two services,
//! or two spans, with the same ratio decide alike, and the traces of a smaller ratio are among those of a greater one. The threshold
//! is told on as `th` of `ot`, from which backends compute how many spans one stands for.
//!
//! | span | kept |
//! |---|---|
//! | of a kind without a ratio | as the sampler for the whole (`OTEL_TRACES_SAMPLER`) decides |
//! | with a ratio, begins its trace, or the sampler is not parent-based | by its ratio |
//! | with a ratio, below a span of another process, parent-based | as that decided |
//! | with a ratio, below a kept span of this process, parent-based | by its ratio: such spans are thinned out |
//! | with a ratio, below a span that was not kept, parent-based | never |
//!
//! What is below a span that was thinned out is left out as well, so ratios below 1 suit leaves: caches, databases.

mod kind;
mod ratios;
mod threshold;

use opentelemetry::trace::{Link, SpanKind, TraceContextExt as _, TraceId, TraceState};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{Sampler, SamplingDecision, SamplingResult, ShouldSample};

pub(crate) use self::ratios::KindRatios;
use self::threshold::{Randomness, Threshold, told};

/// Samples kinds with a ratio by it, and the others as `base` does.
#[derive(Debug, Clone)]
pub(crate) struct KindSampler {
    base: Sampler,
    ratios: KindRatios,
}

impl KindSampler {
    pub(crate) fn new(base: Sampler, ratios: KindRatios) -> Self {
        Self { base, ratios }
    }

    fn is_parent_based(&self) -> bool {
        matches!(self.base, Sampler::ParentBased(_))
    }
}

impl ShouldSample for KindSampler {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        trace_id: TraceId,
        name: &str,
        span_kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        let ratio = kind::of(span_kind, attributes).and_then(|kind| self.ratios.get(kind));
        let Some(threshold) = ratio else {
            return self.base.should_sample(parent, trace_id, name, span_kind, attributes, links);
        };
        let span = parent.filter(|context| context.has_active_span()).map(|context| context.span());
        let above = span.as_ref().map(|span| span.span_context()).filter(|above| above.is_valid());
        let state = above.map(|above| above.trace_state().clone()).unwrap_or_default();
        match above.filter(|_| self.is_parent_based()) {
            Some(above) if !above.is_sampled() => result(false, state),
            Some(above) if above.is_remote() => result(true, state),
            Some(_) => {
                let is_kept = threshold.keeps(Randomness::of(trace_id, &state));
                // Where it is not known how many spans the one above stands for, it is not known of this one either.
                let own = told(&state).map(|above| above.max(threshold));
                decided(is_kept, own, state)
            }
            None => decided(threshold.keeps(Randomness::of(trace_id, &state)), Some(threshold), state),
        }
    }
}

fn decided(is_kept: bool, tell: Option<Threshold>, state: TraceState) -> SamplingResult {
    match tell.filter(|_| is_kept) {
        Some(threshold) => result(true, threshold.tell(&state)),
        None => result(is_kept, state),
    }
}

fn result(is_kept: bool, trace_state: TraceState) -> SamplingResult {
    let decision = if is_kept { SamplingDecision::RecordAndSample } else { SamplingDecision::Drop };
    SamplingResult { decision, attributes: Vec::new(), trace_state }
}

#[cfg(test)]
mod tests;
