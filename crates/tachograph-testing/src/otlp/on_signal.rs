//! Scripts of one signal.

use super::{answer::Answer, script::Script, signal::Signal, state::State};

/// The script of one signal.
#[derive(Clone, Copy, Debug)]
pub struct OnSignal<'a> {
    state: &'a State,
    signal: Signal,
}

impl<'a> OnSignal<'a> {
    pub(super) fn new(state: &'a State, signal: Signal) -> Self {
        Self { state, signal }
    }

    /// See [`OtlpServer::next`](super::OtlpServer::next).
    pub fn next(self, requests: u64, answer: Answer) -> Self {
        self.script(|script, signal| script.add(signal, requests, answer))
    }

    /// See [`OtlpServer::afterwards`](super::OtlpServer::afterwards).
    pub fn afterwards(self, answer: Answer) -> Self {
        self.script(|script, signal| script.afterwards(signal, answer))
    }

    /// See [`OtlpServer::from_now_on`](super::OtlpServer::from_now_on). What was scripted for all signals stays.
    pub fn from_now_on(self, answer: Answer) -> Self {
        self.script(|script, signal| script.hold(signal, answer))
    }

    fn script(self, change: impl FnOnce(&mut Script, Option<Signal>)) -> Self {
        change(&mut self.state.script(), Some(self.signal));
        self
    }
}
