//! Futures that are tracked calls.

use std::{
    pin::Pin,
    task::{Context as TaskContext, Poll, ready},
};

use opentelemetry::ContextGuard;
use pin_project_lite::pin_project;

use crate::{
    operation::Operation,
    outcome::Observe,
    recorder::{CallGuard, EndOnUnwind},
    series::CallSite,
};

/// A call that starts when it is first polled. Opaque outside of the crate.
#[allow(missing_debug_implementations)]
pub struct Lazy<O> {
    waiting: Option<(O, Option<&'static CallSite>)>,
    guard: CallGuard<O>,
}

impl<O: Operation> Lazy<O> {
    pub(crate) fn waiting(operation: O, site: Option<&'static CallSite>) -> Self {
        Self { waiting: Some((operation, site)), guard: CallGuard::inert() }
    }

    /// A call that is not tracked.
    pub(crate) fn never() -> Self {
        Self { waiting: None, guard: CallGuard::inert() }
    }

    pub(crate) fn running(guard: CallGuard<O>) -> Self {
        Self { waiting: None, guard }
    }

    /// Starts the call now.
    pub(crate) fn start(mut self) -> CallGuard<O> {
        self.guard();
        self.take()
    }
}

/// Where a future keeps its call: started already, or at the first poll.
pub trait Slot {
    /// The operation of the call.
    type Operation: Operation;
    /// The guard of the call, started now if it was not yet.
    fn guard(&mut self) -> &mut CallGuard<Self::Operation>;
    /// Takes the guard of a call that ends; what is left is no call.
    fn take(&mut self) -> CallGuard<Self::Operation>;
    /// Makes the call current if it runs, for what happens on the way out.
    fn enter(&self) -> Option<ContextGuard>;
}

impl<O: Operation> Slot for CallGuard<O> {
    type Operation = O;

    fn guard(&mut self) -> &mut Self {
        self
    }

    fn take(&mut self) -> Self {
        std::mem::replace(self, Self::inert())
    }

    fn enter(&self) -> Option<ContextGuard> {
        self.handle().enter()
    }
}

impl<O: Operation> Slot for Lazy<O> {
    type Operation = O;

    fn guard(&mut self) -> &mut CallGuard<O> {
        if let Some((operation, site)) = self.waiting.take() {
            self.guard = CallGuard::start(operation, site);
        }
        &mut self.guard
    }

    fn take(&mut self) -> CallGuard<O> {
        self.guard.take()
    }

    fn enter(&self) -> Option<ContextGuard> {
        self.guard.enter()
    }
}

pin_project! {
    /// Polls a future inside its call and gives the guard back with the output.
    ///
    /// Dropped before its first poll it never was a call. Dropped later, the inner future goes first, inside the call, so
    /// that what it records on its way out has the right parent.
    pub struct Driven<F, C: Slot> {
        #[pin]
        inner: Option<F>,
        call: C,
    }

    impl<F, C: Slot> PinnedDrop for Driven<F, C> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if this.inner.is_some() {
                let _context = this.call.enter();
                this.inner.set(None);
            }
        }
    }
}

impl<F, C: Slot> Driven<F, C> {
    pub(crate) fn new(call: C, inner: F) -> Self {
        Self { inner: Some(inner), call }
    }
}

impl<F: Future, C: Slot> Future for Driven<F, C> {
    type Output = (CallGuard<C::Operation>, F::Output);

    fn poll(self: Pin<&mut Self>, task: &mut TaskContext<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let guard = this.call.guard();
        let context = guard.enter();
        let unwind = EndOnUnwind::new(guard);
        let polled = match this.inner.as_mut().as_pin_mut() {
            Some(inner) => inner.poll(task),
            None => Poll::Pending,
        };
        unwind.disarm();
        let output = ready!(polled);
        this.inner.set(None);
        drop(context);
        Poll::Ready((this.call.take(), output))
    }
}

pin_project! {
    /// A tracked future, from [`track_llm_request`](crate::track_llm_request) and its siblings.
    #[must_use = "futures do nothing unless awaited"]
    pub struct Tracked<F, O: Operation> {
        #[pin]
        driven: Driven<F, Lazy<O>>,
    }
}

impl<F, O: Operation> Tracked<F, O> {
    pub(crate) fn new(operation: O, future: F) -> Self {
        Self { driven: Driven::new(Lazy::waiting(operation, None), future) }
    }
}

impl<F, O> Future for Tracked<F, O>
where
    F: Future,
    F::Output: Observe,
    O: Operation,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, task: &mut TaskContext<'_>) -> Poll<F::Output> {
        let (guard, output) = ready!(self.project().driven.poll(task));
        Poll::Ready(guard.finish_with(output))
    }
}
