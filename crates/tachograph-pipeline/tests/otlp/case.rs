//! Faults, and what is to become of the items of one export that meets each of them.

use std::fmt;
use std::time::Duration;

use tachograph_pipeline::{Failures, Protocol};
use tachograph_testing::otlp::{Answer, OtlpServer, Signal};

use crate::rig::HASTY;

/// What a receiver writes may repeat a credential, and is shown nowhere.
pub(crate) const SECRET: &str = "sk-secret";

/// How many items of each signal meet a fault.
pub(crate) const ITEMS: u64 = 10;

pub(crate) struct Case {
    name: &'static str,
    pub(crate) script: Box<dyn Fn(&OtlpServer) + Send + Sync>,
    pub(crate) variables: &'static [(&'static str, &'static str)],
    http: Fate,
    grpc: Fate,
}

/// What becomes of the items of an export, and how often its request is sent.
#[derive(Clone, Copy)]
pub(crate) enum Fate {
    /// Delivered with this attempt.
    Exported(u64),
    /// None is delivered; after so many attempts, or as many as there was time for.
    Failed(fn(&Failures) -> u64, Option<u64>),
    /// All are delivered but so many.
    Rejected(u64),
}

/// Its name.
impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl Case {
    pub(crate) fn fate(&self, protocol: Protocol) -> Fate {
        if protocol == Protocol::Grpc { self.grpc } else { self.http }
    }

    fn but_over_grpc(mut self, fate: Fate) -> Self {
        self.grpc = fate;
        self
    }
}

/// The first `attempts` of each signal get this answer, and later ones a good one.
fn first(name: &'static str, attempts: u64, answer: Answer, fate: Fate) -> Case {
    let script = move |server: &OtlpServer| {
        for signal in Signal::ALL {
            server.on(signal).next(attempts, answer.clone());
        }
    };
    Case { name, script: Box::new(script), variables: &[], http: fate, grpc: fate }
}

/// All get this answer, and the client has 1 s.
fn all(name: &'static str, answer: Answer, fate: Fate) -> Case {
    connections(name, move |server| _ = server.from_now_on(answer.clone()), fate)
}

fn connections(name: &'static str, script: impl Fn(&OtlpServer) + Send + Sync + 'static, fate: Fate) -> Case {
    Case { name, script: Box::new(script), variables: HASTY, http: fate, grpc: fate }
}

const ERROR: fn(&Failures) -> u64 = |failed| failed.error;
/// An attempt that is under way when the time is over has no answer; one that ended just before has failed.
const IN_VAIN: fn(&Failures) -> u64 = |failed| failed.error + failed.timed_out;

pub(crate) fn cases() -> Vec<Case> {
    let at_once = Fate::Failed(ERROR, Some(1));
    let in_vain = Fate::Failed(IN_VAIN, None);
    let second = Fate::Exported(2);
    let mut cases = vec![
        first("all is well", 0, Answer::accept(), Fate::Exported(1)),
        first("slow", 1, Answer::accept().after(Duration::from_millis(200)), Fate::Exported(1)),
        first("partial success", 1, Answer::reject(2, SECRET), Fate::Rejected(2)),
        first("partial success with words alone", 1, Answer::reject(0, SECRET), Fate::Exported(1)),
        first("a page in the place of an answer", 1, Answer::page(200, "<html>sk-secret</html>"), at_once),
        first("an answer that is no message", 1, Answer::garbage(), at_once),
        // Before it is a request nobody counts it.
        first("cut within the body", 2, Answer::cut(), Fate::Exported(1)),
        first("reset after the request", 2, Answer::reset(), Fate::Exported(3)),
        first("half an answer", 1, Answer::half(), second),
        all("unavailable for ever", Answer::unavailable(), in_vain),
        all("cut within the body for ever", Answer::cut(), in_vain),
        all("reset for ever", Answer::reset(), in_vain),
        all("half an answer for ever", Answer::half(), in_vain),
        all("no answer", Answer::hang(), Fate::Failed(|failed| failed.timed_out, None)),
        connections("connection refused", OtlpServer::refuse_connections, in_vain),
        connections("connection reset for ever", |server| _ = server.reset_connections(u64::MAX), in_vain),
    ];
    let mut reset = first("connection reset", 0, Answer::accept(), Fate::Exported(1));
    reset.script = Box::new(|server| _ = server.reset_connections(4));
    cases.push(reset);
    // A receiver that is full: tried again over HTTP, and over gRPC only where it asks for that.
    cases.push(first("too many requests", 1, Answer::too_many_requests(), second).but_over_grpc(at_once));
    for (name, status, code) in [("502", 502, 4), ("503", 503, 14), ("504", 504, 1), ("429", 429, 10)] {
        cases.push(first(name, 1, Answer::status(status, code).with_message(SECRET), second));
    }
    for (name, status, code) in [("400", 400, 3), ("401", 401, 16), ("403", 403, 7), ("404", 404, 12), ("500", 500, 13)]
    {
        cases.push(first(name, 1, Answer::status(status, code).with_message(SECRET), at_once));
    }
    // Of a proxy, over either protocol.
    cases.push(first("a page of a proxy", 1, Answer::page(502, SECRET), second));
    cases
}
