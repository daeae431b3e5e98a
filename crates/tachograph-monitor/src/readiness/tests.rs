use super::*;

#[test]
fn it_is_ready_when_the_last_latch_has_gone() {
    let readiness = Readiness::new();
    assert!(readiness.is_ready());
    let (database, cache) = (readiness.latch("database"), readiness.latch("cache"));
    assert_eq!(readiness.waiting_for(), ["database", "cache"]);
    drop(database);
    assert_eq!(readiness.status(), Status::Waiting(vec!["cache".to_owned()]));
    cache.release();
    assert!(readiness.is_ready());
}

#[test]
fn readiness_once_reached_is_not_lost_to_a_later_latch() {
    let readiness = Readiness::new();
    readiness.latch("database").release();
    let late = readiness.latch("late");
    assert!(readiness.is_ready());
    drop(late);
    assert!(readiness.is_ready());
}

#[test]
fn two_latches_of_one_name_are_two() {
    let readiness = Readiness::new();
    let (one, two) = (readiness.latch("shard"), readiness.latch("shard"));
    drop(one);
    assert!(!readiness.is_ready());
    drop(two);
    assert!(readiness.is_ready());
}

#[test]
fn a_shutdown_is_final_and_seen_by_all_clones() {
    let readiness = Readiness::new();
    let latch = readiness.latch("database");
    readiness.clone().shut_down();
    assert_eq!(readiness.status(), Status::ShuttingDown);
    latch.release();
    assert_eq!(readiness.status(), Status::ShuttingDown);
}

#[test]
fn a_gate_opens_and_closes_as_often_as_it_likes() {
    let readiness = Readiness::new();
    let gate = readiness.gate("redis");
    assert_eq!(readiness.status(), Status::Waiting(vec!["redis".to_owned()]), "it has not been seen open");
    for _ in 0..2 {
        gate.set(true);
        assert!(readiness.is_ready());
        gate.set(false);
        assert_eq!(readiness.waiting_for(), ["redis"]);
    }
    drop(gate);
    assert!(readiness.is_ready());
}

#[test]
fn gates_are_named_after_latches_and_once() {
    let readiness = Readiness::new();
    let gates = [readiness.gate("redis"), readiness.gate("search")];
    let _latches = [readiness.latch("warm-up"), readiness.latch("redis")];
    assert_eq!(readiness.waiting_for(), ["warm-up", "redis", "search"]);
    gates[1].set(true);
    assert_eq!(readiness.waiting_for(), ["warm-up", "redis"]);
}

#[test]
fn it_was_ready_once_latches_have_gone_and_gates_are_open_at_the_same_time() {
    let readiness = Readiness::new();
    let (latch, gate) = (readiness.latch("warm-up"), readiness.gate("redis"));
    gate.set(true);
    gate.set(false);
    latch.release();
    assert!(!readiness.was_ready());
    gate.set(true);
    gate.set(false);
    assert!(readiness.was_ready() && !readiness.is_ready());
    readiness.shut_down();
    assert!(readiness.was_ready());
}

#[test]
fn it_was_ready_when_the_last_latch_went_though_nobody_looked() {
    let readiness = Readiness::new();
    let gate = readiness.gate("redis");
    let latch = readiness.latch("warm-up");
    gate.set(true);
    latch.release();
    gate.set(false);
    assert!(readiness.was_ready());
}

#[test]
fn one_that_was_shut_down_while_waiting_never_was_ready() {
    let readiness = Readiness::new();
    let latch = readiness.latch("warm-up");
    readiness.shut_down();
    latch.release();
    assert!(!readiness.was_ready());
    let at_once = Readiness::new();
    at_once.shut_down();
    assert!(at_once.was_ready());
}

#[test]
fn ready_that_was_seen_is_not_forgotten() {
    let readiness = Readiness::new();
    assert!(readiness.is_ready());
    let _latch = readiness.latch("late");
    assert!(!readiness.is_ready());
    assert!(readiness.was_ready());
}

#[test]
fn changes_are_told_and_nothing_else_is() {
    let readiness = Readiness::new();
    let mut watch = readiness.watch();
    assert_eq!(*watch.borrow_and_update(), ServingState::Serving);
    let (one, two) = (readiness.latch("one"), readiness.latch("two"));
    assert!(watch.has_changed().unwrap());
    assert_eq!(*watch.borrow_and_update(), ServingState::NotServing);
    one.release();
    assert!(!watch.has_changed().unwrap());
    two.release();
    assert_eq!(*watch.borrow_and_update(), ServingState::Serving);
    let gate = readiness.gate("redis");
    assert_eq!(*watch.borrow_and_update(), ServingState::NotServing);
    gate.set(true);
    assert_eq!(*watch.borrow_and_update(), ServingState::Serving);
    gate.set(true);
    assert!(!watch.has_changed().unwrap());
    readiness.clone().shut_down();
    assert_eq!(*watch.borrow_and_update(), ServingState::NotServing);
    drop(gate);
    assert!(!watch.has_changed().unwrap());
}

#[test]
fn changes_from_many_threads_end_with_what_is_true() {
    for _ in 0..50 {
        let readiness = Readiness::new();
        let watch = readiness.watch();
        let gates: Vec<Gate> = (0..4).map(|i| readiness.gate(&format!("gate {i}"))).collect();
        std::thread::scope(|scope| {
            for gate in &gates {
                scope.spawn(|| (0..50).for_each(|i| gate.set(i % 2 == 1)));
            }
        });
        assert!(readiness.is_ready());
        assert_eq!(*watch.borrow(), ServingState::Serving);
    }
}
