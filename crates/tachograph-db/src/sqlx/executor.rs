//! `sqlx::Executor` for a pool and for a connection: both run statements on a [`Source`] of connections.

mod source;

use futures_core::{future::BoxFuture, stream::BoxStream};
use sqlx::{Database, Describe, Either, Error, Execute, Executor, SqlStr};

use self::source::Source;
use super::{connection::Connection, driver::Driver, pool::Pool, query::Query};

type Item<DB> = Either<<DB as Database>::QueryResult, <DB as Database>::Row>;

macro_rules! executor {
    () => {
        type Database = DB;

        fn execute<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<DB::QueryResult, Error>>
        where
            'c: 'e,
            E: 'q + Execute<'q, DB>,
        {
            Box::pin(Source::from(self).execute(Query::of(query)))
        }

        fn execute_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Result<DB::QueryResult, Error>>
        where
            'c: 'e,
            E: 'q + Execute<'q, DB>,
        {
            Box::pin(Source::from(self).execute_many(Query::of(query)))
        }

        fn fetch<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Result<DB::Row, Error>>
        where
            'c: 'e,
            E: 'q + Execute<'q, DB>,
        {
            Box::pin(Source::from(self).fetch(Query::of(query)))
        }

        fn fetch_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Result<Item<DB>, Error>>
        where
            'c: 'e,
            E: 'q + Execute<'q, DB>,
        {
            Box::pin(Source::from(self).fetch_many(Query::of(query)))
        }

        fn fetch_all<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Vec<DB::Row>, Error>>
        where
            'c: 'e,
            E: 'q + Execute<'q, DB>,
        {
            Box::pin(Source::from(self).fetch_all(Query::of(query)))
        }

        fn fetch_one<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<DB::Row, Error>>
        where
            'c: 'e,
            E: 'q + Execute<'q, DB>,
        {
            let row = Source::from(self).fetch_optional(Query::of(query));
            Box::pin(async { row.await?.ok_or(Error::RowNotFound) })
        }

        fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Option<DB::Row>, Error>>
        where
            'c: 'e,
            E: 'q + Execute<'q, DB>,
        {
            Box::pin(Source::from(self).fetch_optional(Query::of(query)))
        }

        fn prepare_with<'e>(
            self,
            sql: SqlStr,
            parameters: &'e [DB::TypeInfo],
        ) -> BoxFuture<'e, Result<DB::Statement, Error>>
        where
            'c: 'e,
        {
            Box::pin(Source::from(self).prepare_with(sql, parameters))
        }

        fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, Result<Describe<DB>, Error>>
        where
            'c: 'e,
        {
            Box::pin(Source::from(self).describe(sql))
        }
    };
}

impl<'c, DB: Driver> Executor<'c> for &'_ Pool<DB> {
    executor!();
}

impl<'c, DB: Driver> Executor<'c> for &'c mut Connection<'_, DB> {
    executor!();
}
