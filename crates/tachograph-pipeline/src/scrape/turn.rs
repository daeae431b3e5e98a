//! One at a time, and nobody waits for ever.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::runtime::panic_message;

/// A value that one caller at a time works on.
///
/// A `std` mutex cannot be waited for with a limit; so the value is taken out of it, and the mutex is held for a moment only.
#[derive(Debug)]
pub(super) struct Turn<T> {
    value: Mutex<Slot<T>>,
    returned: Condvar,
}

#[derive(Debug)]
enum Slot<T> {
    Here(T),
    TakenSince(Instant),
}

/// Why nothing came of a turn.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Missed {
    /// The turn before has been taking this long.
    Busy(Duration),
    /// The work panicked with this message.
    Panicked(String),
}

impl<T: Default> Turn<T> {
    pub(super) fn new() -> Self {
        Self { value: Mutex::new(Slot::Here(T::default())), returned: Condvar::new() }
    }

    /// Waits for the value at most `patience`, then works on it. After a panic, which nobody gets to feel, the next turn starts with
    /// a fresh value.
    pub(super) fn take<R>(&self, patience: Duration, work: impl FnOnce(&mut T) -> R) -> Result<R, Missed> {
        let mut value = self.wait(patience).map_err(Missed::Busy)?;
        let worked = catch_unwind(AssertUnwindSafe(|| work(&mut value)));
        *self.lock() = Slot::Here(if worked.is_ok() { value } else { T::default() });
        self.returned.notify_one();
        worked.map_err(|panic| Missed::Panicked(panic_message(panic.as_ref())))
    }

    /// The value, or how long it has been away.
    fn wait(&self, patience: Duration) -> Result<T, Duration> {
        let is_away = |slot: &mut Slot<T>| matches!(slot, Slot::TakenSince(_));
        let waited = self.returned.wait_timeout_while(self.lock(), patience, is_away);
        let (mut slot, _) = waited.unwrap_or_else(PoisonError::into_inner);
        match &*slot {
            Slot::TakenSince(since) => Err(since.elapsed()),
            Slot::Here(_) => match std::mem::replace(&mut *slot, Slot::TakenSince(Instant::now())) {
                Slot::Here(value) => Ok(value),
                Slot::TakenSince(since) => Err(since.elapsed()),
            },
        }
    }

    fn lock(&self) -> MutexGuard<'_, Slot<T>> {
        self.value.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::thread;

    use super::*;

    const LONG: Duration = Duration::from_secs(30);

    #[test]
    fn whoever_waits_too_long_learns_how_long_the_other_has_been_at_it() {
        let turn = Turn::<u8>::new();
        let ((start, started), (let_go, held)) = (channel(), channel::<()>());
        thread::scope(|scope| {
            let turn = &turn;
            let first = scope.spawn(move || {
                turn.take(LONG, |value| {
                    start.send(()).unwrap();
                    let _ = held.recv_timeout(LONG);
                    *value += 1;
                })
            });
            started.recv().unwrap();
            let patience = Duration::from_millis(20);
            let Err(Missed::Busy(running)) = turn.take(patience, |_| ()) else { panic!("the turn was free") };
            assert!(running >= patience && running < LONG, "{running:?}");
            let second = scope.spawn(move || turn.take(LONG, |value| *value));
            drop(let_go);
            assert_eq!((first.join().unwrap(), second.join().unwrap()), (Ok(()), Ok(1)));
        });
    }

    #[test]
    fn after_a_panic_the_value_is_a_fresh_one() {
        let turn = Turn::<u8>::new();
        turn.take(LONG, |value| *value = 7).unwrap();
        let panicked = turn.take(LONG, |_| panic!("on purpose"));
        assert_eq!(panicked, Err::<(), _>(Missed::Panicked("on purpose".to_owned())));
        assert_eq!(turn.take(Duration::ZERO, |value| *value), Ok(0));
    }
}
