//! Whatever becomes of exports, each item is counted once. In one file, because all of it stands on the receiver at its top.

use std::future;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use opentelemetry_sdk::error::OTelSdkError;

use super::Item;
use crate::accounting::{Accounting, Books, FailureReason, Ledger};
use crate::exporter::{BoxFuture, Guard, Progress};
use crate::queue::{Limits, Pace, Queue, Rank, Sink, WhenFull};
use crate::settings::Signal;

/// Far more than anything here needs.
const LONG: Duration = Duration::from_secs(30);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Takes,
    Slow,
    Fails,
    Panics,
    Hangs,
    Blocks,
    /// All of these, in turns.
    Everything,
}

/// An exporter of a kind, and an observer, that keep the ids that they were given.
#[derive(Clone)]
struct Receiver {
    kind: Kind,
    calls: Arc<AtomicU64>,
    taken: Arc<Mutex<Vec<u64>>>,
    seen: Arc<Mutex<Vec<u64>>>,
    under_way: Arc<AtomicU64>,
    most_under_way: Arc<AtomicU64>,
    let_go: Arc<AtomicBool>,
    is_watched: bool,
}

impl Receiver {
    fn new(kind: Kind) -> Self {
        Self {
            kind,
            calls: Arc::default(),
            taken: Arc::default(),
            seen: Arc::default(),
            under_way: Arc::default(),
            most_under_way: Arc::default(),
            let_go: Arc::default(),
            is_watched: true,
        }
    }

    async fn receive(self, kind: Kind, batch: Vec<Item>, progress: Progress) {
        match kind {
            Kind::Takes | Kind::Everything => {}
            Kind::Slow => tokio::time::sleep(Duration::from_millis(2)).await,
            Kind::Fails => return progress.failed(progress.items(), FailureReason::Error, "refused".to_owned()),
            Kind::Panics => panic!("on purpose"),
            Kind::Hangs => future::pending().await,
            Kind::Blocks => {
                while !self.let_go.load(Ordering::SeqCst) {
                    thread::yield_now();
                }
            }
        }
        self.taken.lock().unwrap().extend(batch.iter().map(|item| item.id));
        progress.exported(progress.items());
    }
}

