//! Is the database there?

use sqlx::Executor as _;
use tachograph_core::source::{Ping, PingFuture};

use super::{driver::Driver, pool::Pool};

/// `SELECT 1` on a connection of the pool, the wait for one included: a pool that is used up is a database that is not there for
/// the application. Nothing of it is recorded.
impl<DB: Driver> Ping for Pool<DB> {
    fn ping(&self) -> PingFuture {
        let pool = self.inner().clone();
        Box::pin(async move {
            let mut connection = pool.acquire().await?;
            DB::executor(&mut connection).execute("SELECT 1").await?;
            Ok(())
        })
    }
}
