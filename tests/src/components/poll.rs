//! Waiting for what another process does: asking again and again, with an end.

use std::{
    fmt::Debug,
    thread,
    time::{Duration, Instant},
};

use crate::process::PATIENCE;

/// Between two questions.
const PAUSE: Duration = Duration::from_millis(20);

/// The pause between two questions to another process.
pub(crate) fn pause() {
    thread::sleep(PAUSE);
}

/// Asks until the answer satisfies `accept`, up to [`PATIENCE`]; `what` says in the panic what was waited for, and the last answer is
/// shown.
pub fn until<T: Debug>(what: &str, ask: impl Fn() -> T, accept: impl Fn(&T) -> bool) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let answer = ask();
        if accept(&answer) {
            return answer;
        }
        assert!(Instant::now() < deadline, "waited {PATIENCE:?} for {what}; the last answer was {answer:#?}");
        pause();
    }
}