struct UnderWay(Arc<AtomicU64>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Sink<Item> for Receiver {
    fn export(&self, batch: Vec<Item>, progress: Progress) -> BoxFuture<()> {
        let call = self.calls.fetch_add(1, Ordering::SeqCst);
        let kind = match self.kind {
            Kind::Everything => [Kind::Takes, Kind::Slow, Kind::Fails, Kind::Panics, Kind::Hangs][call as usize % 5],
            kind => kind,
        };
        let now = self.under_way.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_under_way.fetch_max(now, Ordering::SeqCst);
        let (under_way, receiver) = (UnderWay(Arc::clone(&self.under_way)), self.clone());
        Box::pin(async move {
            let _under_way = under_way;
            receiver.receive(kind, batch, progress).await;
        })
    }

    fn is_watched(&self) -> bool {
        self.is_watched
    }

    fn show(&self, items: &mut dyn Iterator<Item = &Item>) {
        self.seen.lock().unwrap().extend(items.map(|item| item.id));
    }

    fn shut_down(&self) {}
}

struct Setup {
    queue: Arc<Queue<Item>>,
    accounting: Arc<Accounting>,
    receiver: Receiver,
}

impl Setup {
    /// The ledger when nothing is open any more: on a busy machine a shutdown answers before the last items are booked.
    fn settled(&self) -> Ledger {
        let start = Instant::now();
        loop {
            let ledger = self.queue.ledger();
            if ledger.queued + ledger.in_flight == 0 || start.elapsed() > LONG {
                return ledger;
            }
            thread::yield_now();
        }
    }
}

const LIMITS: Limits =
    Limits { items: 200, bytes: 100_000, batch: 50, batch_bytes: 1 << 20, when_full: WhenFull::DropNewest };

fn start(receiver: Receiver, limits: Limits, exports: usize, timeout: Duration) -> Setup {
    start_at(Pace { delay: Duration::from_millis(20), exports }, receiver, limits, timeout)
}

fn start_at(pace: Pace, receiver: Receiver, limits: Limits, timeout: Duration) -> Setup {
    let guard = Guard { timeout, ..Guard::of_test(Signal::Traces) };
    let accounting = Arc::clone(&guard.accounting);
    let queue = Arc::new(Queue::new(limits));
    accounting.traces.expect_exports();
    accounting.traces.is_kept_by(Arc::clone(&queue) as Arc<dyn Books>);
    queue.start("test", receiver.clone(), pace, guard).unwrap();
    Setup { queue, accounting, receiver }
}

fn item(id: u64) -> Item {
    let rank = if id.is_multiple_of(10) { Rank::Important } else { Rank::Ordinary };
    Item { id, rank, size: 100 + id as usize % 100 }
}

fn assert_balanced(ledger: &Ledger) {
    assert_eq!(
        ledger.created,
        ledger.exported + (ledger.failed.total() + ledger.dropped.total()) + ledger.queued + ledger.in_flight,
        "{ledger:?}"
    );
}

/// Pushes from several threads while another looks on, and shuts down in the middle of it.
fn conserves(kind: Kind, exports: usize, when_full: WhenFull) {
    const PRODUCERS: u64 = 3;
    const EACH: u64 = 3000;
    let limits = Limits { when_full, ..LIMITS };
    let ends_by_itself = !matches!(kind, Kind::Hangs | Kind::Blocks | Kind::Everything);
    let (timeout, deadline) =
        if ends_by_itself { (LONG, LONG) } else { (Duration::from_millis(30), Duration::from_millis(200)) };
    let setup = start(Receiver::new(kind), limits, exports, timeout);
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let producers: Vec<_> = (0..PRODUCERS)
            .map(|producer| {
                let queue = &setup.queue;
                scope.spawn(move || {
                    for index in 0..EACH {
                        queue.push(item(producer * EACH + index));
                        if index % 100 == 0 {
                            thread::yield_now();
                        }
                    }
                })
            })
            .collect();
        let watcher = scope.spawn(|| {
            while !done.load(Ordering::SeqCst) {
                let health = setup.accounting.health().traces;
                assert_eq!(health.outstanding(), health.queued + health.in_flight, "{health:?}");
                assert_balanced(&setup.queue.ledger());
                assert!(setup.queue.ledger().queued <= 200);
                thread::yield_now();
            }
        });
        while setup.queue.ledger().created < PRODUCERS * EACH / 2 {
            thread::yield_now();
        }
        let _ = setup.queue.shut_down(deadline);
        producers.into_iter().for_each(|producer| producer.join().unwrap());
        done.store(true, Ordering::SeqCst);
        watcher.join().unwrap();
    });
    setup.receiver.let_go.store(true, Ordering::SeqCst);
    // After the shutdown nothing is open.
    let ledger = setup.settled();
    assert_balanced(&ledger);
    assert_eq!((ledger.created, ledger.queued, ledger.in_flight), (PRODUCERS * EACH, 0, 0), "{kind:?}: {ledger:?}");
    let mut taken = setup.receiver.taken.lock().unwrap().clone();
    if ends_by_itself {
        assert_eq!(ledger.exported, taken.len() as u64, "{kind:?}");
    }
    // One that was given up may have been taken all the same.
    assert!(ledger.exported <= taken.len() as u64, "{kind:?}: {ledger:?}");
    let count = taken.len();
    taken.sort_unstable();
    taken.dedup();
    assert_eq!(taken.len(), count, "{kind:?}: something was exported twice");
    assert!(setup.receiver.most_under_way.load(Ordering::SeqCst) <= exports as u64 + 8);
    assert_eq!(ledger.dropped.too_large, 0);
    match kind {
        Kind::Takes => assert_eq!(ledger.failed.total(), 0),
        Kind::Fails => assert_eq!((ledger.exported, ledger.failed.timed_out), (0, 0)),
        Kind::Panics => assert!(ledger.failed.panicked > 0 && ledger.failed.error == 0),
        Kind::Hangs | Kind::Blocks => assert!(ledger.failed.timed_out > 0 && ledger.exported == 0),
        Kind::Slow | Kind::Everything => {}
    }
}

#[test]
fn nothing_is_lost_uncounted_with_an_exporter_that_takes_or_is_slow() {
    conserves(Kind::Takes, 1, WhenFull::DropNewest);
    conserves(Kind::Takes, 4, WhenFull::DropOldest);
    conserves(Kind::Slow, 1, WhenFull::DropOldest);
    conserves(Kind::Slow, 4, WhenFull::DropNewest);
}

