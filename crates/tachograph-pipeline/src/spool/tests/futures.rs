//! The handle: what callers hold, drop, and wait for.

use bytes::Bytes;
use futures_executor::block_on;
use futures_util::FutureExt;

use super::super::error::Refused;
use super::super::settings::WhenFull;
use super::*;
use crate::settings::Signal::{Logs, Metrics, Traces};

fn body(text: &'static str) -> Bytes {
    Bytes::from_static(text.as_bytes())
}

#[test]
fn requests_of_a_signal_come_in_the_order_in_which_they_were_appended() {
    let folder = folder();
    let (spool, _) = spool(small(folder.path()));
    block_on(async {
        for (signal, text) in [(Traces, "1"), (Logs, "2"), (Traces, "3"), (Metrics, "4"), (Traces, "5")] {
            spool.append(signal, 1, body(text)).await.unwrap();
        }
        let first = spool.next(Traces).await.unwrap();
        let second = spool.next(Traces).await.unwrap();
        assert_eq!((&first.body[..], &second.body[..]), (&b"1"[..], &b"3"[..]));
        spool.put_back(first.id);
        let again = spool.next(Traces).await.unwrap();
        assert_eq!(&again.body[..], b"1");
        // The first loan is over, and its end changes nothing any more.
        drop(first);
        assert_eq!(&spool.next(Traces).await.unwrap().body[..], b"5");
        assert!(spool.settle(again.id).await);
        assert!(!spool.settle(again.id).await);
        assert_eq!(&spool.next(Logs).await.unwrap().body[..], b"2");
        assert!(spool.next(Logs).await.is_some(), "it came back when it was dropped");
    });
    let state = spool.state();
    assert_eq!((state.of(Traces).spooled, state.of(Traces).settled), (amount(2, 2), amount(1, 1)));
    assert_law(&state);
}

#[test]
fn what_is_left_is_found_by_the_next_spool() {
    let folder = folder();
    let (first, found) = spool(SpoolSettings { fsync: Fsync::Always, ..small(folder.path()) });
    assert_eq!(found, Found::default());
    block_on(async {
        first.append(Metrics, 5, body("left")).await.unwrap();
        first.append(Metrics, 6, body("sent")).await.unwrap();
        let (left, sent) = (first.next(Metrics).await.unwrap(), first.next(Metrics).await.unwrap());
        first.settle(sent.id).await;
        // Lent at the end, and not settled.
        std::mem::forget(left);
    });
    assert!(first.close(LONG));
    let (second, found) = spool(SpoolSettings { fsync: Fsync::EverySecond, ..small(folder.path()) });
    assert_eq!(found.of(Metrics), amount(1, 5));
    let lent = block_on(second.next(Metrics)).unwrap();
    assert_eq!((&lent.body[..], lent.items), (&b"left"[..], 5));
    assert_eq!(second.state().of(Metrics).found, amount(1, 5));
    assert_law(&second.state());
}

#[test]
fn an_append_that_is_dropped_is_not_kept() {
    let folder = folder();
    let (spool, _) = spool(small(folder.path()));
    for round in 0..200 {
        let appending = spool.append(Traces, 1, body("dropped"));
        // Before it is written, while, or after.
        for _ in 0..round % 20 {
            thread::yield_now();
        }
        drop(appending);
    }
    block_on(async {
        let polled = spool.append(Traces, 1, body("dropped"));
        spool.settle(spool.append(Logs, 1, body("later")).map(|_| spool.next(Logs)).await.await.unwrap().id).await;
        // It is written by now, and was never seen to be.
        drop(polled);
        assert!(spool.next(Traces).await.is_none());
    });
    let state = spool.state();
    assert_eq!(state.of(Traces).spooled, amount(0, 0));
    assert!(state.of(Traces).withdrawn.requests >= 1);
    assert_law(&state);
}

#[test]
fn whatever_is_given_out_may_be_awaited_on_another_thread() {
    fn assert_send<T: Send + 'static>(_: &T) {}
    let folder = folder();
    let (spool, _) = spool(small(folder.path()));
    let appending = spool.append(Traces, 1, body("kept"));
    assert_send(&appending);
    block_on(appending).unwrap();
    assert_send(&spool.next(Traces));
    let lent = block_on(spool.next(Traces)).unwrap();
    assert_send(&spool.settle(lent.id));
    assert_send(&lent);
    assert_send(&spool);
}

#[test]
fn what_nobody_takes_is_not_lent() {
    let folder = folder();
    let (spool, _) = spool(small(folder.path()));
    block_on(spool.append(Traces, 1, body("kept"))).unwrap();
    for _ in 0..100 {
        drop(spool.next(Traces));
    }
    assert_eq!(&block_on(spool.next(Traces)).unwrap().body[..], b"kept");
}

