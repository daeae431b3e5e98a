//! What the parts of an answer mean for the call that a server answers.

use std::{fmt, sync::Arc, time::Instant};

use http::{HeaderMap, HeaderValue, response::Parts};
use tachograph_core::{Call, Outcome, RpcServerCall};

use super::settings::Settings;
use crate::{
    exchange::{Classify, Exchange, Stage, Then},
    grpc::{answer::Answer, code, deadline},
    http::attributes::cut,
};

/// A call that a gRPC server answers.
#[derive(Debug)]
pub struct GrpcServerExchange {
    settings: Arc<Settings>,
    naming: Naming,
    answer: Answer,
    deadline: Option<Instant>,
    request_id: Option<HeaderValue>,
}

/// When a call gets the name of its method.
#[derive(Debug)]
pub(super) enum Naming {
    /// It has it, or never will.
    Done,
    /// This one, if it turns out that the server serves it.
    AtTheEnd(String),
}

impl GrpcServerExchange {
    pub(super) fn new(
        settings: Arc<Settings>,
        naming: Naming,
        deadline: Option<Instant>,
        request_id: Option<HeaderValue>,
    ) -> Self {
        Self { settings, naming, answer: Answer::default(), deadline, request_id }
    }

    /// The server serves the method: from now on it is known.
    fn served(&mut self, call: &Call<RpcServerCall>) {
        if let Naming::AtTheEnd(name) = std::mem::replace(&mut self.naming, Naming::Done) {
            match self.settings.known.learn(&name) {
                Some(name) => call.method(name),
                None => call.unrecognized_method(cut(&name)),
            }
        }
    }

    /// Nobody knows whether there is such a method.
    fn refused(&mut self, call: &Call<RpcServerCall>) {
        if let Naming::AtTheEnd(name) = std::mem::replace(&mut self.naming, Naming::Done) {
            call.unrecognized_method(cut(&name));
        }
    }
}

impl Exchange for GrpcServerExchange {
    type Operation = RpcServerCall;

    fn head(&mut self, call: &Call<RpcServerCall>, head: &mut Parts) -> Then {
        // The answer may be a stream, and nothing says so: for one message the head waits, for a stream it does not.
        call.response_lasts();
        if let (Some(header), Some(id)) = (&self.settings.request_id, self.request_id.take()) {
            // One that the handler chose stays.
            head.headers.entry(header).or_insert(id);
        }
        self.answer.head(head)
    }

    fn trailers(&mut self, _call: &Call<RpcServerCall>, trailers: &HeaderMap) {
        self.answer.trailers(trailers);
    }

    fn completed(&mut self, call: &Call<RpcServerCall>) -> Outcome {
        call.status(self.answer.code());
        if self.answer.is_of_a_method() {
            self.served(call);
        } else {
            self.refused(call);
        }
        Outcome::Success
    }

    fn abandoned(&mut self, call: &Call<RpcServerCall>) -> Option<Outcome> {
        if self.answer.streams() {
            self.served(call);
        }
        // Whoever gave the call up, it was too late.
        let too_late = deadline::is_over(self.deadline) && !std::thread::panicking();
        too_late.then(|| {
            call.status(code::DEADLINE_EXCEEDED);
            Outcome::Success
        })
    }

    fn panicked(&mut self, call: &Call<RpcServerCall>) {
        // A handler ran: nothing else has a reason to panic.
        self.served(call);
    }
}

impl<E: fmt::Debug> Classify<E> for GrpcServerExchange {
    fn failed(&mut self, call: &Call<RpcServerCall>, error: &E, _stage: Stage) -> Outcome {
        call.status(code::of_error(error));
        if self.answer.streams() {
            self.served(call);
        } else {
            self.refused(call);
        }
        Outcome::Success
    }
}
