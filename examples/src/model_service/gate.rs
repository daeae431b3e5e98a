//! Holding an answer back until a test lets it go.

use std::sync::Arc;

use tokio::sync::Semaphore;

/// What an answer waits for: once before its head, and once before every event or, where it is not streamed, before its body.
///
/// So a test decides what a client has seen when it goes away, and nothing depends on how long anything takes.
#[derive(Clone, Debug)]
pub struct Gate(Arc<Semaphore>);

impl Gate {
    /// A gate that holds nothing back.
    #[must_use]
    pub fn open() -> Self {
        let gate = Self::closed();
        gate.open_for_good();
        gate
    }

    /// A gate that lets nothing pass until it is told.
    #[must_use]
    pub fn closed() -> Self {
        Self(Arc::new(Semaphore::new(0)))
    }

    /// Lets so many pass, now or when they come.
    pub fn let_pass(&self, count: usize) {
        self.0.add_permits(count);
    }

    /// Lets everything pass from now on.
    pub fn open_for_good(&self) {
        self.0.close();
    }

    pub(super) async fn pass(&self) {
        if let Ok(permit) = self.0.acquire().await {
            permit.forget();
        }
    }
}
