//! The spans of one trace.

use std::time::{Duration, SystemTime};

use opentelemetry::{TraceId, Value};
use tachograph_core::semconv::attribute as attr;

use super::{category::Category, record::SpanRecord};

/// Most spans of one trace.
const MAX_SPANS: usize = 500;
/// Most names of agents and of models of one trace.
const MAX_NAMES: usize = 8;

#[derive(Clone, Debug)]
pub(super) struct Trace {
    pub(super) id: TraceId,
    pub(super) spans: Vec<SpanRecord>,
    /// Spans that there was no room for.
    pub(super) omitted: usize,
    pub(super) errors: usize,
    pub(super) agents: Vec<String>,
    pub(super) models: Vec<String>,
    pub(super) input_tokens: i64,
    pub(super) output_tokens: i64,
    pub(super) cost_usd: Option<f64>,
    pub(super) bytes: usize,
    /// Where it begins in this process: the place of the span among the spans.
    root: Option<usize>,
    /// In how many lists it stands.
    pub(super) listed: Listed,
}

/// The lists that a trace stands in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "four lists")]
pub(super) struct Listed {
    pub(super) pending: bool,
    pub(super) latest: bool,
    pub(super) slowest: bool,
    pub(super) failed: bool,
}

impl Trace {
    pub(super) fn new(id: TraceId) -> Self {
        Self {
            id,
            spans: Vec::new(),
            omitted: 0,
            errors: 0,
            agents: Vec::new(),
            models: Vec::new(),
            input_tokens: 0,
            output_tokens: 0,
            cost_usd: None,
            bytes: size_of::<Self>() + 4 * size_of::<TraceId>(),
            root: None,
            listed: Listed::default(),
        }
    }

    /// Adds a span and what it tells of the whole.
    pub(super) fn add(&mut self, span: SpanRecord) {
        self.count(&span);
        // Of two beginnings the earlier one is: a service that is called by this process ends before its caller does.
        let begins = span.is_local_root() && self.root().is_none_or(|root| span.start < root.start);
        if self.spans.len() >= MAX_SPANS {
            self.omitted += 1;
            if !begins {
                return;
            }
            if let Some(dropped) = self.spans.pop() {
                self.bytes = self.bytes.saturating_sub(dropped.bytes());
            }
        }
        if begins {
            self.root = Some(self.spans.len());
        }
        self.bytes += span.bytes();
        self.spans.push(span);
    }

    fn count(&mut self, span: &SpanRecord) {
        self.errors += usize::from(span.failed());
        match span.category {
            Category::Agent => remember(&mut self.agents, span.attribute(attr::GEN_AI_AGENT_NAME)),
            Category::Llm => {
                let model = span.attribute(attr::GEN_AI_REQUEST_MODEL);
                remember(&mut self.models, model.or_else(|| span.attribute(attr::GEN_AI_RESPONSE_MODEL)));
                // Tokens are told of calls to models alone, so that an agent that repeats them does not double them.
                self.input_tokens += whole(span.attribute(attr::GEN_AI_USAGE_INPUT_TOKENS));
                self.output_tokens += whole(span.attribute(attr::GEN_AI_USAGE_OUTPUT_TOKENS));
                if let Some(Value::F64(usd)) = span.attribute(attr::LLM_COST_AMOUNT) {
                    *self.cost_usd.get_or_insert(0.0) += usd;
                }
            }
            _ => {}
        }
    }

    /// The span that it begins with in this process, once that has ended.
    pub(super) fn root(&self) -> Option<&SpanRecord> {
        self.root.and_then(|root| self.spans.get(root))
    }

    /// When it began; the start of its first span while the root has not ended.
    pub(super) fn start(&self) -> Option<SystemTime> {
        self.spans.iter().map(|span| span.start).min()
    }

    pub(super) fn duration(&self) -> Duration {
        self.root().map(SpanRecord::duration).unwrap_or_default()
    }
}

fn remember(names: &mut Vec<String>, name: Option<&Value>) {
    let Some(name) = name else { return };
    let name = name.as_str();
    if names.len() < MAX_NAMES && !names.iter().any(|known| *known == *name) {
        names.push(name.into_owned());
    }
}

fn whole(value: Option<&Value>) -> i64 {
    match value {
        Some(Value::I64(value)) => (*value).max(0),
        _ => 0,
    }
}
