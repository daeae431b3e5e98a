use std::collections::BTreeSet;
use std::time::Instant;

use proptest::prelude::*;

use super::Item;
use crate::queue::lane::CHUNK;
use crate::queue::state::State;
use crate::queue::{Limits, Queued as _, Rank, WhenFull};

/// What is done to a queue.
#[derive(Debug, Clone)]
enum Step {
    Push { important: bool, size: usize, times: usize },
    MakeAllDue,
    Take,
    Show { watched: bool },
    Stop,
    Abandon,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => (any::<bool>(), 1..40_usize, 1..30_usize)
            .prop_map(|(important, size, times)| Step::Push { important, size, times }),
        3 => (any::<bool>(), 100..2500_usize).prop_map(|(important, size)| Step::Push { important, size, times: 1 }),
        2 => Just(Step::MakeAllDue),
        4 => Just(Step::Take),
        3 => any::<bool>().prop_map(|watched| Step::Show { watched }),
        1 => Just(Step::Abandon),
    ]
}

fn limits() -> impl Strategy<Value = Limits> {
    (1..300_usize, 500..3000_usize, 1..150_usize, 30..2000_usize, any::<bool>()).prop_map(|limits| {
        let (items, bytes, batch, batch_bytes, oldest) = limits;
        Limits {
            items,
            bytes,
            batch: batch.min(items),
            batch_bytes,
            when_full: if oldest { WhenFull::DropOldest } else { WhenFull::DropNewest },
        }
    })
}

/// The queue as a list, with nothing but the rules.
#[derive(Default)]
struct Model {
    waiting: Vec<Item>,
    created: u64,
    taken: u64,
    queue_full: u64,
    too_large: u64,
    shut_down: u64,
    out_of_time: u64,
    due_before: u64,
    stopped: bool,
}

impl Model {
    fn bytes(&self) -> usize {
        self.waiting.iter().map(|item| item.size).sum()
    }

    fn has_room(&self, size: usize, limits: &Limits) -> bool {
        self.waiting.len() < limits.items && self.bytes() + size <= limits.bytes
    }

    fn push(&mut self, item: Item, limits: &Limits) {
        self.created += 1;
        if self.stopped {
            self.shut_down += 1;
            return;
        }
        if item.size > limits.bytes {
            self.too_large += 1;
            return;
        }
        let before = self.waiting.clone();
        let dropped = self.queue_full;
        while !self.has_room(item.size, limits) {
            let of = |rank: Rank| {
                let found = |it: &Item| it.rank == rank;
                match limits.when_full {
                    WhenFull::DropOldest => self.waiting.iter().position(found),
                    WhenFull::DropNewest => self.waiting.iter().rposition(found),
                }
            };
            let victim = match (limits.when_full, item.rank) {
                (WhenFull::DropNewest, Rank::Ordinary) => None,
                (WhenFull::DropNewest, Rank::Important) | (WhenFull::DropOldest, Rank::Ordinary) => of(Rank::Ordinary),
                (WhenFull::DropOldest, Rank::Important) => of(Rank::Ordinary).or_else(|| of(Rank::Important)),
            };
            let Some(victim) = victim else {
                // Nobody goes for one that does not fit all the same.
                self.waiting = before;
                self.queue_full = dropped + 1;
                return;
            };
            self.waiting.remove(victim);
            self.queue_full += 1;
        }
        self.waiting.push(item);
    }

    fn is_due(&self, limits: &Limits) -> bool {
        self.waiting.first().is_some_and(|it| it.id < self.due_before)
            || (self.waiting.len() >= limits.batch || self.bytes() >= limits.batch_bytes.min(limits.bytes / 2))
                && !self.waiting.is_empty()
    }
}

/// The queue, and what came out of it.
struct Real {
    state: State<Item>,
    unseen: BTreeSet<u64>,
    shown: BTreeSet<u64>,
}

impl Real {
    fn push(&mut self, item: Item, limits: &Limits) {
        let (first, more) = self.state.admit(item, item.size(), item.rank(), limits);
        self.unseen.extend(first.into_iter().chain(more).map(|item| item.id));
    }

    fn show(&mut self, watched: bool) {
        let (fresh, mut aside) = self.state.start_showing(watched);
        for lanes in [&aside, &fresh] {
            for item in lanes.in_order() {
                assert!(self.shown.insert(item.id), "{item:?} is shown twice");
            }
        }
        let mut empty = Vec::new();
        aside.drain(&mut empty);
        self.state.end_showing(fresh, empty);
    }

