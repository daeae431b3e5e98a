use std::borrow::Cow;

use opentelemetry::{KeyValue, StringValue};

use super::{Kind, operation_methods, sealed::Describe, two_words};
use crate::{
    semconv::{attribute as attr, value},
    series::Identity,
};

/// An execution of a tool: span `execute_tool {name}`, metric `gen_ai.execute_tool.duration`.
///
/// Inside an agent run the agent's name is recorded with it.
#[derive(Clone, Debug)]
#[must_use = "an operation does nothing until it is started"]
pub struct ToolExecution {
    name: StringValue,
    tool_type: Option<StringValue>,
    pub(super) attributes: Vec<KeyValue>,
}

impl ToolExecution {
    /// An execution of the tool `name`. The name becomes a metric label: keep it one of a few.
    pub fn new(name: impl Into<StringValue>) -> Self {
        Self { name: name.into(), tool_type: None, attributes: Vec::new() }
    }

    /// The type of the tool: `function`, `extension`, `datastore`.
    pub fn tool_type(mut self, tool_type: impl Into<StringValue>) -> Self {
        self.tool_type = Some(tool_type.into());
        self
    }

    /// The identifier that the model gave this call.
    pub fn call_id(self, id: impl Into<StringValue>) -> Self {
        self.with_attribute(attr::GEN_AI_TOOL_CALL_ID, id.into())
    }

    /// What the tool does.
    pub fn description(self, text: impl Into<StringValue>) -> Self {
        self.with_attribute(attr::GEN_AI_TOOL_DESCRIPTION, text.into())
    }
}

operation_methods!(ToolExecution);

impl Describe for ToolExecution {
    const KIND: Kind = Kind::Tool;
    const NEEDS_AGENT: bool = true;

    fn span_name(&self) -> Cow<'static, str> {
        two_words(value::EXECUTE_TOOL, self.name.as_str())
    }

    fn identity<'a>(&'a self, agent: Option<&'a StringValue>) -> Identity<'a> {
        Identity::of([Some(&self.name), self.tool_type.as_ref(), agent])
    }

    fn span_attributes(self, out: &mut Vec<KeyValue>) -> Vec<KeyValue> {
        out.push(KeyValue::new(attr::GEN_AI_OPERATION_NAME, value::EXECUTE_TOOL));
        out.push(KeyValue::new(attr::GEN_AI_TOOL_NAME, self.name));
        out.extend(self.tool_type.map(|tool_type| KeyValue::new(attr::GEN_AI_TOOL_TYPE, tool_type)));
        self.attributes
    }
}