#[test]
fn nothing_is_lost_uncounted_with_an_exporter_that_fails_or_panics() {
    conserves(Kind::Fails, 1, WhenFull::DropNewest);
    conserves(Kind::Panics, 3, WhenFull::DropOldest);
}

#[test]
fn nothing_is_lost_uncounted_with_an_exporter_that_hangs_or_blocks_its_thread() {
    conserves(Kind::Hangs, 1, WhenFull::DropOldest);
    conserves(Kind::Hangs, 4, WhenFull::DropNewest);
    conserves(Kind::Blocks, 2, WhenFull::DropNewest);
}

#[test]
fn nothing_is_lost_uncounted_when_all_of_this_happens_in_turns() {
    conserves(Kind::Everything, 1, WhenFull::DropNewest);
    conserves(Kind::Everything, 5, WhenFull::DropOldest);
}

#[test]
fn an_observer_sees_everything_while_exports_hang_and_the_queue_is_full() {
    let setup = start(Receiver::new(Kind::Hangs), LIMITS, 1, LONG);
    // Slower than the observer, which is the worker's only work here.
    for round in 0..40 {
        (0..30).for_each(|id| setup.queue.push(item(round * 30 + id)));
        let start = Instant::now();
        while setup.receiver.seen.lock().unwrap().len() < (round as usize + 1) * 30 && start.elapsed() < LONG {
            thread::yield_now();
        }
    }
    let mut seen = setup.receiver.seen.lock().unwrap().clone();
    seen.sort_unstable();
    assert!(seen.iter().copied().eq(0..1200), "each is seen once");
    let ledger = setup.queue.ledger();
    assert_eq!((ledger.exported, ledger.queued), (0, 200), "{ledger:?}");
    assert!(ledger.in_flight <= 50 && ledger.dropped.queue_full >= 950, "{ledger:?}");
    let _ = setup.queue.shut_down(Duration::ZERO);
}

#[test]
fn dropped_items_are_shown_without_waiting_for_the_next_round() {
    let pace = Pace { delay: Duration::from_secs(3600), exports: 1 };
    let setup = start_at(pace, Receiver::new(Kind::Hangs), LIMITS, LONG);
    let wait_for = |seen: usize| {
        let start = Instant::now();
        while setup.receiver.seen.lock().unwrap().len() < seen && start.elapsed() < LONG {
            thread::yield_now();
        }
        assert!(setup.receiver.seen.lock().unwrap().len() >= seen);
    };
    (0..50).for_each(|id| setup.queue.push(item(id)));
    wait_for(50);
    (50..250).for_each(|id| setup.queue.push(item(id)));
    // All that is pushed from now on finds no room, and half of what is kept for the observer wakes the worker.
    let mut seen = setup.receiver.seen.lock().unwrap().len();
    for round in 0..20 {
        (0..64).for_each(|id| setup.queue.push(Item { id: 1000 + round * 64 + id, rank: Rank::Ordinary, size: 1 }));
        wait_for(seen + 32);
        seen += 32;
    }
    let _ = setup.queue.shut_down(Duration::ZERO);
}

#[test]
fn exports_that_hang_are_let_go_when_their_time_is_over() {
    let setup = start(Receiver::new(Kind::Hangs), LIMITS, 1, Duration::from_millis(1));
    let start = Instant::now();
    let mut id = 0;
    // More than are kept of those that block.
    while setup.receiver.calls.load(Ordering::SeqCst) < 20 && start.elapsed() < LONG {
        setup.queue.push(item(id));
        id += 1;
        thread::yield_now();
    }
    assert!(setup.receiver.calls.load(Ordering::SeqCst) >= 20);
    let _ = setup.queue.shut_down(Duration::ZERO);
}

#[test]
fn a_flush_answers_when_what_was_queued_is_gone_and_tells_whether_it_was_lost() {
    for (kind, is_ok) in [(Kind::Slow, true), (Kind::Fails, false), (Kind::Panics, false), (Kind::Hangs, false)] {
        let timeout = if kind == Kind::Hangs { Duration::from_millis(50) } else { LONG };
        let setup = start(Receiver::new(kind), LIMITS, 2, timeout);
        (0..170).for_each(|id| setup.queue.push(item(id)));
        let flushed = setup.queue.flush(LONG);
        assert_eq!(flushed.is_ok(), is_ok, "{kind:?}: {flushed:?}");
        let ledger = setup.queue.ledger();
        assert_eq!((ledger.created, ledger.queued, ledger.in_flight), (170, 0, 0), "{kind:?}");
        assert_eq!(ledger.exported, if is_ok { 170 } else { 0 }, "{kind:?}");
        setup.queue.flush(LONG).unwrap();
        setup.queue.shut_down(LONG).unwrap();
        assert!(matches!(setup.queue.flush(LONG), Err(OTelSdkError::AlreadyShutdown)), "there is nobody to do it");
    }
}

