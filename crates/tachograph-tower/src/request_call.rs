//! The call of one exchange, on its way from the future to the body.

use http::{HeaderMap, response::Parts};
use opentelemetry::ContextGuard;
use tachograph_core::{Call, CallGuard, Outcome};

use crate::exchange::{Classify, Exchange, Stage, Then};

/// At any time one place holds the call of an exchange, so that it ends once, and by a drop at the latest.
///
/// Empty where nothing is tracked, and after the call ended or moved on; all methods do nothing then.
pub(crate) struct RequestCall<X: Exchange> {
    running: Option<Running<X>>,
}

struct Running<X: Exchange> {
    guard: CallGuard<X::Operation>,
    exchange: X,
}

impl<X: Exchange> RequestCall<X> {
    pub(crate) fn untracked() -> Self {
        Self { running: None }
    }

    /// A call that was started just now. Nothing where the guard tracks nothing.
    pub(crate) fn running(guard: CallGuard<X::Operation>, exchange: X) -> Self {
        Self { running: guard.is_tracked().then(|| Running { guard, exchange }) }
    }

    /// Moves the call on, out of this place.
    pub(crate) fn take(&mut self) -> Self {
        Self { running: self.running.take() }
    }

    pub(crate) fn is_tracked(&self) -> bool {
        self.running.is_some()
    }

    /// A handle on the call.
    pub(crate) fn call(&self) -> Option<&Call<X::Operation>> {
        self.running.as_ref().map(|running| &*running.guard)
    }

    /// Makes the call current, if it runs.
    pub(crate) fn enter(&self) -> Option<ContextGuard> {
        self.call().and_then(Call::enter)
    }

    /// Runs one step of the exchange (a call of the service, a poll) inside of the call. A panic in it ends the call: the
    /// executor may drop a future that panicked long after, when nothing tells of the panic any more.
    pub(crate) fn run<R>(&mut self, step: impl FnOnce() -> R) -> R {
        let Some(_context) = self.enter() else { return step() };
        let mut unwinding = EndOnUnwind { call: Some(self) };
        let done = step();
        unwinding.call = None;
        done
    }

    pub(crate) fn head(&mut self, head: &mut Parts) -> Then {
        match &mut self.running {
            Some(Running { guard, exchange }) => exchange.head(guard, head),
            None => Then::Body,
        }
    }

    pub(crate) fn trailers(&mut self, trailers: &HeaderMap) {
        if let Some(Running { guard, exchange }) = &mut self.running {
            exchange.trailers(guard, trailers);
        }
    }

    pub(crate) fn response_bytes(&self, bytes: u64) {
        if let Some(call) = self.call() {
            X::response_bytes(call, bytes);
        }
    }

    /// The response came to its end.
    pub(crate) fn complete(&mut self) {
        if let Some(Running { guard, mut exchange }) = self.running.take() {
            let outcome = exchange.completed(&guard);
            guard.finish(outcome);
        }
    }

    /// The exchange is given up before its end.
    pub(crate) fn abandon(&mut self) {
        if let Some(Running { guard, mut exchange }) = self.running.take()
            && let Some(outcome) = exchange.abandoned(&guard)
        {
            guard.finish(outcome);
        }
    }

    pub(crate) fn fail<E>(&mut self, error: &E, stage: Stage)
    where
        X: Classify<E>,
    {
        if let Some(Running { guard, mut exchange }) = self.running.take() {
            let outcome = exchange.failed(&guard, error, stage);
            guard.finish(outcome);
        }
    }
}

struct EndOnUnwind<'a, X: Exchange> {
    call: Option<&'a mut RequestCall<X>>,
}

impl<X: Exchange> Drop for EndOnUnwind<'_, X> {
    fn drop(&mut self) {
        if let Some(Running { guard, mut exchange }) = self.call.take().and_then(|call| call.running.take()) {
            exchange.panicked(&guard);
            guard.finish(Outcome::Panic);
        }
    }
}
