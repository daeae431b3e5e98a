//! What the parts of an answer mean for the call that a client made.

use std::{fmt, time::Instant};

use http::{HeaderMap, response::Parts};
use tachograph_core::{Call, Outcome, RpcClientCall};

use crate::{
    exchange::{Classify, Exchange, Stage, Then},
    grpc::{answer::Answer, code, deadline},
};

/// A call that a gRPC client made.
#[derive(Debug)]
pub struct GrpcClientExchange {
    answer: Answer,
    deadline: Option<Instant>,
}

impl GrpcClientExchange {
    pub(super) fn new(deadline: Option<Instant>) -> Self {
        Self { answer: Answer::default(), deadline }
    }
}

impl Exchange for GrpcClientExchange {
    type Operation = RpcClientCall;

    fn head(&mut self, call: &Call<RpcClientCall>, head: &mut Parts) -> Then {
        // The answer may be a stream, and nothing says so: for one message the head waits, for a stream it does not.
        call.response_lasts();
        self.answer.head(head)
    }

    fn trailers(&mut self, _call: &Call<RpcClientCall>, trailers: &HeaderMap) {
        self.answer.trailers(trailers);
    }

    fn completed(&mut self, call: &Call<RpcClientCall>) -> Outcome {
        call.status(self.answer.code());
        Outcome::Success
    }

    fn abandoned(&mut self, call: &Call<RpcClientCall>) -> Option<Outcome> {
        if let Some(code) = self.answer.inferred() {
            call.status(code);
        } else if deadline::is_over(self.deadline) {
            call.status(code::DEADLINE_EXCEEDED);
        }
        None
    }
}

impl<E: fmt::Debug> Classify<E> for GrpcClientExchange {
    fn failed(&mut self, call: &Call<RpcClientCall>, error: &E, _stage: Stage) -> Outcome {
        call.status(code::of_error(error));
        Outcome::Success
    }
}
