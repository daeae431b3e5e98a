//! The end of a call to a model: what its usage is worth, what it cost, what the span says of it.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

use opentelemetry::{KeyValue, StringValue};

use crate::{
    call::{CallState, Cost, ModelAnswer},
    pricing::Billed,
    semconv::{attribute as attr, value},
    series::{Answered, LLM_AGENT},
    usage::Usage,
};

/// Parts of the identity of a call to a model.
const OPERATION: usize = 0;
const PROVIDER: usize = 1;
const MODEL: usize = 2;

/// What is made of an answer before it is recorded.
pub(super) struct Judged {
    usage_status: Option<&'static str>,
    cost: Option<Cost>,
    unpriced: bool,
}

impl Judged {
    /// `error_type` is how the call ended.
    pub(super) fn of(state: &CallState, answer: &ModelAnswer, error_type: Option<&StringValue>) -> Self {
        let has_tokens = answer.usage != Usage::default();
        let computed = if answer.cost.is_none() && has_tokens { price(state, answer) } else { None };
        Self {
            usage_status: usage_status(answer, error_type),
            cost: answer.cost.or(computed.flatten()),
            unpriced: matches!(computed, Some(None)),
        }
    }

    pub(super) fn answered<'a>(
        &self,
        state: &'a CallState,
        answer: &'a ModelAnswer,
        elapsed: Duration,
    ) -> Answered<'a> {
        Answered {
            names: state.telemetry.policy().gen_ai_names(),
            seconds: elapsed.as_secs_f64(),
            started: state.started,
            usage: answer.usage,
            usage_status: self.usage_status,
            cost: self.cost,
            unpriced: self.unpriced,
            chunks: answer.chunks.as_deref(),
            attempts: answer.attempts.as_deref().filter(|attempts| attempts.matter()),
            is_embedding: part(state, OPERATION) == value::EMBEDDINGS,
            agent: state.series.shown().part(LLM_AGENT),
            agent_on_tokens: state.telemetry.policy().has_agent_on_tokens(),
            known: state.telemetry.series().known(),
        }
    }

    /// What events say of an answer.
    pub(super) fn event_attributes(&self, answer: &ModelAnswer, attributes: &mut Vec<KeyValue>) {
        answer.usage.span_attributes(attributes);
        attributes.extend(answer.name.clone().map(|name| KeyValue::new(attr::GEN_AI_RESPONSE_MODEL, name)));
        attributes.extend(self.usage_status.map(|status| KeyValue::new(attr::LLM_USAGE_STATUS, status)));
        if let Some(cost) = self.cost {
            attributes.push(KeyValue::new(attr::LLM_COST_AMOUNT, cost.usd));
            attributes.push(KeyValue::new(attr::LLM_COST_SOURCE, cost.source));
        }
        if let Some(attempts) = answer.attempts.as_deref().filter(|attempts| attempts.matter()) {
            attributes.push(KeyValue::new(attr::LLM_ATTEMPTS, attempts.count()));
        }
    }

    pub(super) fn span_attributes(&self, state: &CallState, answer: ModelAnswer, attributes: &mut Vec<KeyValue>) {
        answer.usage.span_attributes(attributes);
        attributes.extend(answer.name.map(|name| KeyValue::new(attr::GEN_AI_RESPONSE_MODEL, name)));
        attributes.extend(answer.service_tier.map(|tier| KeyValue::new(tier_key(state), tier)));
        attributes.extend(self.usage_status.map(|status| KeyValue::new(attr::LLM_USAGE_STATUS, status)));
        if let Some(cost) = self.cost {
            attributes.push(KeyValue::new(attr::LLM_COST_AMOUNT, cost.usd));
            attributes.push(KeyValue::new(attr::LLM_COST_SOURCE, cost.source));
        }
        if let Some(chunks) = answer.chunks {
            let seconds = chunks.to_first(state.started);
            attributes.push(KeyValue::new(attr::GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK, seconds));
        }
        if let Some(attempts) = answer.attempts.filter(|attempts| attempts.matter()) {
            attempts.span(state, attributes);
        }
        if answer.content_omitted > 0 {
            let bytes = i64::try_from(answer.content_omitted).unwrap_or(i64::MAX);
            attributes.push(KeyValue::new(attr::CONTENT_OMITTED, bytes));
        }
    }
}

fn part(state: &CallState, index: usize) -> &str {
    state.series.part(index).map_or("", StringValue::as_str)
}

/// Whether an answer that somebody looked for usage in has it, and has it to the end.
fn usage_status(answer: &ModelAnswer, error_type: Option<&StringValue>) -> Option<&'static str> {
    if !answer.usage_expected {
        return None;
    }
    let is_known = answer.usage.input.is_some() || answer.usage.output.is_some();
    let broke_off = match error_type {
        // A call that failed before it was answered cost nothing that anybody knows of.
        Some(error) => {
            if error.as_str() != value::CANCELLED && answer.chunks.is_none() {
                return None;
            }
            true
        }
        None => false,
    };
    match (is_known, broke_off) {
        (false, _) => Some(value::MISSING),
        (true, true) => Some(value::PARTIAL),
        (true, false) => None,
    }
}

/// The computed cost; the outer `None` where nobody was asked.
fn price(state: &CallState, answer: &ModelAnswer) -> Option<Option<Cost>> {
    let pricing = state.telemetry.pricing()?;
    let billed = Billed {
        provider: part(state, PROVIDER),
        requested_model: part(state, MODEL),
        response_model: answer.name.as_ref().map(StringValue::as_str),
        service_tier: answer.service_tier.as_ref().map(StringValue::as_str),
        batch: answer.batch,
        usage: answer.usage,
    };
    // Somebody else's code, and nothing may fail here.
    let usd = catch_unwind(AssertUnwindSafe(|| pricing.cost_usd(&billed))).unwrap_or_default();
    Some(usd.and_then(|usd| Cost::new(usd, value::COMPUTED)))
}

fn tier_key(state: &CallState) -> &'static str {
    match part(state, PROVIDER) {
        "openai" | "azure.ai.openai" => attr::OPENAI_RESPONSE_SERVICE_TIER,
        _ => attr::LLM_SERVICE_TIER,
    }
}
