//! Streams that are tracked calls.

use std::{
    pin::Pin,
    task::{Context as TaskContext, Poll, ready},
};

use futures_core::Stream;
use pin_project_lite::pin_project;

use crate::{
    call::Call,
    future::{Lazy, Slot as _},
    operation::Operation,
    outcome::{CallError, Observe, Outcome},
    recorder::EndOnUnwind,
};

pin_project! {
    /// A stream inside its call. The call ends when the stream ends or is dropped; an item that is an error makes the call
    /// one, also when the stream is dropped after it.
    pub struct TrackedStream<S, O: Operation, I> {
        #[pin]
        inner: Option<S>,
        call: Lazy<O>,
        inspect: I,
        failure: Option<CallError>,
        announced: bool,
    }

    impl<S, O: Operation, I> PinnedDrop for TrackedStream<S, O, I> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            {
                let _context = this.call.enter();
                this.inner.set(None);
            }
            if let Some(error) = this.failure.take() {
                this.call.take().finish(Outcome::Error(error));
            }
        }
    }
}

impl<S, O: Operation, I> TrackedStream<S, O, I> {
    pub(crate) fn new(call: Lazy<O>, inner: S, inspect: I) -> Self {
        Self { inner: Some(inner), call, inspect, failure: None, announced: false }
    }
}

impl<S, O, I> Stream for TrackedStream<S, O, I>
where
    S: Stream,
    O: Operation,
    I: FnMut(&Call<O>, &S::Item) -> Outcome,
{
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, task: &mut TaskContext<'_>) -> Poll<Option<S::Item>> {
        let mut this = self.project();
        if this.inner.is_none() {
            return Poll::Ready(None);
        }
        let guard = this.call.guard();
        if !std::mem::replace(this.announced, true) {
            guard.streams();
        }
        let context = guard.enter();
        let unwind = EndOnUnwind::new(guard);
        let polled = match this.inner.as_mut().as_pin_mut() {
            Some(inner) => inner.poll_next(task),
            None => Poll::Ready(None),
        };
        unwind.disarm();
        match ready!(polled) {
            Some(item) => {
                if let Outcome::Error(error) = (this.inspect)(guard.handle(), &item) {
                    this.failure.get_or_insert(error);
                }
                Poll::Ready(Some(item))
            }
            None => {
                this.inner.set(None);
                drop(context);
                let outcome = this.failure.take().map_or(Outcome::Success, Outcome::Error);
                this.call.take().finish(outcome);
                Poll::Ready(None)
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.inner.as_ref().map_or((0, Some(0)), Stream::size_hint)
    }
}

/// A tracked stream whose items tell by themselves whether they are errors, from `track_stream`.
pub type ObservedStream<S, O> = TrackedStream<S, O, fn(&Call<O>, &<S as Stream>::Item) -> Outcome>;

pub(crate) fn observed<S, O>(operation: O, stream: S) -> ObservedStream<S, O>
where
    S: Stream,
    S::Item: Observe,
    O: Operation,
{
    TrackedStream::new(Lazy::waiting(operation, None), stream, |_, item| item.outcome())
}
