use std::borrow::Cow;

use opentelemetry::{KeyValue, StringValue};

use super::{Kind, operation_methods, sealed::Describe, two_words};
use crate::{semconv::attribute as attr, series::Identity};

/// A command of the application (a chat command, a job, a CLI verb): span `command {name}`, metric
/// `tachograph.command.duration`.
#[derive(Clone, Debug)]
#[must_use = "an operation does nothing until it is started"]
pub struct CommandExecution {
    name: StringValue,
    pub(super) attributes: Vec<KeyValue>,
}

impl CommandExecution {
    /// An execution of the command `name`. The name becomes a metric label: keep it one of a few.
    pub fn new(name: impl Into<StringValue>) -> Self {
        Self { name: name.into(), attributes: Vec::new() }
    }
}

operation_methods!(CommandExecution);

impl Describe for CommandExecution {
    const KIND: Kind = Kind::Command;

    fn span_name(&self) -> Cow<'static, str> {
        two_words("command", self.name.as_str())
    }

    fn identity<'a>(&'a self, _agent: Option<&'a StringValue>) -> Identity<'a> {
        Identity::of([Some(&self.name)])
    }

    fn span_attributes(self, out: &mut Vec<KeyValue>) -> Vec<KeyValue> {
        out.push(KeyValue::new(attr::COMMAND_NAME, self.name));
        self.attributes
    }
}
