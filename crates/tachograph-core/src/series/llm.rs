//! What is recorded of a call to a model beside its duration: tokens, chunks, cost, attempts.

use std::{sync::OnceLock, time::Instant};

use opentelemetry::{KeyValue, StringValue, metrics::Histogram};

use super::{KnownValues, for_metrics};
use crate::{
    attempts::Attempts,
    bound::{BoundCounter, BoundHistogram},
    call::Cost,
    chunks::ChunkTimes,
    instruments::Instruments,
    operation::Kind,
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
    /// The agent that the call runs in: on its cost, and on its tokens where the policy says so.
    pub(crate) agent: Option<&'a StringValue>,
    pub(crate) agent_on_tokens: bool,
    pub(crate) known: &'a KnownValues,
}

impl Answered<'_> {
    fn agent(&self) -> Option<KeyValue> {
        self.agent.map(|agent| KeyValue::new(attr::GEN_AI_AGENT_NAME, for_metrics(agent)))
    }

    /// What the metrics of tokens have beside `attributes`, once for each series.
    fn of_tokens(&self, mut attributes: Vec<KeyValue>) -> Vec<KeyValue> {
        attributes.extend(self.agent().filter(|_| self.agent_on_tokens));
        attributes
    }
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
            self.cost(instruments, cost, answered, attributes);
        }
        if answered.unpriced {
            instruments.unpriced().add(1, &(attributes.plain)());
        }
        if let Some(status) = answered.usage_status {
            let status = KeyValue::new(attr::LLM_USAGE_STATUS, status);
            instruments.usage_unreported().add(1, &attributes.plain_with([status]));
        }
        if let Some(attempts) = answered.attempts {
            retries(instruments, answered.known, attempts, attributes);
        }
    }

    fn established(&self, instruments: &Instruments, answered: &Answered<'_>, attributes: &Attributes<'_>) {
        let types = [(value::INPUT, answered.usage.input), (value::OUTPUT, answered.usage.output)];
        for (slot, (token_type, tokens)) in self.tokens.iter().zip(types) {
            let Some(tokens) = tokens else { continue };
            slot.get_or_init(|| {
                let token_type = KeyValue::new(attr::GEN_AI_TOKEN_TYPE, token_type);
                BoundHistogram::new(instruments.tokens(), &answered.of_tokens(attributes.plain_with([token_type])))
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

    fn cost(&self, instruments: &Instruments, cost: Cost, answered: &Answered<'_>, attributes: &Attributes<'_>) {
        let source = match cost.source {
            value::COMPUTED => 0,
            value::PROVIDER => 1,
            _ => 2,
        };
        self.cost[source]
            .get_or_init(|| {
                let source = KeyValue::new(attr::LLM_COST_SOURCE, cost.source);
                BoundCounter::new(
                    instruments.cost(),
                    &attributes.plain_with(answered.agent().into_iter().chain([source])),
                )
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
        let of_tokens = || answered.of_tokens(attributes.all.to_vec());
        if answered.is_embedding {
            if let Some(tokens) = usage.input {
                self.tokens[0]
                    .get_or_init(|| BoundHistogram::new(instruments.embeddings_input(), &of_tokens()))
                    .record(tokens);
            }
            return;
        }
        let of_one = [(instruments.inference_input(), usage.input), (instruments.inference_output(), usage.output)];
        for (slot, (instrument, tokens)) in self.tokens.iter().zip(of_one) {
            if let Some(tokens) = tokens {
                slot.get_or_init(|| BoundHistogram::new(instrument, &of_tokens())).record(tokens);
            }
        }
        self.used(instruments, answered, attributes);
        chunk_times(
            answered,
            attributes,
            (&self.to_first_chunk, instruments.inference_to_first_chunk()),
            (&self.per_output_chunk, instruments.inference_per_output_chunk()),
        );
    }

    /// The counters: of a call whose usage is not known they get a zero, as the convention has it.
    fn used(&self, instruments: &Instruments, answered: &Answered<'_>, attributes: &Attributes<'_>) {
        let usage = &answered.usage;
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
                BoundCounter::new(instrument, &answered.of_tokens(attributes.plain_with([modality])))
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
fn retries(instruments: &Instruments, known: &KnownValues, attempts: &Attempts, attributes: &Attributes<'_>) {
    for (error, wait) in attempts.retries() {
        let error = error.map(|error| known.shown(Some(Kind::Llm), attr::ERROR_TYPE, error).into_owned());
        let error = error.map(|error| KeyValue::new(attr::ERROR_TYPE, error));
        instruments.retries().add(1, &attributes.plain_with(error));
        instruments.retry_wait().record(wait.as_secs_f64(), &(attributes.plain)());
    }
    let untold = attempts.untold();
    if untold > 0 {
        instruments.retries().add(untold, &(attributes.plain)());
    }
}
