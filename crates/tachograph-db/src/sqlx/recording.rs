//! One statement on its way: the call that records it, and what is told at its end.

use std::task::Poll;

use futures_core::Stream;
use futures_util::future::poll_fn;
use opentelemetry::Context;
use sqlx::{Either, Error};
use tachograph_core::{CallError, CallGuard, DbQuery, Outcome, Telemetry};

use super::{
    driver::{Driver, Server},
    error,
};
use crate::sql::{Dialect, Statement};

/// Where statements go, as far as their records are concerned.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    server: Server,
    dialect: Dialect,
}

impl Origin {
    pub(super) fn of(server: Server) -> Self {
        let dialect = Dialect::of_system(server.system.as_str());
        Self { server, dialect }
    }

    pub(super) fn server(&self) -> &Server {
        &self.server
    }

    /// Begins the record of a statement. Costs nothing where no telemetry is in force.
    pub(super) fn statement(&self, sql: &str) -> Recording {
        if !Telemetry::is_in_force() {
            return Recording::none();
        }
        let statement = Statement::cached(sql, self.dialect);
        let guard = self.locate(statement.operation_on(self.server.system.clone())).start();
        Recording { call: Some(guard), rows: None, affected: statement.changes_rows().then_some(0) }
    }

    /// Begins the record of what is told by its verb alone.
    pub(super) fn verb(&self, verb: &'static str) -> Recording {
        if !Telemetry::is_in_force() {
            return Recording::none();
        }
        let query = DbQuery::new(verb, "").system(self.server.system.clone()).summary(verb);
        Recording { call: Some(self.locate(query).start()), rows: None, affected: None }
    }

    fn locate(&self, mut query: DbQuery) -> DbQuery {
        if let Some(namespace) = &self.server.namespace {
            query = query.namespace(namespace.clone());
        }
        if let Some(address) = &self.server.address {
            query = query.server_address(address.clone());
        }
        if let Some(port) = self.server.port {
            query = query.server_port(port);
        }
        query
    }
}

/// A running statement. Dropped before it ended it is recorded as cancelled, or as a panic.
pub(super) struct Recording {
    call: Option<CallGuard<DbQuery>>,
    rows: Option<u64>,
    /// Counted where it means something.
    affected: Option<u64>,
}

impl Recording {
    fn none() -> Self {
        Self { call: None, rows: None, affected: None }
    }

    /// The statement may return rows: that it returned none is worth telling.
    pub(super) fn with_rows(mut self) -> Self {
        self.rows = Some(0);
        self
    }

    pub(super) fn returned(&mut self, rows: usize) {
        *self.rows.get_or_insert(0) += rows as u64;
    }

    pub(super) fn affected<DB: Driver>(&mut self, result: &DB::QueryResult) {
        if let Some(affected) = &mut self.affected {
            *affected += DB::affected_rows(result);
        }
    }

    pub(super) fn item<DB: Driver>(&mut self, item: &Either<DB::QueryResult, DB::Row>) {
        match item {
            Either::Left(result) => self.affected::<DB>(result),
            Either::Right(_) => self.returned(1),
        }
    }

    /// Runs a future inside of the call, so that what it starts has the call's span as its parent.
    pub(super) async fn inside<F: Future>(&self, future: F) -> F::Output {
        let Some(context) = self.context() else { return future.await };
        let mut future = std::pin::pin!(future);
        poll_fn(|task| {
            let _inside = context.clone().attach();
            future.as_mut().poll(task)
        })
        .await
    }

    /// The next item of a stream that runs inside of the call.
    pub(super) async fn next<S: Stream + Unpin>(&self, stream: &mut S) -> Option<S::Item> {
        let context = self.context();
        poll_fn(|task| -> Poll<_> {
            let _inside = context.clone().map(Context::attach);
            std::pin::Pin::new(&mut *stream).poll_next(task)
        })
        .await
    }

    fn context(&self) -> Option<Context> {
        self.call.as_ref().filter(|call| call.is_tracked()).map(|call| call.context())
    }

    pub(super) fn succeed(mut self) {
        self.end(Outcome::Success);
    }

    pub(super) fn fail(&mut self, error: &Error) {
        if let Some(call) = &self.call
            && let Some(code) = error::code(error)
        {
            call.status_code(code);
        }
        self.end(Outcome::Error(CallError::new(error::class(error))));
    }

    pub(super) fn finish<T>(mut self, result: &Result<T, Error>) {
        match result {
            Ok(_) => self.succeed(),
            Err(error) => self.fail(error),
        }
    }

    /// Adds an event to the span.
    pub(super) fn event(&self, name: &'static str) {
        if let Some(call) = &self.call {
            call.event(name, Vec::new());
        }
    }

    fn end(&mut self, outcome: Outcome) {
        if let Some(call) = self.tell(outcome.is_success()) {
            call.finish(outcome);
        }
    }

    /// Tells what was counted, and gives the guard away. That there was nothing means something after a success alone.
    fn tell(&mut self, success: bool) -> Option<CallGuard<DbQuery>> {
        let call = self.call.take()?;
        let counted = |count: Option<u64>| count.filter(|count| success || *count > 0);
        if let Some(rows) = counted(self.rows) {
            call.returned_rows(rows);
        }
        if let Some(rows) = counted(self.affected) {
            call.affected_rows(rows);
        }
        Some(call)
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        // The guard knows by itself that it was dropped, and whether by a panic.
        drop(self.tell(false));
    }
}
