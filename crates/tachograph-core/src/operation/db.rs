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

/// A call to a database: span `{summary}`, else `{operation} {table}`; metrics `db.client.operation.duration` and, where
/// rows are told, `db.client.response.returned_rows`.
#[derive(Clone, Debug)]
#[must_use = "an operation does nothing until it is started"]
pub struct DbQuery {
    system: StringValue,
    operation: Option<StringValue>,
    table: Option<StringValue>,
    namespace: Option<StringValue>,
    summary: Option<StringValue>,
    server: Server,
    pub(super) attributes: Vec<KeyValue>,
}

impl DbQuery {
    /// An `operation` (`SELECT`, `INSERT`, `GET`) on `table`; either may be empty, which stands for none.
    pub fn new(operation: impl Into<StringValue>, table: impl Into<StringValue>) -> Self {
        Self {
            system: value::OTHER_SQL.into(),
            operation: told(operation.into()),
            table: told(table.into()),
            namespace: None,
            summary: None,
            server: Server::default(),
            attributes: Vec::new(),
        }
    }

    /// The database product: `postgresql`, `sqlite`, `mysql`, `redis`. The default is `other_sql`.
    pub fn system(mut self, system: impl Into<StringValue>) -> Self {
        self.system = system.into();
        self
    }

    /// The database, schema or index that the operation works in. It becomes a metric label.
    pub fn namespace(mut self, namespace: impl Into<StringValue>) -> Self {
        self.namespace = told(namespace.into());
        self
    }

    /// What the statement does, in a few words of which there are few: `SELECT users`, `INSERT orders SELECT carts`. It becomes the
    /// span's name and a metric label.
    pub fn summary(mut self, summary: impl Into<StringValue>) -> Self {
        self.summary = told(summary.into());
        self
    }

    /// The statement with placeholders. Give it no literals: it is recorded as it is, on the span.
    pub fn query_text(self, text: impl Into<StringValue>) -> Self {
        self.with_attribute(attr::DB_QUERY_TEXT, text.into())
    }

    /// The stored procedure that is called, on the span.
    pub fn stored_procedure(self, name: impl Into<StringValue>) -> Self {
        self.with_attribute(attr::DB_STORED_PROCEDURE_NAME, name.into())
    }

    /// How many operations go together; recorded from two on, on the span.
    pub fn batch_size(self, operations: u64) -> Self {
        if operations < 2 {
            return self;
        }
        self.with_attribute(attr::DB_OPERATION_BATCH_SIZE, i64::try_from(operations).unwrap_or(i64::MAX))
    }
}

fn told(text: StringValue) -> Option<StringValue> {
    (!text.as_str().is_empty()).then_some(text)
}

operation_methods!(DbQuery);
server_methods!(DbQuery, "of the database");

impl Describe for DbQuery {
    const KIND: Kind = Kind::Db;

    fn span_name(&self) -> Cow<'static, str> {
        match (&self.summary, &self.operation, &self.table) {
            (Some(summary), _, _) => Cow::Owned(summary.as_str().to_owned()),
            (None, Some(operation), Some(table)) => two_words(operation.as_str(), table.as_str()),
            (None, Some(operation), None) => two_words(operation.as_str(), self.system.as_str()),
            (None, None, Some(table)) => Cow::Owned(table.as_str().to_owned()),
            (None, None, None) => Cow::Owned(self.system.as_str().to_owned()),
        }
    }

    fn span_kind(&self) -> SpanKind {
        if IN_PROCESS.contains(&self.system.as_str()) { SpanKind::Internal } else { SpanKind::Client }
    }

    fn identity<'a>(&'a self, _agent: Option<&'a StringValue>) -> Identity<'a> {
        Identity::of([
            Some(&self.system),
            self.operation.as_ref(),
            self.table.as_ref(),
            self.summary.as_ref(),
            self.namespace.as_ref(),
            self.server.address.as_ref(),
        ])
        .at_port(self.server.port)
    }

    fn span_attributes(self, out: &mut Vec<KeyValue>) -> Vec<KeyValue> {
        let told = [
            (attr::DB_COLLECTION_NAME, self.table),
            (attr::DB_SYSTEM_NAME, Some(self.system)),
            (attr::DB_OPERATION_NAME, self.operation),
            (attr::DB_QUERY_SUMMARY, self.summary),
            (attr::DB_NAMESPACE, self.namespace),
        ];
        out.extend(told.into_iter().filter_map(|(key, value)| Some(KeyValue::new(key, value?))));
        self.server.span_attributes(out);
        self.attributes
    }
}
