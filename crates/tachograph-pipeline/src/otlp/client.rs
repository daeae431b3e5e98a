//! Requests on their way: sent, sent again, put on disk, and accounted for.

mod cut;

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::Spooling;
use super::answer::{Again, Refusal, Taken};
use super::backoff::Backoff;
use super::encode::{Encoded, Encoding};
use super::transport::Transport;
use crate::accounting::FailureReason;
use crate::exporter::{Deadline, Progress, no_answer};

/// Sends requests of one signal to one receiver.
#[derive(Debug)]
pub(crate) struct Client {
    transport: Transport,
    /// For the requests of an export together, from the first attempt to the end of the last.
    timeout: Duration,
    deadline: Arc<Deadline>,
    spooling: Option<Spooling>,
}

impl Client {
    pub(super) fn new(
        transport: Transport,
        timeout: Duration,
        deadline: Arc<Deadline>,
        spooling: Option<Spooling>,
    ) -> Self {
        Self { transport, timeout, deadline, spooling }
    }

    pub(super) fn spooling(&self) -> Option<&Spooling> {
        self.spooling.as_ref()
    }

    /// Sends one request after the other, and tells of each item what became of it.
    pub(super) async fn deliver(&self, encoding: Encoding, progress: Progress) {
        let end = Instant::now() + self.timeout;
        for request in leave_out_the_large(encoding, &progress) {
            self.send(&request, end, &progress).await;
        }
    }

    /// Puts requests on disk without an attempt, because nobody has time for one, and sends what is not taken there.
    pub(super) async fn spill(&self, encoding: Encoding, progress: Progress) {
        const WHY: &str = "exports do not keep up, or have no time left";
        let end = Instant::now() + self.timeout;
        for request in leave_out_the_large(encoding, &progress) {
            if self.keep(&request, WHY, &progress).await.is_err() {
                self.send(&request, end, &progress).await;
            }
        }
    }

    /// Sends a request until it is taken, refused for good, on disk, or out of time.
    async fn send(&self, request: &Encoded, end: Instant, progress: &Progress) {
        let Encoded { body, items } = request;
        if let Some(spooling) = self.spooling().filter(|spooling| spooling.is_away())
            && spooling.keep(body, *items, &spooling.why(), progress).await.is_ok()
        {
            return;
        }
        let fail = |reason, why| progress.failed(*items, reason, why);
        let message = match self.transport.prepare(body) {
            Ok(message) => message,
            Err(Refusal { why, .. }) => return fail(FailureReason::Error, why),
        };
        let (mut backoff, mut before) = (Backoff::default(), None);
        loop {
            let (mut why, reason, again) = match self.attempt(&message, end).await {
                Some(Ok(taken)) => return self.taken(taken, *items, progress),
                Some(Err(Refusal { why, again })) => (why, FailureReason::Error, again),
                None => {
                    let (why, reason) = out_of_time(before.take(), self.timeout);
                    (why, reason, Again::After(None))
                }
            };
            if again != Again::Never
                && let Some(spooling) = self.spooling()
            {
                spooling.went_away(again, &why);
                match spooling.keep(body, *items, &why, progress).await {
                    Ok(()) => return,
                    Err(error) => why = error,
                }
            }
            let left = end.saturating_duration_since(Instant::now());
            match backoff.next(again, left, self.deadline.get().is_some()) {
                Some(delay) => tokio::time::sleep(delay).await,
                None => return fail(reason, why),
            }
            before = Some(why);
        }
    }

    fn taken(&self, Taken { rejected }: Taken, items: u64, progress: &Progress) {
        if let Some(spooling) = self.spooling() {
            spooling.came_back();
        }
        let rejected = rejected.min(items);
        progress.exported(items - rejected);
        if rejected > 0 {
            let error = format!("the receiver rejected {rejected} of {items} items");
            progress.failed(rejected, FailureReason::Rejected, error);
        }
    }

    /// One attempt, cut short where a shutdown leaves no more time than it takes to put the request on disk. `None`: no time was left.
    async fn attempt(&self, message: &Bytes, end: Instant) -> Option<Result<Taken, Refusal>> {
        let sending = self.transport.send(message.clone());
        match &self.spooling {
            None => tokio::time::timeout_at(end.into(), sending).await.ok(),
            Some(_) => cut::before(&self.deadline, end, sending).await,
        }
    }

    async fn keep(&self, Encoded { body, items }: &Encoded, why: &str, progress: &Progress) -> Result<(), String> {
        match self.spooling() {
            Some(spooling) => spooling.keep(body, *items, why, progress).await,
            None => Err(why.to_owned()),
        }
    }
}

#[cfg(all(feature = "_otlp", feature = "spool"))]
impl Client {
    pub(super) fn deadline(&self) -> &Deadline {
        &self.deadline
    }

    /// Sends a request once.
    pub(super) async fn attempt_once(&self, body: &Bytes) -> Result<Taken, Refusal> {
        let message = self.transport.prepare(body)?;
        let sending = tokio::time::timeout(self.timeout, self.transport.send(message));
        sending.await.unwrap_or_else(|_| Err(Refusal::later(no_answer(self.timeout))))
    }
}

/// What to say of an attempt that was cut off: what failed before says more.
fn out_of_time(before: Option<String>, timeout: Duration) -> (String, FailureReason) {
    match before {
        Some(why) => (format!("{why}; at last {}", no_answer(timeout)), FailureReason::Error),
        None => (no_answer(timeout), FailureReason::TimedOut),
    }
}

/// The requests of a batch; of the rest is told.
fn leave_out_the_large(encoding: Encoding, progress: &Progress) -> Vec<Encoded> {
    let Encoding { requests, too_large, truncated } = encoding;
    progress.truncated(truncated);
    if too_large > 0 {
        let error = format!("{too_large} items are larger than a request may be");
        progress.failed(too_large, FailureReason::TooLarge, error);
    }
    requests
}
