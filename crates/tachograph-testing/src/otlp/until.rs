//! Waiting for what the server is to see.

use std::{
    fmt,
    future::{Future, IntoFuture},
    panic::Location,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
    time::Duration,
};

use tokio::{
    runtime::Handle,
    sync::{oneshot, watch},
    time,
};

use super::counts::Counts;

/// Only a test that fails waits so long.
const PATIENCE: Duration = Duration::from_secs(60);

/// A condition that will hold. It is awaited, in any runtime, or [waited for](Self::wait) on a thread; either gives the counts that
/// satisfied it.
///
/// It waits for 60 s at most, or what [`within`](Self::within) says, and then panics with what was counted so far.
#[must_use = "nothing waits until it is awaited, or `wait` is called"]
pub struct Until {
    runtime: Handle,
    counts: watch::Receiver<Counts>,
    condition: Box<dyn FnMut(&Counts) -> bool + Send>,
    what: String,
    within: Duration,
    asked: &'static Location<'static>,
}

impl Until {
    #[track_caller]
    pub(super) fn new(
        runtime: Handle,
        counts: watch::Receiver<Counts>,
        what: String,
        condition: impl FnMut(&Counts) -> bool + Send + 'static,
    ) -> Self {
        let asked = Location::caller();
        Self { runtime, counts, condition: Box::new(condition), what, within: PATIENCE, asked }
    }

    /// Waits so long at most. The default is 60 s.
    pub fn within(mut self, time: Duration) -> Self {
        self.within = time;
        self
    }

    /// Blocks the thread until the condition holds.
    ///
    /// # Panics
    ///
    /// When it does not hold in time.
    pub fn wait(self) -> Counts {
        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        let mut future = pin!(self.into_future());
        loop {
            match future.as_mut().poll(&mut Context::from_waker(&waker)) {
                Poll::Ready(counts) => return counts,
                Poll::Pending => thread::park(),
            }
        }
    }
}

impl IntoFuture for Until {
    type Output = Counts;
    type IntoFuture = Pin<Box<dyn Future<Output = Counts> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { runtime, mut counts, condition, what, within, asked } = self;
        let (sender, answer) = oneshot::channel();
        // On the server's runtime: the caller's may have no clock, and may be none of tokio's.
        runtime.spawn(async move {
            let holds = matches!(time::timeout(within, counts.wait_for(condition)).await, Ok(Ok(_)));
            let _ = sender.send((holds, counts.borrow().clone()));
        });
        Box::pin(async move {
            match answer.await {
                Ok((true, counts)) => counts,
                Ok((false, counts)) => panic!("{asked}: waited {within:?} for {what}; so far: {counts:#?}"),
                Err(_) => panic!("{asked}: the server ended while somebody waited for {what}"),
            }
        })
    }
}

impl fmt::Debug for Until {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Until").field("what", &self.what).field("within", &self.within).finish_non_exhaustive()
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}
