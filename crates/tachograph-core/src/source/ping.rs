//! Is what the application depends on there?

use std::{error::Error, future::Future, pin::Pin, sync::Arc};

/// Why a dependency is not there.
pub type PingError = Box<dyn Error + Send + Sync>;

/// The answer of a [`Ping`], to come.
pub type PingFuture = Pin<Box<dyn Future<Output = Result<(), PingError>> + Send>>;

/// Asks a dependency for the smallest sign of life: a database for `SELECT 1`, Redis for `PING`.
///
/// Health checks are made of it. What is asked leaves no span and no metric behind: it is not the application's work.
pub trait Ping: Send + Sync {
    /// Asks once. There is no limit of time in it; whoever asks sets one and drops the future.
    fn ping(&self) -> PingFuture;
}

impl<P: Ping + ?Sized> Ping for Arc<P> {
    fn ping(&self) -> PingFuture {
        (**self).ping()
    }
}
