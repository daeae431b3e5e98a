use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Buf as _;
use http::{HeaderMap, header::CONTENT_LENGTH, response::Parts};
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use crate::{
    exchange::{Classify, Exchange, Stage, Then},
    request_call::RequestCall,
};

pin_project! {
    /// The body of a response. The call ends with its last byte, with its trailers, with its error, or when the body is
    /// dropped.
    ///
    /// Servers stop polling as soon as they know that there is no more to come: the call ends then, without a further poll.
    pub struct ResponseBody<B, X: Exchange> {
        #[pin]
        inner: Option<B>,
        call: RequestCall<X>,
        passed: u64,
        length: Option<u64>,
    }

    impl<B, X: Exchange> PinnedDrop for ResponseBody<B, X> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if this.call.is_tracked() {
                {
                    let _context = this.call.enter();
                    this.inner.set(None);
                }
                this.call.response_bytes(*this.passed);
                if *this.length == Some(*this.passed) {
                    this.call.complete();
                } else {
                    this.call.abandon();
                }
            }
        }
    }
}

impl<B: Body, X: Exchange> ResponseBody<B, X> {
    pub(crate) fn untracked(inner: B) -> Self {
        Self { inner: Some(inner), call: RequestCall::untracked(), passed: 0, length: None }
    }

    pub(crate) fn new(inner: B, mut call: RequestCall<X>, head: &mut Parts) -> Self {
        let then = call.head(head);
        let length = inner.size_hint().exact().or_else(|| content_length(&head.headers));
        if then == Then::End || inner.is_end_stream() || length == Some(0) {
            call.response_bytes(0);
            call.complete();
        }
        Self { inner: Some(inner), call, passed: 0, length }
    }
}

/// The `Content-Length`; `None` where it is missing or no number.
pub(crate) fn content_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

impl<B, X> Body for ResponseBody<B, X>
where
    B: Body,
    X: Classify<B::Error>,
{
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let mut this = self.project();
        let inner = &mut this.inner;
        if !this.call.is_tracked() {
            return inner.as_mut().as_pin_mut().map_or(Poll::Ready(None), |body| body.poll_frame(task));
        }
        let (polled, ended) = ready!(this.call.run(|| {
            let Some(mut body) = inner.as_mut().as_pin_mut() else { return Poll::Ready((None, true)) };
            let polled = ready!(body.as_mut().poll_frame(task));
            let ended = match &polled {
                Some(Ok(frame)) => frame.is_trailers() || body.is_end_stream(),
                Some(Err(_)) | None => true,
            };
            if ended {
                // What the body holds goes inside of the call, before it ends.
                inner.set(None);
            }
            Poll::Ready((polled, ended))
        }));
        if let Some(Ok(frame)) = &polled {
            *this.passed += frame.data_ref().map_or(0, |data| data.remaining() as u64);
            if let Some(trailers) = frame.trailers_ref() {
                this.call.trailers(trailers);
            }
        }
        if !ended {
            return Poll::Ready(polled);
        }
        this.call.response_bytes(*this.passed);
        match &polled {
            Some(Err(error)) => this.call.fail(error, Stage::Body),
            Some(Ok(_)) | None => this.call.complete(),
        }
        Poll::Ready(polled)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.as_ref().map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

impl<B, X: Exchange> fmt::Debug for ResponseBody<B, X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseBody")
            .field("passed", &self.passed)
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}
