use std::{future::ready, sync::Arc};

use async_stream::stream;
use futures_core::Stream;
use futures_util::StreamExt as _;
use sqlx::{Describe, Either, Error, Executor, SqlStr};

use super::{
    super::{
        connection::Connection,
        driver::Driver,
        lease::{self, Leased},
        pool::{Pool, Shared},
        query::Query,
        recording::Origin,
    },
    Item,
};

/// Where the connection for a statement comes from.
pub(super) enum Source<'e, DB: Driver> {
    Pool(Arc<Shared<DB>>),
    Connection { connection: &'e mut DB::Connection, origin: Origin },
}

impl<DB: Driver> From<&Pool<DB>> for Source<'_, DB> {
    fn from(pool: &Pool<DB>) -> Self {
        Self::Pool(Arc::clone(pool.shared()))
    }
}

impl<'e, DB: Driver> From<&'e mut Connection<'_, DB>> for Source<'e, DB> {
    fn from(connection: &'e mut Connection<'_, DB>) -> Self {
        let origin = connection.origin().clone();
        Self::Connection { connection: connection.inner(), origin }
    }
}

/// A connection for the time of a statement.
enum Lent<'s, DB: Driver> {
    Leased(Leased<DB>),
    Borrowed(&'s mut DB::Connection),
}

impl<DB: Driver> Lent<'_, DB> {
    fn executor(&mut self) -> impl Executor<'_, Database = DB> {
        DB::executor(match self {
            Self::Leased((connection, _)) => connection,
            Self::Borrowed(connection) => connection,
        })
    }
}

impl<'e, DB: Driver> Source<'e, DB> {
    fn origin(&self) -> &Origin {
        match self {
            Self::Pool(shared) => &shared.origin,
            Self::Connection { origin, .. } => origin,
        }
    }

    async fn lend(&mut self) -> Result<Lent<'_, DB>, Error> {
        match self {
            Self::Pool(shared) => lease::acquire(shared).await.map(Lent::Leased),
            Self::Connection { connection, .. } => Ok(Lent::Borrowed(&mut **connection)),
        }
    }

    pub(super) async fn execute(mut self, query: Query<DB>) -> Result<DB::QueryResult, Error> {
        let mut recording = self.origin().statement(query.text());
        let result = recording.inside(async { self.lend().await?.executor().execute(query).await }).await;
        if let Ok(result) = &result {
            recording.affected::<DB>(result);
        }
        recording.finish(&result);
        result
    }

    pub(super) async fn fetch_all(mut self, query: Query<DB>) -> Result<Vec<DB::Row>, Error> {
        let mut recording = self.origin().statement(query.text()).with_rows();
        let mut rows = Vec::new();
        let mut results = Vec::new();
        let work = async {
            let mut connection = self.lend().await?;
            let mut items = connection.executor().fetch_many(query);
            while let Some(item) = items.next().await {
                match item? {
                    Either::Left(result) => results.push(result),
                    Either::Right(row) => rows.push(row),
                }
            }
            Ok(())
        };
        let result = recording.inside(work).await;
        recording.returned(rows.len());
        results.iter().for_each(|result| recording.affected::<DB>(result));
        recording.finish(&result);
        result.map(|()| rows)
    }

    pub(super) async fn fetch_optional(mut self, query: Query<DB>) -> Result<Option<DB::Row>, Error> {
        let mut recording = self.origin().statement(query.text()).with_rows();
        let row = recording.inside(async { self.lend().await?.executor().fetch_optional(query).await }).await;
        if let Ok(Some(_)) = &row {
            recording.returned(1);
        }
        recording.finish(&row);
        row
    }

    pub(super) fn fetch_many(mut self, query: Query<DB>) -> impl Stream<Item = Result<Item<DB>, Error>> + Send + 'e {
        stream! {
            let mut recording = self.origin().statement(query.text()).with_rows();
            let mut connection = match recording.inside(self.lend()).await {
                Ok(connection) => connection,
                Err(error) => {
                    recording.fail(&error);
                    yield Err(error);
                    return;
                }
            };
            {
                let mut items = connection.executor().fetch_many(query);
                while let Some(item) = recording.next(&mut items).await {
                    match &item {
                        Ok(item) => recording.item::<DB>(item),
                        Err(error) => recording.fail(error),
                    }
                    yield item;
                }
            }
            drop(connection);
            recording.succeed();
        }
    }

    pub(super) fn fetch(self, query: Query<DB>) -> impl Stream<Item = Result<DB::Row, Error>> + Send + 'e {
        self.fetch_many(query).filter_map(|item| {
            ready(match item {
                Ok(Either::Left(_)) => None,
                Ok(Either::Right(row)) => Some(Ok(row)),
                Err(error) => Some(Err(error)),
            })
        })
    }

    pub(super) fn execute_many(
        self,
        query: Query<DB>,
    ) -> impl Stream<Item = Result<DB::QueryResult, Error>> + Send + 'e {
        self.fetch_many(query).filter_map(|item| {
            ready(match item {
                Ok(Either::Left(result)) => Some(Ok(result)),
                Ok(Either::Right(_)) => None,
                Err(error) => Some(Err(error)),
            })
        })
    }

    /// Preparing is a statement of its own: it has a round trip and an error, and neither rows nor a table.
    pub(super) async fn prepare_with(
        mut self,
        sql: SqlStr,
        parameters: &[DB::TypeInfo],
    ) -> Result<DB::Statement, Error> {
        let recording = self.origin().verb("PREPARE");
        let statement =
            recording.inside(async { self.lend().await?.executor().prepare_with(sql, parameters).await }).await;
        recording.finish(&statement);
        statement
    }

    /// Used by sqlx's macros when an application is compiled: not recorded.
    pub(super) async fn describe(mut self, sql: SqlStr) -> Result<Describe<DB>, Error> {
        self.lend().await?.executor().describe(sql).await
    }
}
