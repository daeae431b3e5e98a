//! Requests on their way: sent, sent again, and accounted for.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::answer::{Refusal, Taken};
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
}

impl Client {
    pub(super) fn new(transport: Transport, timeout: Duration, deadline: Arc<Deadline>) -> Self {
        Self { transport, timeout, deadline }
    }

    /// Sends one request after the other, and tells of each item what became of it.
    pub(super) async fn deliver(&self, encoding: Encoding, progress: Progress) {
        let Encoding { requests, too_large, truncated } = encoding;
        progress.truncated(truncated);
        if too_large > 0 {
            let error = format!("{too_large} items are larger than a request may be");
            progress.failed(too_large, FailureReason::TooLarge, error);
        }
        let end = Instant::now() + self.timeout;
        for request in requests {
            self.deliver_one(request, end, &progress).await;
        }
    }

    async fn deliver_one(&self, Encoded { body, items }: Encoded, end: Instant, progress: &Progress) {
        match self.send(&body, end).await {
            Ok(Taken { rejected: 0 }) => progress.exported(items),
            Ok(Taken { rejected }) => {
                let rejected = rejected.min(items);
                progress.exported(items - rejected);
                let error = format!("the receiver rejected {rejected} of {items} items");
                progress.failed(rejected, FailureReason::Rejected, error);
            }
            Err(Failure { reason, why }) => progress.failed(items, reason, why),
        }
    }

    /// Sends a request until it is taken, refused for good, or out of time.
    async fn send(&self, body: &Bytes, end: Instant) -> Result<Taken, Failure> {
        let message = self.transport.prepare(body).map_err(Failure::from)?;
        let (mut backoff, mut before) = (Backoff::default(), None);
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let refusal = match tokio::time::timeout(left, self.transport.send(message.clone())).await {
                Ok(Ok(taken)) => return Ok(taken),
                Ok(Err(refusal)) => refusal,
                Err(_) => return Err(Failure::out_of_time(before, self.timeout)),
            };
            let left = end.saturating_duration_since(Instant::now());
            match backoff.next(refusal.again, left, self.deadline.get().is_some()) {
                Some(delay) => tokio::time::sleep(delay).await,
                None => return Err(refusal.into()),
            }
            before = Some(refusal);
        }
    }
}

/// Why a request was not delivered.
struct Failure {
    reason: FailureReason,
    why: String,
}

impl Failure {
    /// What the attempts before said tells more than that the last one was cut off.
    fn out_of_time(before: Option<Refusal>, timeout: Duration) -> Self {
        let no_answer = no_answer(timeout);
        match before {
            Some(Refusal { why, .. }) => {
                Self { reason: FailureReason::Error, why: format!("{why}; at last {no_answer}") }
            }
            None => Self { reason: FailureReason::TimedOut, why: no_answer },
        }
    }
}

impl From<Refusal> for Failure {
    fn from(Refusal { why, .. }: Refusal) -> Self {
        Self { reason: FailureReason::Error, why }
    }
}
