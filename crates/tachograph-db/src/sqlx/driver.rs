//! What differs between the databases of sqlx: where a pool connects to, and how many rows a statement changed.

#[cfg(feature = "sqlx-any")]
mod any;
#[cfg(feature = "sqlx-mysql")]
mod mysql;
#[cfg(feature = "sqlx-postgres")]
mod postgres;
#[cfg(feature = "sqlx-sqlite")]
mod sqlite;

use opentelemetry::StringValue;
use sqlx::{Connection, Database, Executor};

/// A database of sqlx that Tachograph knows: PostgreSQL, SQLite, MySQL and `Any`, each by the feature of its name.
///
/// For a database of your own, implement it beside the driver.
pub trait Driver: Database {
    /// Where a pool with these options connects to. Must not tell credentials.
    fn server(options: &<Self::Connection as Connection>::Options) -> Server;

    /// How many rows a statement inserted, updated or deleted.
    fn affected_rows(result: &Self::QueryResult) -> u64;

    /// The connection itself, as what runs statements.
    ///
    /// sqlx has no way to say of a database that its connections can do that, but a bound at every place that needs it
    /// (`for<'c> &'c mut DB::Connection: Executor<'c>`); on a type that is an executor itself such a bound has the compiler turn
    /// in a circle.
    fn executor(connection: &mut Self::Connection) -> impl Executor<'_, Database = Self>;
}

/// What is known of the database that a pool connects to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Server {
    pub(super) system: StringValue,
    pub(super) namespace: Option<StringValue>,
    pub(super) address: Option<StringValue>,
    pub(super) port: Option<u16>,
}

impl Server {
    /// A server of a product, by its `db.system.name`: `postgresql`, `sqlite`, `mysql`.
    pub fn of_system(system: impl Into<StringValue>) -> Self {
        Self { system: system.into(), namespace: None, address: None, port: None }
    }

    /// The name of the database; empty stands for none.
    pub fn namespace(mut self, namespace: impl Into<StringValue>) -> Self {
        self.namespace = told(namespace.into());
        self
    }

    /// The host, or the path of the socket; empty stands for none.
    pub fn address(mut self, address: impl Into<StringValue>) -> Self {
        self.address = told(address.into());
        self
    }

    /// The port; by convention only when it is not the product's default.
    pub fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// A port that is told unless it is `default`.
    #[cfg(any(feature = "sqlx-any", feature = "sqlx-mysql", feature = "sqlx-postgres"))]
    pub(super) fn port_unless(self, port: u16, default: u16) -> Self {
        if port == default { self } else { self.port(port) }
    }

    /// `{database}@{host}:{port}` as far as it is known, else the product.
    pub(super) fn name(&self) -> String {
        let mut name = self.namespace.as_ref().map_or("", StringValue::as_str).to_owned();
        if let Some(address) = &self.address {
            if !name.is_empty() {
                name.push('@');
            }
            name.push_str(address.as_str());
            if let Some(port) = self.port {
                name.push_str(&format!(":{port}"));
            }
        }
        if name.is_empty() { self.system.as_str().to_owned() } else { name }
    }
}

fn told(text: StringValue) -> Option<StringValue> {
    (!text.as_str().is_empty()).then_some(text)
}
