//! Answers that are read while they come in.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
};

use opentelemetry::Context;

use crate::{
    call::{Call, CallState},
    operation::{Kind, LlmRequest},
};

/// Reads an answer piece by piece and tells the call at its end, also where the call is given up half-way.
///
/// It lies in the call ([`Call::read_answer`]), so that nobody has to carry it.
pub trait AnswerReader: Any + Send {
    /// Tells what was read so far. Called once, when the call ends. Gives whether the answer came to its end: a stream that is
    /// dropped after that was not given up.
    fn finish(self: Box<Self>, call: &Call<LlmRequest>) -> bool;
}

impl Call<LlmRequest> {
    /// Gives `read` the reader of this call, made by `make` when there is none yet. A reader of another type is told to finish
    /// first. Does nothing where the call is not tracked or has ended.
    pub fn read_answer<R: AnswerReader>(&self, make: impl FnOnce() -> R, read: impl FnOnce(&mut R)) {
        let Some(state) = self.state() else { return };
        // Out of the lock while it reads: a reader may enrich its call.
        let known = {
            let mut gathered = state.gathered();
            if gathered.finished {
                return;
            }
            gathered.model().reader.take()
        };
        let known = match known {
            Some(known) if (&*known as &dyn Any).is::<R>() => (known as Box<dyn Any>).downcast::<R>().ok(),
            Some(other) => {
                other.finish(self);
                None
            }
            None => None,
        };
        let mut reader = known.unwrap_or_else(|| Box::new(make()));
        read(&mut reader);
        let mut gathered = state.gathered();
        if !gathered.finished {
            gathered.model().reader = Some(reader);
        }
    }
}

/// Lets the reader of a call that ends tell what it has. Gives whether it saw the end of the answer.
pub(crate) fn finish(context: &Context, state: &CallState) -> bool {
    if state.kind != Kind::Llm {
        return false;
    }
    let Some(reader) = state.gathered().model.as_mut().and_then(|model| model.reader.take()) else { return false };
    let call = Call::of(Some(context.clone()));
    // It may be anybody's, and the call may be ending because something panicked.
    catch_unwind(AssertUnwindSafe(|| reader.finish(&call))).unwrap_or(false)
}
