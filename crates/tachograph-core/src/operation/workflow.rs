use std::borrow::Cow;

use opentelemetry::{KeyValue, StringValue};

use super::{Kind, operation_methods, sealed::Describe, two_words};
use crate::{
    semconv::{attribute as attr, value},
    series::Identity,
};

/// A run of a workflow: span `invoke_workflow {name}`, metric `gen_ai.invoke_workflow.duration`.
#[derive(Clone, Debug)]
#[must_use = "an operation does nothing until it is started"]
pub struct WorkflowExecution {
    name: StringValue,
    pub(super) attributes: Vec<KeyValue>,
}

impl WorkflowExecution {
    /// A run of the workflow `name`. The name becomes a metric label: keep it one of a few.
    pub fn new(name: impl Into<StringValue>) -> Self {
        Self { name: name.into(), attributes: Vec::new() }
    }
}

operation_methods!(WorkflowExecution);

impl Describe for WorkflowExecution {
    const KIND: Kind = Kind::Workflow;

    fn span_name(&self) -> Cow<'static, str> {
        two_words(value::INVOKE_WORKFLOW, self.name.as_str())
    }

    fn identity<'a>(&'a self, _agent: Option<&'a StringValue>) -> Identity<'a> {
        Identity::of([Some(&self.name)])
    }

    fn span_attributes(self, out: &mut Vec<KeyValue>) -> Vec<KeyValue> {
        out.push(KeyValue::new(attr::GEN_AI_OPERATION_NAME, value::INVOKE_WORKFLOW));
        out.push(KeyValue::new(attr::GEN_AI_WORKFLOW_NAME, self.name));
        self.attributes
    }
}
