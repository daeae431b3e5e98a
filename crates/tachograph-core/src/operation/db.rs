use std::borrow::Cow;

use opentelemetry::{KeyValue, StringValue, trace::SpanKind};

use super::{
    Kind, operation_methods,
    sealed::Describe,
    server::{Server, server_methods},
    two_words,
};
use crate::{
    semconv::{attribute as attr, value},
    series::Identity,
};

/// Products that run inside of the application: there is no server to be a client of.
const IN_PROCESS: [&str; 2] = ["sqlite", "duckdb"];

/// A call to a database: span `{operation} {table}`, metric `db.client.operation.duration`.
#[derive(Clone, Debug)]
#[must_use = "an operation does nothing until it is started"]
pub struct DbQuery {
    system: StringValue,
    operation: StringValue,
    table: StringValue,
    server: Server,
    pub(super) attributes: Vec<KeyValue>,
}

impl DbQuery {
    /// An `operation` (`SELECT`, `INSERT`, `GET`) on `table`; an empty table stands for none.
    pub fn new(operation: impl Into<StringValue>, table: impl Into<StringValue>) -> Self {
        Self {
            system: value::OTHER_SQL.into(),
            operation: operation.into(),
            table: table.into(),
            server: Server::default(),
            attributes: Vec::new(),
        }
    }

    /// The database product: `postgresql`, `sqlite`, `mysql`, `redis`. The default is `other_sql`.
    pub fn system(mut self, system: impl Into<StringValue>) -> Self {
        self.system = system.into();
        self
    }

    /// The statement with placeholders. Give it no literals: it is recorded as it is.
    pub fn query_text(self, text: impl Into<StringValue>) -> Self {
        self.with_attribute(attr::DB_QUERY_TEXT, text.into())
    }

    fn table(&self) -> Option<&StringValue> {
        (!self.table.as_str().is_empty()).then_some(&self.table)
    }
}

operation_methods!(DbQuery);
server_methods!(DbQuery, "of the database");

impl Describe for DbQuery {
    const KIND: Kind = Kind::Db;

    fn span_name(&self) -> Cow<'static, str> {
        match self.table() {
            Some(table) => two_words(self.operation.as_str(), table.as_str()),
            None => two_words(self.operation.as_str(), self.system.as_str()),
        }
    }

    fn span_kind(&self) -> SpanKind {
        if IN_PROCESS.contains(&self.system.as_str()) { SpanKind::Internal } else { SpanKind::Client }
    }

    fn identity<'a>(&'a self, _agent: Option<&'a StringValue>) -> Identity<'a> {
        Identity {
            parts: [Some(&self.system), Some(&self.operation), self.table(), self.server.address.as_ref()],
            port: self.server.port,
        }
    }

    fn span_attributes(self, out: &mut Vec<KeyValue>) -> Vec<KeyValue> {
        if !self.table.as_str().is_empty() {
            out.push(KeyValue::new(attr::DB_COLLECTION_NAME, self.table));
        }
        out.push(KeyValue::new(attr::DB_SYSTEM_NAME, self.system));
        out.push(KeyValue::new(attr::DB_OPERATION_NAME, self.operation));
        self.server.span_attributes(out);
        self.attributes
    }
}
