//! Taking the current context along: to spawned tasks, to threads, to the next service.
//!
//! The OpenTelemetry context follows a future across `.await` by itself where every poll enters it, as tracked functions do. A task, a
//! blocking task and a thread start without one; these helpers work with every runtime:
//!
//! ```
//! use tachograph_core::context::{carry, carry_fn};
//! # async fn index() {}
//! # fn hash() -> u64 { 7 }
//! # fn spawn(_future: impl Future + Send + 'static) {}
//! spawn(carry(index()));                             // tokio::spawn, JoinSet::spawn, …
//! let thread = std::thread::spawn(carry_fn(hash));   // std::thread, tokio::task::spawn_blocking, rayon::spawn
//! # thread.join().unwrap();
//! ```

use std::{
    pin::Pin,
    task::{Context as TaskContext, Poll},
};

use futures_core::Stream;
use opentelemetry::{Context, KeyValue, StringValue};
use pin_project_lite::pin_project;

use crate::{
    call::{Served, enclosing},
    semconv::attribute as attr,
    telemetry::Telemetry,
};

/// Has a future polled, and dropped, in the context that is current now: what it tracks belongs to the call that runs here.
pub fn carry<F: Future>(future: F) -> Carried<F> {
    carry_in(&Context::current(), future)
}

/// Has a stream polled, and dropped, in the context that is current now.
pub fn carry_stream<S: Stream>(stream: S) -> Carried<S> {
    carry_in(&Context::current(), stream)
}

/// Has a future or a stream polled, and dropped, in `context`.
pub fn carry_in<T>(context: &Context, inner: T) -> Carried<T> {
    Carried { inner: Some(inner), context: context.clone() }
}

/// Has a closure run in the context that is current now.
pub fn carry_fn<R>(body: impl FnOnce() -> R) -> impl FnOnce() -> R {
    let context = Context::current();
    move || {
        let _context = context.attach();
        body()
    }
}

pin_project! {
    /// A future or stream in a context of its own, from [`carry`] and its siblings.
    #[must_use = "futures and streams do nothing unless polled"]
    pub struct Carried<T> {
        #[pin]
        inner: Option<T>,
        context: Context,
    }

    impl<T> PinnedDrop for Carried<T> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if this.inner.is_some() {
                let _context = this.context.clone().attach();
                this.inner.set(None);
            }
        }
    }
}

impl<F: Future> Future for Carried<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, task: &mut TaskContext<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _context = this.context.clone().attach();
        match this.inner.as_pin_mut() {
            Some(inner) => inner.poll(task),
            None => Poll::Pending,
        }
    }
}

impl<S: Stream> Stream for Carried<S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, task: &mut TaskContext<'_>) -> Poll<Option<S::Item>> {
        let this = self.project();
        let _context = this.context.clone().attach();
        match this.inner.as_pin_mut() {
            Some(inner) => inner.poll_next(task),
            None => Poll::Ready(None),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.inner.as_ref().map_or((0, Some(0)), Stream::size_hint)
    }
}

impl<T> std::fmt::Debug for Carried<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Carried").finish_non_exhaustive()
    }
}

/// The request that is being answered.
struct RequestId(StringValue);

/// A context like `context` in which the request has this id: for servers without a layer of Tachograph. Requests that are tracked
/// carry their own ([`HttpRequest::request_id`](crate::HttpRequest::request_id)).
#[must_use]
pub fn with_request_id(context: &Context, id: impl Into<StringValue>) -> Context {
    context.with_value(RequestId(id.into()))
}

/// The id of the request that is being answered here; `None` outside of any.
#[must_use]
pub fn request_id() -> Option<StringValue> {
    Context::map_current(request_id_of)
}

/// The id of the request that is being answered in `context`; `None` outside of any.
#[must_use]
pub fn request_id_of(context: &Context) -> Option<StringValue> {
    let tracked = enclosing(context, |call| call.served.id().is_some()).and_then(|call| call.served.id().cloned());
    tracked.or_else(|| context.get::<RequestId>().map(|id| id.0.clone()))
}

/// An HTTP request that is being answered, as log lines tell it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ServedRequest {
    /// The method; `_OTHER` for one that the convention does not know.
    pub method: StringValue,
    /// The path of the URL, without the query.
    pub path: Option<StringValue>,
    /// The address of the client, as far as trusted proxies tell it.
    pub client_address: Option<StringValue>,
}

/// The HTTP request that is being answered in `context`; `None` outside of any, and where the policy does not keep requests for logs
/// ([`Policy::with_requests_in_logs`](crate::Policy::with_requests_in_logs)).
#[must_use]
pub fn served_request(context: &Context) -> Option<ServedRequest> {
    let call = enclosing(context, |call| matches!(call.served, Served::Told(_)))?;
    let Served::Told(told) = &call.served else { return None };
    let method = call.series.part(0)?.clone();
    Some(ServedRequest { method, path: told.path.clone(), client_address: told.client_address.clone() })
}

/// Whether the path and the client of a request that is started in `context` are kept for log lines. Layers ask before they copy text.
#[must_use]
pub fn served_request_wanted(context: &Context) -> bool {
    Telemetry::in_force_in(context).is_some_and(|telemetry| telemetry.policy().has_requests_in_logs())
}

/// Counts a header of a caller that was ignored, in `tachograph.propagation.rejected`. Both are of a few fixed words.
pub fn count_rejected(header: &'static str, reason: &'static str) {
    if let Some(telemetry) = Telemetry::current() {
        telemetry.instruments().propagation_rejected().add(
            1,
            &[KeyValue::new(attr::PROPAGATION_HEADER, header), KeyValue::new(attr::PROPAGATION_REASON, reason)],
        );
    }
}

/// Whether a call started in `context` would have a span that may be kept; `None` where it would not be recorded at all. Layers ask
/// before they copy text that spans alone carry.
#[must_use]
pub fn span_wanted(context: &Context) -> Option<bool> {
    Telemetry::in_force_in(context)
        .filter(|_| !context.is_telemetry_suppressed())
        .map(|telemetry| telemetry.wants_span(context))
}