#[test]
fn a_flush_tells_of_what_had_to_make_room_meanwhile_and_not_of_what_found_none() {
    for (rank, undelivered) in [(Rank::Ordinary, 0), (Rank::Important, 3)] {
        let setup = start(Receiver::new(Kind::Blocks), LIMITS, 1, LONG);
        (0..50).for_each(|id| setup.queue.push(Item { id, rank: Rank::Ordinary, size: 1 }));
        let start = Instant::now();
        while setup.receiver.under_way.load(Ordering::SeqCst) == 0 && start.elapsed() < LONG {
            thread::yield_now();
        }
        (50..250).for_each(|id| setup.queue.push(Item { id, rank: Rank::Ordinary, size: 1 }));
        thread::scope(|scope| {
            let flushed = scope.spawn(|| setup.queue.flush(LONG));
            while setup.queue.state().requests.is_empty() && start.elapsed() < LONG {
                thread::yield_now();
            }
            (250..253).for_each(|id| setup.queue.push(Item { id, rank, size: 1 }));
            assert_eq!(setup.queue.ledger().dropped.queue_full, 3);
            setup.receiver.let_go.store(true, Ordering::SeqCst);
            let flushed = flushed.join().unwrap();
            match undelivered {
                0 => flushed.unwrap(),
                lost => assert!(flushed.unwrap_err().to_string().contains(&format!("{lost} items were not exported"))),
            }
        });
        setup.queue.shut_down(LONG).unwrap();
    }
}

#[test]
fn a_flush_does_not_wait_for_what_comes_later() {
    let setup = start(Receiver::new(Kind::Slow), LIMITS, 1, LONG);
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            for id in 0.. {
                if done.load(Ordering::SeqCst) {
                    break;
                }
                setup.queue.push(item(id));
            }
        });
        for _ in 0..5 {
            // What is evicted meanwhile makes it an error, which is the truth.
            let start = Instant::now();
            let _ = setup.queue.flush(LONG);
            assert!(start.elapsed() < LONG);
        }
        done.store(true, Ordering::SeqCst);
    });
    setup.queue.shut_down(LONG).unwrap();
}

#[test]
fn as_many_exports_are_under_way_as_are_allowed_and_no_more() {
    for exports in [1, 4] {
        let setup = start(Receiver { is_watched: false, ..Receiver::new(Kind::Hangs) }, LIMITS, exports, LONG);
        (0..200).for_each(|id| setup.queue.push(item(id)));
        let start = Instant::now();
        while setup.receiver.under_way.load(Ordering::SeqCst) < exports as u64 && start.elapsed() < LONG {
            thread::yield_now();
        }
        let _ = setup.queue.shut_down(Duration::from_millis(50));
        assert_eq!(setup.receiver.most_under_way.load(Ordering::SeqCst), exports as u64);
        let ledger = setup.settled();
        assert_eq!(ledger.failed.timed_out, 50 * exports as u64);
        assert_eq!(ledger.dropped.out_of_time, 200 - 50 * exports as u64);
    }
}

#[test]
fn exports_that_block_the_runtime_for_ever_do_not_pile_up() {
    let setup = start(Receiver::new(Kind::Blocks), LIMITS, 1, Duration::from_millis(1));
    let start = Instant::now();
    let mut id = 0;
    // The ninth is never started: until one of the eight is let go the items stay in the queue.
    let is_stuck = || setup.queue.ledger().queued == 200 && setup.receiver.under_way.load(Ordering::SeqCst) == 8;
    while !is_stuck() && start.elapsed() < LONG {
        setup.queue.push(item(id));
        id += 1;
    }
    assert!(is_stuck(), "{:?}", setup.queue.ledger());
    // One that was never begun says that it has ended a moment before it is freed.
    assert!(setup.receiver.most_under_way.load(Ordering::SeqCst) <= 9);
    setup.receiver.let_go.store(true, Ordering::SeqCst);
    let _ = setup.queue.shut_down(LONG);
    assert_balanced(&setup.settled());
    assert_eq!(setup.settled().queued, 0);
}
