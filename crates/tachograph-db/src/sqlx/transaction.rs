use std::{
    fmt,
    ops::{Deref, DerefMut},
};

use sqlx::{Error, SqlStr};

use super::{
    connection::{Connection, Held},
    driver::Driver,
    lease::{Lease, Leased},
    recording::{Origin, Recording},
};

/// A transaction whose statements are recorded, and its end: `COMMIT` or `ROLLBACK`; of a savepoint `RELEASE` or `ROLLBACK`.
///
/// Dropped before its end it is rolled back, recorded as `ROLLBACK` with an event that says so. sqlx only notes the rollback then,
/// and sends it when the connection is used next or goes back to the pool, so that its record has no duration.
pub struct Transaction<'c, DB: Driver> {
    // The record of the rollback goes before the rollback.
    ending: Ending,
    connection: Connection<'c, DB>,
}

/// What is recorded when a transaction ends.
struct Ending {
    origin: Origin,
    nested: bool,
    open: bool,
}

impl Drop for Ending {
    fn drop(&mut self) {
        if self.open {
            let recording = self.origin.verb("ROLLBACK");
            recording.event("transaction dropped");
            recording.succeed();
        }
    }
}

impl<'c, DB: Driver> Transaction<'c, DB> {
    pub(super) fn of(
        transaction: sqlx::Transaction<'c, DB>,
        lease: Option<Lease<DB>>,
        origin: Origin,
        nested: bool,
    ) -> Self {
        let ending = Ending { origin: origin.clone(), nested, open: true };
        Self { ending, connection: Connection::of(Held::InTransaction(transaction), lease, origin) }
    }

    /// Commits the transaction; of a savepoint, releases it.
    ///
    /// # Errors
    ///
    /// Those of `sqlx::Transaction::commit`. The transaction is rolled back then, without a record of that.
    pub async fn commit(self) -> Result<(), Error> {
        let verb = if self.ending.nested { "RELEASE" } else { "COMMIT" };
        let (recording, held, _lease) = self.into_parts(verb);
        let Held::InTransaction(transaction) = held else { return Ok(()) };
        let ended = recording.inside(transaction.commit()).await;
        recording.finish(&ended);
        ended
    }

    /// Undoes what was done in the transaction, or since the savepoint.
    ///
    /// # Errors
    ///
    /// Those of `sqlx::Transaction::rollback`.
    pub async fn rollback(self) -> Result<(), Error> {
        let (recording, held, _lease) = self.into_parts("ROLLBACK");
        let Held::InTransaction(transaction) = held else { return Ok(()) };
        let ended = recording.inside(transaction.rollback()).await;
        recording.finish(&ended);
        ended
    }

    /// From here on what is recorded of the end is `verb`.
    fn into_parts(self, verb: &'static str) -> (Recording, Held<'c, DB>, Option<Lease<DB>>) {
        let Self { mut ending, connection } = self;
        ending.open = false;
        let (held, lease) = connection.into_held();
        (ending.origin.verb(verb), held, lease)
    }
}

impl<DB: Driver> Transaction<'static, DB> {
    pub(super) async fn begin_on(
        (connection, lease): Leased<DB>,
        origin: Origin,
        statement: Option<SqlStr>,
    ) -> Result<Self, Error> {
        // `sqlx::Pool::begin` does the same, but does not tell its wait from its work.
        let transaction = sqlx::Transaction::begin(connection, statement).await?;
        Ok(Self::of(transaction, Some(lease), origin, false))
    }
}

impl<'c, DB: Driver> Deref for Transaction<'c, DB> {
    type Target = Connection<'c, DB>;

    fn deref(&self) -> &Self::Target {
        &self.connection
    }
}

impl<DB: Driver> DerefMut for Transaction<'_, DB> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.connection
    }
}

impl<DB: Driver> fmt::Debug for Transaction<'_, DB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transaction").finish_non_exhaustive()
    }
}
