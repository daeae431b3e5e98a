//! A connection that was taken from a pool, and the time that it was taken for.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Instant,
};

use sqlx::{Error, pool::PoolConnection};

use super::{driver::Driver, metrics, pool::Shared};

/// Counts a caller as waiting for a connection until it has one or gives up.
struct Waiting<'s, DB: Driver>(&'s Shared<DB>);

impl<'s, DB: Driver> Waiting<'s, DB> {
    fn for_a_connection_of(shared: &'s Shared<DB>) -> Self {
        shared.pending.fetch_add(1, Ordering::Relaxed);
        Self(shared)
    }
}

impl<DB: Driver> Drop for Waiting<'_, DB> {
    fn drop(&mut self) {
        self.0.pending.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Records for how long a connection was in use, when it is dropped.
pub(super) struct Lease<DB: Driver> {
    shared: Arc<Shared<DB>>,
    since: Instant,
}

impl<DB: Driver> Lease<DB> {
    fn begins(shared: &Arc<Shared<DB>>) -> Self {
        Self { shared: Arc::clone(shared), since: Instant::now() }
    }
}

impl<DB: Driver> Drop for Lease<DB> {
    fn drop(&mut self) {
        metrics::USE_TIME.record(self.since.elapsed().as_secs_f64(), &self.shared.attributes);
    }
}

/// A connection and its lease. The connection goes first.
pub(super) type Leased<DB> = (PoolConnection<DB>, Lease<DB>);

pub(super) async fn acquire<DB: Driver>(shared: &Arc<Shared<DB>>) -> Result<Leased<DB>, Error> {
    metrics::observe(shared);
    let since = Instant::now();
    let acquired = {
        let _waiting = Waiting::for_a_connection_of(shared);
        shared.pool.acquire().await
    };
    match &acquired {
        Ok(_) => metrics::WAIT_TIME.record(since.elapsed().as_secs_f64(), &shared.attributes),
        Err(Error::PoolTimedOut) => metrics::TIMEOUTS.add(1, &shared.attributes),
        Err(_) => {}
    }
    Ok((acquired?, Lease::begins(shared)))
}

pub(super) fn try_acquire<DB: Driver>(shared: &Arc<Shared<DB>>) -> Option<Leased<DB>> {
    metrics::observe(shared);
    let connection = shared.pool.try_acquire()?;
    Some((connection, Lease::begins(shared)))
}