    fn waiting(&mut self) -> Vec<Item> {
        let mut items: Vec<Item> =
            [&self.state.shown, &self.state.fresh].iter().flat_map(|it| it.in_order()).copied().collect();
        items.sort_by_key(|item| item.id);
        items
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    /// Who is there, who goes and what is counted is as the rules say, whatever is done in whichever order.
    #[test]
    fn the_queue_does_what_the_rules_say(limits in limits(), steps in prop::collection::vec(step(), 1..60), stops in any::<bool>()) {
        let mut model = Model::default();
        let mut real = Real { state: State::new(limits), unseen: BTreeSet::new(), shown: BTreeSet::new() };
        let mut next = 0;
        let last = if stops { vec![Step::Stop, Step::Push { important: true, size: 1, times: 2 }] } else { Vec::new() };
        for step in steps.into_iter().chain(last) {
            match step {
                Step::Push { important, size, times } => {
                    for _ in 0..times {
                        let rank = if important { Rank::Important } else { Rank::Ordinary };
                        let item = Item { id: next, rank, size };
                        next += 1;
                        model.push(item, &limits);
                        real.push(item, &limits);
                    }
                }
                Step::MakeAllDue => {
                    model.due_before = next;
                    prop_assert_eq!(real.state.make_all_due(), next);
                }
                Step::Take => take(&mut model, &mut real, &limits)?,
                Step::Show { watched } => real.show(watched),
                Step::Stop => {
                    model.stopped = true;
                    real.state.stopping = Some(Instant::now());
                }
                Step::Abandon => {
                    model.out_of_time += model.waiting.drain(..).count() as u64;
                    drop(real.state.abandon());
                }
            }
            prop_assert_eq!(&real.waiting(), &model.waiting);
            prop_assert_eq!(real.state.waiting(), model.waiting.len());
            prop_assert_eq!(real.state.is_due(&limits), model.is_due(&limits));
            prop_assert!(model.waiting.len() <= limits.items && model.bytes() <= limits.bytes);
            prop_assert!(real.state.aside.len() <= limits.batch.max(CHUNK) && real.state.aside.bytes() <= limits.bytes / 8);
            let ledger = real.state.ledger;
            prop_assert_eq!((ledger.created, ledger.queued, ledger.in_flight), (model.created, model.waiting.len() as u64, model.taken));
            let dropped = (ledger.dropped.queue_full, ledger.dropped.too_large, ledger.dropped.shut_down, ledger.dropped.out_of_time);
            prop_assert_eq!(dropped, (model.queue_full, model.too_large, model.shut_down, model.out_of_time));
            prop_assert_eq!(ledger.created, (ledger.failed.total() + ledger.dropped.total()) + ledger.queued + ledger.in_flight);
        }
    }

    /// Where there is room beside the queue, an observer is shown all that are dropped, and each once.
    #[test]
    fn an_observer_sees_what_finds_no_room(pushes in prop::collection::vec(any::<bool>(), 1..40), oldest in any::<bool>()) {
        let when_full = if oldest { WhenFull::DropOldest } else { WhenFull::DropNewest };
        let limits = Limits { items: 10, bytes: 10_000, batch: 10, batch_bytes: 1000, when_full };
        let mut real = Real { state: State::new(limits), unseen: BTreeSet::new(), shown: BTreeSet::new() };
        real.show(true);
        for (id, important) in pushes.iter().enumerate() {
            let rank = if *important { Rank::Important } else { Rank::Ordinary };
            real.push(Item { id: id as u64, rank, size: 10 }, &limits);
            if id % 7 == 0 {
                real.show(true);
            }
        }
        real.show(true);
        prop_assert_eq!(real.shown.len(), pushes.len());
    }
}

fn take(model: &mut Model, real: &mut Real, limits: &Limits) -> Result<(), TestCaseError> {
    let shown: Vec<Item> = real.state.shown.in_order().copied().collect();
    let is_enough = real.state.watched || shown.len() >= limits.batch;
    let available = if is_enough { shown } else { real.waiting() };
    let mut lanes = real.state.take(limits);
    let mut empty = Vec::new();
    let batch = lanes.drain(&mut empty);
    real.state.recycle(empty);
    let bytes: usize = batch.iter().map(|item| item.size).sum();
    prop_assert!(bytes <= limits.batch_bytes || batch.len() == 1, "{} bytes in {} items", bytes, batch.len());
    prop_assert!(batch.len() <= limits.batch && batch.is_empty() == available.is_empty());
    prop_assert!(batch.is_sorted_by_key(|item| item.id), "{:?}", batch);
    for rank in [Rank::Ordinary, Rank::Important] {
        let taken: Vec<&Item> = batch.iter().filter(|item| item.rank == rank).collect();
        let oldest: Vec<&Item> = available.iter().filter(|item| item.rank == rank).take(taken.len()).collect();
        prop_assert_eq!(taken, oldest, "the oldest of each rank go first");
    }
    // Less is taken only where the next of a rank would have been too much.
    if batch.len() < limits.batch.min(available.len()) {
        let next = |rank: Rank| available.iter().find(|it| it.rank == rank && !batch.contains(it));
        let next = [Rank::Ordinary, Rank::Important].into_iter().filter_map(next);
        prop_assert!(next.into_iter().any(|item| bytes + item.size > limits.batch_bytes));
    }
    model.waiting.retain(|item| !batch.contains(item));
    model.taken += batch.len() as u64;
    Ok(())
}
