use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Buf as _;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use tachograph_core::Call;

use crate::exchange::Exchange;

pin_project! {
    /// The body of a request whose size nobody told: its bytes are counted as they pass.
    ///
    /// Not read to its end, its size is what passed so far; not read at all, it has none.
    pub struct RequestBody<B, X: Exchange> {
        #[pin]
        inner: B,
        call: Option<Call<X::Operation>>,
        passed: u64,
    }

    impl<B, X: Exchange> PinnedDrop for RequestBody<B, X> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            if let Some(call) = this.call.take()
                && *this.passed > 0
            {
                X::request_bytes(&call, *this.passed);
            }
        }
    }
}

#[cfg(any(feature = "axum", feature = "reqwest"))]
impl<B: Body, X: Exchange> RequestBody<B, X> {
    /// Counts what passes of `inner` for `call`.
    pub(crate) fn new(inner: B, call: Call<X::Operation>) -> Self {
        Self { inner, call: Some(call), passed: 0 }
    }
}

/// Has a body counted whose type can stay: a wrapped [`axum::body::Body`] is one again. Others pass as they are.
#[cfg(feature = "axum")]
pub(crate) fn counted<B: 'static, X: Exchange<Operation: 'static> + 'static>(
    mut body: B,
    call: &Call<X::Operation>,
) -> B {
    let any: &mut dyn std::any::Any = &mut body;
    if let Some(known) = any.downcast_mut::<axum::body::Body>()
        && !known.is_end_stream()
    {
        let inner = std::mem::take(known);
        *known = axum::body::Body::new(RequestBody::<_, X>::new(inner, call.clone()));
    }
    body
}

#[cfg(not(feature = "axum"))]
pub(crate) fn counted<B, X: Exchange>(body: B, _call: &Call<X::Operation>) -> B {
    body
}

impl<B: Body, X: Exchange> Body for RequestBody<B, X> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let this = self.project();
        let mut inner = this.inner;
        let polled = ready!(inner.as_mut().poll_frame(task));
        let ended = match &polled {
            Some(Ok(frame)) => {
                *this.passed += frame.data_ref().map_or(0, |data| data.remaining() as u64);
                inner.is_end_stream()
            }
            Some(Err(_)) => false,
            None => true,
        };
        if ended && let Some(call) = this.call.take() {
            X::request_bytes(&call, *this.passed);
        }
        Poll::Ready(polled)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl<B, X: Exchange> fmt::Debug for RequestBody<B, X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestBody").field("passed", &self.passed).finish_non_exhaustive()
    }
}
