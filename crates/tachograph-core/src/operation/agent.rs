use std::borrow::Cow;

use opentelemetry::{KeyValue, StringValue};

use super::{Kind, operation_methods, sealed::Describe, two_words};
use crate::{
    semconv::{attribute as attr, value},
    series::Identity,
};

/// A run of an agent: span `invoke_agent {name}`, metric `gen_ai.invoke_agent.duration`.
///
/// Token usage belongs to the calls to models inside, never to the run: it would be counted twice.
///
/// ```
/// use tachograph_core::AgentExecution;
/// let run = AgentExecution::new("researcher").start();
/// // …
/// run.succeed();
/// ```
#[derive(Clone, Debug)]
#[must_use = "an operation does nothing until it is started"]
pub struct AgentExecution {
    name: StringValue,
    model: Option<StringValue>,
    pub(super) attributes: Vec<KeyValue>,
}

impl AgentExecution {
    /// A run of the agent `name`. The name becomes a metric label: keep it one of a few.
    pub fn new(name: impl Into<StringValue>) -> Self {
        Self { name: name.into(), model: None, attributes: Vec::new() }
    }

    /// The model of an agent that has exactly one.
    pub fn with_model(mut self, model: impl Into<StringValue>) -> Self {
        self.model = Some(model.into());
        self
    }
}

operation_methods!(AgentExecution);

impl Describe for AgentExecution {
    const KIND: Kind = Kind::Agent;

    fn span_name(&self) -> Cow<'static, str> {
        two_words(value::INVOKE_AGENT, self.name.as_str())
    }

    fn identity<'a>(&'a self, _agent: Option<&'a StringValue>) -> Identity<'a> {
        Identity::of([Some(&self.name)])
    }

    fn span_attributes(self, out: &mut Vec<KeyValue>) -> Vec<KeyValue> {
        out.push(KeyValue::new(attr::GEN_AI_OPERATION_NAME, value::INVOKE_AGENT));
        out.push(KeyValue::new(attr::GEN_AI_AGENT_NAME, self.name));
        out.extend(self.model.map(|model| KeyValue::new(attr::GEN_AI_REQUEST_MODEL, model)));
        self.attributes
    }
}
