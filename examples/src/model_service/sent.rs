//! What the stand-in remembers.

use std::sync::Arc;

use tachograph::Usage;
use tokio::sync::watch;

use super::{Answer, Asked, piece::Piece, plan::Plan};

/// One request and what became of it.
#[derive(Clone, Debug)]
pub struct Sent {
    /// The request.
    pub asked: Asked,
    /// What was to be said; `None` when it was refused.
    pub answer: Option<Answer>,
    /// The status of the response.
    pub status: u16,
    /// Events that have left, of a body that is not streamed the body.
    pub events: usize,
    /// Events that there were to send.
    pub of: usize,
    /// Tokens that the events that have left report, in the normal form.
    pub told: Usage,
    /// How it ended; `None` while it is under way.
    pub end: Option<End>,
}

/// How a response ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// All that there was to send was sent, be it an error.
    Whole,
    /// The stand-in closed the connection.
    BrokeOff,
    /// The client went away before the end.
    GivenUp,
}

/// What was asked and sent, in the order of the requests.
#[derive(Clone, Debug, Default)]
pub(super) struct Log(Arc<watch::Sender<Vec<Sent>>>);

impl Log {
    pub(super) fn sent(&self) -> Vec<Sent> {
        self.0.borrow().clone()
    }

    pub(super) async fn settled(&self, requests: usize) -> Vec<Sent> {
        let mut changes = self.0.subscribe();
        let settled = |sent: &Vec<Sent>| sent.len() >= requests && sent.iter().all(|sent| sent.end.is_some());
        // The sender is here, so that there is always more to wait for.
        let _ = changes.wait_for(settled).await;
        self.sent()
    }

    /// Takes down a request, which gets its number here.
    pub(super) fn enter(&self, mut asked: Asked) -> (Asked, Entry) {
        self.0.send_modify(|log| {
            asked.number = log.len();
            let asked = asked.clone();
            log.push(Sent { asked, answer: None, status: 0, events: 0, of: 0, told: Usage::default(), end: None });
        });
        let entry = Entry { log: self.clone(), number: asked.number };
        (asked, entry)
    }
}

/// A request under way. Dropped without a word it was given up.
#[derive(Debug)]
pub(super) struct Entry {
    log: Log,
    number: usize,
}

impl Entry {
    pub(super) fn plans(&self, plan: &Plan) {
        self.change(|sent| {
            sent.answer.clone_from(&plan.answer);
            sent.status = plan.status.as_u16();
            sent.of = plan.pieces.len();
        });
    }

    pub(super) fn sends(&self, piece: &Piece) {
        self.change(|sent| {
            sent.events += 1;
            sent.told.update(piece.told);
        });
    }

    pub(super) fn ends(self, end: End) {
        self.change(|sent| sent.end = Some(end));
    }

    fn change(&self, change: impl FnOnce(&mut Sent)) {
        self.log.0.send_modify(|log| change(&mut log[self.number]));
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.change(|sent| {
            sent.end.get_or_insert(End::GivenUp);
        });
    }
}
