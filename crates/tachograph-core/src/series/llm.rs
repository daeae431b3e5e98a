//! What is recorded of a call to a model beside its duration: tokens, chunks, cost, attempts.

use std::{sync::OnceLock, time::Instant};

use opentelemetry::{KeyValue, StringValue, metrics::Histogram};

use crate::{
    attempts::Attempts,
    bound::{BoundCounter, BoundHistogram},
    call::Cost,
    chunks::ChunkTimes,
    instruments::Instruments,
    policy::GenAiNames,
    semconv::{attribute as attr, value},
    usage::Usage,
};

/// What a call to a model says at its end.
pub(crate) struct Answered<'a> {
    pub(crate) names: GenAiNames,
    pub(crate) seconds: f64,
    pub(crate) started: Instant,
    pub(crate) usage: Usage,
    /// `missing` or `partial`, where the usage is not whole.
    pub(crate) usage_status: Option<&'static str>,
    pub(crate) cost: Option<Cost>,
    /// Nobody knows the price of a call that has tokens.
    pub(crate) unpriced: bool,
    pub(crate) chunks: Option<&'a ChunkTimes>,
    pub(crate) attempts: Option<&'a Attempts>,
    pub(crate) is_embedding: bool,
    pub(crate) agent: Option<&'a StringValue>,
}

type Lazy<T> = OnceLock<T>;

/// Bound instruments of one way that calls to a model end, made when first used.
#[derive(Default)]
pub(super) struct LlmCompletion {
    tokens: [Lazy<BoundHistogram<u64>>; 2],
    to_first_chunk: Lazy<BoundHistogram<f64>>,
    per_output_chunk: Lazy<BoundHistogram<f64>>,
    cost: [Lazy<BoundCounter<f64>>; 3],
    latest: OnceLock<Box<Latest>>,
}

/// The same under the latest names.
#[derive(Default)]
struct Latest {
    duration: Lazy<BoundHistogram<f64>>,
    to_first_chunk: Lazy<BoundHistogram<f64>>,
    per_output_chunk: Lazy<BoundHistogram<f64>>,
    tokens: [Lazy<BoundHistogram<u64>>; 2],
    used: [Lazy<BoundCounter<u64>>; 7],
}

/// Attributes of one end: `plain` is without the error, for what tells who answered and not how it ended.
pub(super) struct Attributes<'a> {
    pub(super) all: &'a [KeyValue],
    pub(super) plain: &'a dyn Fn() -> Vec<KeyValue>,
}

impl Attributes<'_> {
    fn plain_with(&self, more: impl IntoIterator<Item = KeyValue>) -> Vec<KeyValue> {
        let mut attributes = (self.plain)();
        attributes.extend(more);
        attributes
    }
}

impl LlmCompletion {
    pub(super) fn record(&self, instruments: &Instruments, answered: &Answered<'_>, attributes: &Attributes<'_>) {
        if answered.names.has_established() {
            self.established(instruments, answered, attributes);
        }
        if answered.names.has_latest() {
            self.latest.get_or_init(Box::default).record(instruments, answered, attributes);
        }
        if let Some(cost) = answered.cost {
            self.cost(instruments, cost, answered.agent, attributes);
        }
        if answered.unpriced {
            instruments.unpriced().add(1, &(attributes.plain)());
        }
        if let Some(status) = answered.usage_status {
            let status = KeyValue::new(attr::LLM_USAGE_STATUS, status);
            instruments.usage_unreported().add(1, &attributes.plain_with([status]));
        }
        if let Some(attempts) = answered.attempts {
            retries(instruments, attempts, attributes);
        }
    }

    fn established(&self, instruments: &Instruments, answered: &Answered<'_>, attributes: &Attributes<'_>) {
        let types = [(value::INPUT, answered.usage.input), (value::OUTPUT, answered.usage.output)];
        for (slot, (token_type, tokens)) in self.tokens.iter().zip(types) {
            let Some(tokens) = tokens else { continue };
            slot.get_or_init(|| {
                let token_type = KeyValue::new(attr::GEN_AI_TOKEN_TYPE, token_type);
                BoundHistogram::new(instruments.tokens(), &attributes.plain_with([token_type]))
            })
            .record(tokens);
        }
        chunk_times(
            answered,
            attributes,
            (&self.to_first_chunk, instruments.to_first_chunk()),
            (&self.per_output_chunk, instruments.per_output_chunk()),
        );
    }

