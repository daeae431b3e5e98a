use std::{
    fmt,
    ops::{Deref, DerefMut},
};

use sqlx::{Connection as _, Error};

use super::{
    driver::Driver,
    lease::{Lease, Leased},
    recording::Origin,
    transaction::Transaction,
};

/// A connection whose statements are recorded: what [`PoolConnection`] and [`Transaction`] dereference to, so that
/// `query(…).execute(&mut *transaction)` stays as it is.
pub struct Connection<'c, DB: Driver> {
    // Given back before the lease ends.
    held: Held<'c, DB>,
    lease: Option<Lease<DB>>,
    origin: Origin,
}

/// How the connection is held.
pub(super) enum Held<'c, DB: Driver> {
    Pooled(sqlx::pool::PoolConnection<DB>),
    Borrowed(&'c mut DB::Connection),
    InTransaction(sqlx::Transaction<'c, DB>),
}

impl<'c, DB: Driver> Connection<'c, DB> {
    /// Records the statements on a connection that belongs to no pool, or not to a recorded one, for as long as it is borrowed.
    ///
    /// `options` tell where it is connected to.
    pub fn new(connection: &'c mut DB::Connection, options: &<DB::Connection as sqlx::Connection>::Options) -> Self {
        Self { held: Held::Borrowed(connection), lease: None, origin: Origin::of(DB::server(options)) }
    }

    pub(super) fn of(held: Held<'c, DB>, lease: Option<Lease<DB>>, origin: Origin) -> Self {
        Self { held, lease, origin }
    }

    pub(super) fn origin(&self) -> &Origin {
        &self.origin
    }

    pub(super) fn into_held(self) -> (Held<'c, DB>, Option<Lease<DB>>) {
        (self.held, self.lease)
    }

    /// The connection of sqlx. Statements on it are not recorded.
    pub fn inner(&mut self) -> &mut DB::Connection {
        match &mut self.held {
            Held::Pooled(connection) => connection,
            Held::Borrowed(connection) => connection,
            Held::InTransaction(transaction) => transaction,
        }
    }

    /// Begins a transaction, recorded as `BEGIN`; inside of one, a savepoint, recorded as `SAVEPOINT`.
    ///
    /// # Errors
    ///
    /// Those of `sqlx::Connection::begin`.
    pub async fn begin(&mut self) -> Result<Transaction<'_, DB>, Error> {
        let origin = self.origin.clone();
        let connection = self.inner();
        let nested = connection.is_in_transaction();
        let recording = origin.verb(if nested { "SAVEPOINT" } else { "BEGIN" });
        let transaction = recording.inside(connection.begin()).await;
        recording.finish(&transaction);
        Ok(Transaction::of(transaction?, None, origin, nested))
    }
}

impl<DB: Driver> fmt::Debug for Connection<'_, DB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").finish_non_exhaustive()
    }
}

/// A connection of a pool whose statements are recorded. It goes back to the pool when it is dropped.
pub struct PoolConnection<DB: Driver> {
    connection: Connection<'static, DB>,
}

impl<DB: Driver> PoolConnection<DB> {
    pub(super) fn of((connection, lease): Leased<DB>, origin: Origin) -> Self {
        Self { connection: Connection::of(Held::Pooled(connection), Some(lease), origin) }
    }

    /// Closes the connection instead of giving it back.
    ///
    /// # Errors
    ///
    /// Those of `sqlx::pool::PoolConnection::close`.
    pub async fn close(self) -> Result<(), Error> {
        match self.connection.into_held() {
            (Held::Pooled(connection), _lease) => connection.close().await,
            (Held::Borrowed(_) | Held::InTransaction(_), _) => Ok(()),
        }
    }
}

impl<DB: Driver> Deref for PoolConnection<DB> {
    type Target = Connection<'static, DB>;

    fn deref(&self) -> &Self::Target {
        &self.connection
    }
}

impl<DB: Driver> DerefMut for PoolConnection<DB> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.connection
    }
}

impl<DB: Driver> fmt::Debug for PoolConnection<DB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PoolConnection").finish_non_exhaustive()
    }
}
