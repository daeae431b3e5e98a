//! The call that a request belongs to.

use std::ops::Deref;

use reqwest::Url;
use tachograph_core::{Call, CallGuard, LlmRequest, Outcome, current, opentelemetry::Context};

use super::{
    facts::Facts,
    reading::{Latest, Turn},
};

/// A call of the middleware's own, or one that the application tracks around the request.
#[derive(Debug)]
pub(super) struct Logical {
    call: Call<LlmRequest>,
    guard: Option<CallGuard<LlmRequest>>,
}

impl Deref for Logical {
    type Target = Call<LlmRequest>;

    fn deref(&self) -> &Call<LlmRequest> {
        &self.call
    }
}

impl Logical {
    /// The call that runs here, else a new one; none where nothing is recorded.
    pub(super) fn find_or_start(facts: &Facts, request: &reqwest::Request) -> Option<Self> {
        let (found, turn) = match around().and_then(|call| Some((Latest::ask(&call)?, call))) {
            Some((turn, call)) => (Self { call, guard: None }, turn),
            None => (Self::start(facts, request.url())?, Turn::First),
        };
        if turn == Turn::First {
            facts.tell(request, &found);
        }
        Some(found)
    }

    fn start(facts: &Facts, url: &Url) -> Option<Self> {
        let guard = facts.operation(url).start();
        guard.is_tracked().then(|| Self { call: Call::clone(&guard), guard: Some(guard) })
    }

    /// The context for what runs inside.
    pub(super) fn inside(&self) -> Context {
        if self.guard.is_some() { self.call.context() } else { Context::current() }
    }

    /// Ends the call, if it is the middleware's own.
    pub(super) fn finish(&mut self, outcome: Outcome) {
        if let Some(guard) = self.guard.take() {
            guard.finish(outcome);
        }
    }
}

/// The call to a model that this is part of. One that runs an agent or a tool, which asks a model now, is not.
fn around() -> Option<Call<LlmRequest>> {
    let found = innermost()?;
    let mut between = false;
    current::agent(|agent| between |= is_inside_of_one(agent));
    current::tool(|tool| between |= is_inside_of_one(tool));
    current::workflow(|workflow| between |= is_inside_of_one(workflow));
    (!between).then_some(found)
}

fn is_inside_of_one<O>(call: &Call<O>) -> bool {
    let _context = call.enter();
    innermost().is_some()
}

fn innermost() -> Option<Call<LlmRequest>> {
    let mut found = None;
    current::llm_request(|call| found = Some(call.clone()));
    found
}
