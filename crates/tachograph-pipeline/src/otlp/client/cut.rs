//! The time that an attempt has where what fails can still be put on disk.

use std::future::Future;
use std::pin::pin;
use std::time::Instant;

use futures_util::future::{Either, select};

use crate::exporter::{Deadline, last_moment};

/// Drives a future until `end`, or until the last moment before a deadline, which may be set meanwhile.
pub(super) async fn before<F: Future>(deadline: &Deadline, end: Instant, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut change = deadline.watch();
    loop {
        let end = deadline.get().map_or(end, |deadline| end.min(last_moment(deadline)));
        let timed = pin!(tokio::time::timeout_at(end.into(), &mut future));
        match select(timed, pin!(change.changed())).await {
            Either::Left((ended, _)) => return ended.ok(),
            Either::Right((Ok(()), _)) => {}
            // Nobody can set one any more.
            Either::Right((Err(_), timed)) => return timed.await.ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};
    use std::time::Duration;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn a_deadline_that_is_set_meanwhile_cuts_it() {
        let deadline = Deadline::default();
        let start = Instant::now();
        let shutdown = async {
            tokio::task::yield_now().await;
            deadline.set(Instant::now() + Duration::from_millis(20));
            pending::<()>().await;
        };
        let cut = pin!(before(&deadline, start + LONG, pending::<()>()));
        match select(cut, pin!(shutdown)).await {
            Either::Left((result, _)) => assert_eq!(result, None),
            Either::Right(_) => unreachable!(),
        }
    }

    #[tokio::test]
    async fn what_is_ready_needs_no_time() {
        let deadline = Deadline::default();
        deadline.set(Instant::now() + LONG);
        assert_eq!(before(&deadline, Instant::now() + LONG, ready(7)).await, Some(7));
    }
}
