//! Answers that are read while they come in.

use std::any::Any;

use crate::{call::Call, operation::LlmRequest};

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

    /// Lets the reader tell what it has, before the call ends.
    pub(crate) fn finish_answer(&self) -> bool {
        let reader = self.state().and_then(|state| state.gathered().model.as_mut()?.reader.take());
        reader.is_some_and(|reader| reader.finish(self))
    }
}
