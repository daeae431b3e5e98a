//! What is on disk goes to the receiver: one request at a time, the oldest first, no faster than is allowed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{LONGEST_WAIT, Spooling};
use crate::accounting::{FailureReason, Failures};
use crate::exporter::Delivery;
use crate::otlp::answer::{Again, Refusal, Taken};
use crate::otlp::backoff::Backoff;
use crate::otlp::client::Client;
use crate::spool::Spooled;

/// How often one looks whether there is something, when nobody says that there is.
const LOOK: Duration = Duration::from_secs(1);

/// Runs until a shutdown begins. What is on its way then is sent again by the next process, unless its answer comes in time.
pub(in crate::otlp) async fn resend(client: Arc<Client>) {
    let Some(spooling) = client.spooling() else { return };
    let mut backoff = Backoff::default();
    while client.deadline().get().is_none() {
        let next = spooling.spool.next(spooling.signal).await;
        spooling.book_losses();
        let Some(request) = next else {
            let _ = tokio::time::timeout(LOOK, spooling.arrived.notified()).await;
            continue;
        };
        tokio::time::sleep(spooling.alone_for()).await;
        let start = Instant::now();
        let pace = pace(request.body.len(), spooling.bytes_per_second);
        match send(&client, spooling, request).await {
            None => {
                backoff = Backoff::default();
                tokio::time::sleep(pace.saturating_sub(start.elapsed())).await;
            }
            Some(again) => {
                let delay = backoff.next(again, Duration::MAX, false).unwrap_or(LONGEST_WAIT);
                tokio::time::sleep(delay.min(LONGEST_WAIT)).await;
            }
        }
    }
}

/// How long a request of this length takes at least.
fn pace(length: usize, bytes_per_second: u64) -> Duration {
    Duration::from_secs_f64(length as f64 / bytes_per_second as f64)
}

/// Sends a request once. If it is to be sent again, it has been put back.
async fn send(client: &Client, spooling: &Spooling, request: Spooled) -> Option<Again> {
    let delivery = match client.attempt_once(&request.body).await {
        Ok(Taken { rejected }) => {
            spooling.came_back();
            delivered(request.items, rejected.min(request.items))
        }
        Err(Refusal { why, again: again @ Again::After(_) }) => {
            spooling.went_away(again, &why);
            return Some(again);
        }
        Err(Refusal { why, again: Again::Never }) => {
            // It answers, so it is there.
            spooling.came_back();
            refused(request.items, why)
        }
    };
    // Booked only by the one who took it out of the spool.
    if spooling.spool.settle(request.id).await {
        spooling.account().resent(&delivery);
    }
    None
}

fn delivered(items: u64, rejected: u64) -> Delivery {
    Delivery {
        exported: items - rejected,
        failed: Failures { rejected, ..Failures::default() },
        error: (rejected > 0).then(|| format!("the receiver rejected {rejected} of {items} items")),
        ..Delivery::default()
    }
}

fn refused(items: u64, why: String) -> Delivery {
    let mut failed = Failures::default();
    failed.add(items, FailureReason::Error);
    Delivery { failed, error: Some(why), ..Delivery::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_takes_as_long_as_the_rate_says() {
        assert_eq!(pace(1 << 20, 1 << 22), Duration::from_millis(250));
    }

    #[test]
    fn each_item_has_one_fate() {
        assert_eq!(delivered(10, 3).settled(), 10);
        assert_eq!(refused(10, "refused".to_owned()).settled(), 10);
    }
}