    fn cost(&self, instruments: &Instruments, cost: Cost, agent: Option<&StringValue>, attributes: &Attributes<'_>) {
        let source = match cost.source {
            value::COMPUTED => 0,
            value::PROVIDER => 1,
            _ => 2,
        };
        self.cost[source]
            .get_or_init(|| {
                let agent = agent.map(|agent| KeyValue::new(attr::GEN_AI_AGENT_NAME, agent.clone()));
                let source = KeyValue::new(attr::LLM_COST_SOURCE, cost.source);
                BoundCounter::new(instruments.cost(), &attributes.plain_with(agent.into_iter().chain([source])))
            })
            .add(cost.usd);
    }
}

impl Latest {
    fn record(&self, instruments: &Instruments, answered: &Answered<'_>, attributes: &Attributes<'_>) {
        let duration =
            if answered.is_embedding { instruments.embeddings_duration() } else { instruments.inference_duration() };
        self.duration.get_or_init(|| BoundHistogram::new(duration, attributes.all)).record(answered.seconds);
        let usage = &answered.usage;
        if answered.is_embedding {
            if let Some(tokens) = usage.input {
                self.tokens[0]
                    .get_or_init(|| BoundHistogram::new(instruments.embeddings_input(), attributes.all))
                    .record(tokens);
            }
            return;
        }
        let of_one = [(instruments.inference_input(), usage.input), (instruments.inference_output(), usage.output)];
        for (slot, (instrument, tokens)) in self.tokens.iter().zip(of_one) {
            if let Some(tokens) = tokens {
                slot.get_or_init(|| BoundHistogram::new(instrument, attributes.all)).record(tokens);
            }
        }
        self.used(instruments, usage, attributes);
        chunk_times(
            answered,
            attributes,
            (&self.to_first_chunk, instruments.inference_to_first_chunk()),
            (&self.per_output_chunk, instruments.inference_per_output_chunk()),
        );
    }

    /// The counters: of a call whose usage is not known they get a zero, as the convention has it.
    fn used(&self, instruments: &Instruments, usage: &Usage, attributes: &Attributes<'_>) {
        let rest = |whole: Option<u64>, part: Option<u64>| Some(whole.unwrap_or(0).saturating_sub(part.unwrap_or(0)));
        let counters = [
            (instruments.used_input(), rest(usage.input, usage.input_audio), value::UNKNOWN),
            (instruments.used_output(), rest(usage.output, usage.output_audio), value::UNKNOWN),
            (instruments.used_input(), usage.input_audio, value::AUDIO),
            (instruments.used_output(), usage.output_audio, value::AUDIO),
            (instruments.used_cache_read(), usage.cache_read, value::UNKNOWN),
            (instruments.used_cache_write(), usage.cache_write, value::UNKNOWN),
            (instruments.used_reasoning(), usage.reasoning, value::UNKNOWN),
        ];
        for (slot, (instrument, tokens, modality)) in self.used.iter().zip(counters) {
            let Some(tokens) = tokens else { continue };
            slot.get_or_init(|| {
                let modality = KeyValue::new(attr::GEN_AI_TOKEN_MODALITY, modality);
                BoundCounter::new(instrument, &attributes.plain_with([modality]))
            })
            .add(tokens);
        }
    }
}

type Slot<'a> = (&'a Lazy<BoundHistogram<f64>>, &'a Histogram<f64>);

fn chunk_times(answered: &Answered<'_>, attributes: &Attributes<'_>, to_first: Slot<'_>, per_output: Slot<'_>) {
    let Some(chunks) = answered.chunks else { return };
    let bound = |(slot, instrument): Slot<'_>, record: &mut dyn FnMut(&BoundHistogram<f64>)| {
        record(slot.get_or_init(|| BoundHistogram::new(instrument, &(attributes.plain)())));
    };
    bound(to_first, &mut |histogram| histogram.record(chunks.to_first(answered.started)));
    if chunks.has_more() {
        bound(per_output, &mut |histogram| chunks.replay(|seconds| histogram.record(seconds)));
    }
}

/// What was tried again, by the error of the attempt before.
fn retries(instruments: &Instruments, attempts: &Attempts, attributes: &Attributes<'_>) {
    for (error, wait) in attempts.retries() {
        let error = error.map(|error| KeyValue::new(attr::ERROR_TYPE, error.clone()));
        instruments.retries().add(1, &attributes.plain_with(error));
        instruments.retry_wait().record(wait.as_secs_f64(), &(attributes.plain)());
    }
    let untold = attempts.untold();
    if untold > 0 {
        instruments.retries().add(untold, &(attributes.plain)());
    }
}
