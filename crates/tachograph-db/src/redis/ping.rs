//! Is Redis there?

use redis::aio::ConnectionLike;
use tachograph_core::source::{Ping, PingFuture};

use super::tracked::Tracked;

/// `PING` on a clone of the connection, which is the same connection for all that can be cloned. Nothing of it is recorded.
impl<C> Ping for Tracked<C>
where
    C: ConnectionLike + Clone + Send + Sync + 'static,
{
    fn ping(&self) -> PingFuture {
        let mut connection = self.get_ref().clone();
        Box::pin(async move { Ok(redis::cmd("PING").exec_async(&mut connection).await?) })
    }
}
