//! Which answer is next.

use std::collections::VecDeque;

use super::{answer::Answer, signal::Signal};

/// The answers to come. What has no signal is for all of them.
#[derive(Debug, Default)]
pub(super) struct Script {
    turns: VecDeque<Turn>,
    /// The last that suits a request holds.
    standing: Vec<(Option<Signal>, Answer)>,
}

#[derive(Debug)]
struct Turn {
    left: u64,
    signal: Option<Signal>,
    answer: Answer,
}

impl Script {
    pub(super) fn add(&mut self, signal: Option<Signal>, requests: u64, answer: Answer) {
        self.turns.push_back(Turn { left: requests, signal, answer });
    }

    pub(super) fn afterwards(&mut self, signal: Option<Signal>, answer: Answer) {
        self.standing.retain(|(other, _)| !covers(signal, *other));
        self.standing.push((signal, answer));
    }

    pub(super) fn hold(&mut self, signal: Option<Signal>, answer: Answer) {
        self.turns.retain(|turn| !covers(signal, turn.signal));
        self.afterwards(signal, answer);
    }

    /// Whether a request is to be cut, which takes a turn.
    pub(super) fn cuts(&mut self, signal: Signal) -> bool {
        let cuts = match self.next(signal) {
            Some(at) => self.turns[at].answer.cuts(),
            None => self.standing(signal).cuts(),
        };
        cuts && self.turn(signal).cuts()
    }

    fn next(&self, signal: Signal) -> Option<usize> {
        self.turns.iter().position(|turn| turn.left > 0 && covers(turn.signal, Some(signal)))
    }

    /// Takes a turn for a request.
    pub(super) fn turn(&mut self, signal: Signal) -> Answer {
        let Some(at) = self.next(signal) else { return self.standing(signal) };
        let turn = &mut self.turns[at];
        turn.left -= 1;
        let answer = turn.answer.clone();
        self.turns.retain(|turn| turn.left > 0);
        answer
    }

    /// What holds when no turn is left, or none is to be taken.
    pub(super) fn standing(&self, signal: Signal) -> Answer {
        let holds = self.standing.iter().rfind(|(other, _)| covers(*other, Some(signal)));
        holds.map_or_else(Answer::accept, |(_, answer)| answer.clone())
    }

    /// Requests that still have a turn.
    pub(super) fn left(&self) -> u64 {
        self.turns.iter().map(|turn| turn.left).sum()
    }
}

fn covers(scope: Option<Signal>, signal: Option<Signal>) -> bool {
    scope.is_none() || scope == signal
}