#[test]
fn after_the_end_nothing_is_taken_and_nothing_is_waited_for() {
    let folder = folder();
    let (spool, _) = spool(small(folder.path()));
    let asked = spool.append(Traces, 1, body("asked before the end"));
    assert!(spool.close(LONG));
    assert!(spool.close(LONG));
    assert!(block_on(asked).is_ok());
    assert_eq!(block_on(spool.append(Traces, 2, body("late"))), Err(Refused::Closed));
    assert_eq!(spool.state().of(Traces).refused_failed, amount(1, 2));
    assert!(block_on(spool.next(Traces)).is_none());
    super::spool(small(folder.path()));
}

#[test]
fn the_thread_ends_and_unlocks_when_all_handles_are_dropped() {
    let folder = folder();
    let (first, _) = spool(small(folder.path()));
    block_on(first.append(Traces, 1, body("kept"))).unwrap();
    drop(first);
    spool(small(folder.path()));
}

/// The thread of a disk that hangs takes nothing out of its channel, which is what is made here by a spool without its thread.
#[test]
fn what_waits_for_a_disk_that_hangs_is_bounded() {
    let (jobs, _asked) = std::sync::mpsc::channel();
    let spool = Spool { jobs, shared: std::sync::Arc::default() };
    let mebibyte = Bytes::from(vec![0; 1 << 20]);
    let mut waiting = Vec::new();
    let refused = loop {
        let mut appending = spool.append(Logs, 1, mebibyte.clone());
        match (&mut appending).now_or_never() {
            Some(refused) => break refused.unwrap_err(),
            None => waiting.push(appending),
        }
        assert!(waiting.len() < 100);
    };
    assert!(matches!(refused, Refused::Busy { .. }), "{refused}");
    assert_eq!(waiting.len(), 31);
    waiting.push(spool.append(Logs, 1, body("there is room for this one")));
    assert!(waiting.last_mut().unwrap().now_or_never().is_none());
    assert_eq!(spool.state().of(Logs).refused_failed, amount(1, 1));
    let looking: Vec<_> = (0..1000).map(|_| spool.next(Logs)).collect();
    let told = looking.into_iter().filter_map(FutureExt::now_or_never).count();
    assert_eq!(told, 1000 - 256);
    assert!(!spool.close(Duration::from_millis(1)));
}

#[test]
fn what_was_written_waits_no_longer() {
    let folder = folder();
    let (spool, _) =
        spool(SpoolSettings { max_bytes: 8 << 20, when_full: WhenFull::DropOldest, ..small(folder.path()) });
    let mebibyte = Bytes::from(vec![0; 1 << 20]);
    for _ in 0..40 {
        block_on(spool.append(Logs, 1, mebibyte.clone())).unwrap();
    }
    for _ in 0..300 {
        assert!(block_on(spool.next(Logs)).is_some());
    }
}

#[test]
fn what_is_lent_and_evicted_at_the_end_is_counted() {
    let folder = folder();
    let (spool, _) = spool(SpoolSettings { max_bytes: 200, when_full: WhenFull::DropOldest, ..small(folder.path()) });
    block_on(async {
        spool.append(Logs, 4, body("lent")).await.unwrap();
        let _lent = spool.next(Logs).await.unwrap();
        spool.append(Logs, 5, Bytes::from(vec![0; 120])).await.unwrap();
        assert_eq!(spool.state().of(Logs).spooled, amount(2, 9));
        assert!(spool.close(LONG));
    });
    let state = spool.state();
    assert_eq!((state.of(Logs).spooled, state.of(Logs).evicted), (amount(1, 5), amount(1, 4)));
    assert_law(&state);
}

#[test]
fn a_request_that_is_refused_is_counted_once() {
    let folder = folder();
    let (spool, _) = spool(SpoolSettings { max_bytes: 200, ..small(folder.path()) });
    block_on(async {
        assert!(spool.append(Logs, 4, body("taken")).await.is_ok());
        assert!(spool.append(Logs, 5, Bytes::from(vec![0; 120])).await.is_err());
        assert!(spool.append(Logs, 6, Bytes::from(vec![0; 500])).await.is_err());
    });
    let state = spool.state();
    let signal = state.of(Logs);
    assert_eq!(signal.refused_full, amount(1, 5));
    assert_eq!(signal.refused_large, amount(1, 6));
    assert_eq!(signal.refused_failed, amount(0, 0));
    assert_eq!(signal.spooled, amount(1, 4));
}
