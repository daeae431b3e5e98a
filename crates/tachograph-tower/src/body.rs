use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Buf as _;
use http::{StatusCode, response::Parts};
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use tachograph_core::Outcome;

use crate::{describe::content_length, request_call::RequestCall};

pin_project! {
    /// The body of a response. The call ends with its last byte, with its error, or when the body is dropped.
    ///
    /// Servers stop polling as soon as they know that there is no more to come: the call ends then, without a further poll.
    pub struct ResponseBody<B> {
        #[pin]
        inner: Option<B>,
        call: RequestCall,
        sent: u64,
        length: Option<u64>,
    }

    impl<B> PinnedDrop for ResponseBody<B> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if this.call.is_tracked() {
                {
                    let _context = this.call.enter();
                    this.inner.set(None);
                }
                this.call.sent(*this.sent);
                if *this.length == Some(*this.sent) {
                    this.call.finish(Outcome::Success);
                }
            }
        }
    }
}

impl<B: Body> ResponseBody<B> {
    pub(crate) fn new(inner: B, mut call: RequestCall, head: &Parts) -> Self {
        let mut length = None;
        if call.is_tracked() {
            call.status(head.status.as_u16());
            length = inner.size_hint().exact().or_else(|| content_length(&head.headers));
            if inner.is_end_stream() || length == Some(0) || call.head_only() || is_bodiless(head.status) {
                call.sent(0);
                call.finish(Outcome::Success);
            }
        }
        Self { inner: Some(inner), call, sent: 0, length }
    }
}

/// Statuses whose responses end with the head, whatever the handler gave for a body (RFC 9110, section 6.4.1).
fn is_bodiless(status: StatusCode) -> bool {
    status.is_informational() || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
}

impl<B: Body> Body for ResponseBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let mut this = self.project();
        let Some(inner) = this.inner.as_mut().as_pin_mut() else { return Poll::Ready(None) };
        if !this.call.is_tracked() {
            return inner.poll_frame(task);
        }
        let polled = ready!(this.call.poll(|| inner.poll_frame(task)));
        let outcome = match &polled {
            Some(Ok(frame)) => {
                *this.sent += frame.data_ref().map_or(0, |data| data.remaining() as u64);
                let ended = this.inner.as_ref().as_pin_ref().is_none_or(|inner| inner.is_end_stream());
                ended.then_some(Outcome::Success)
            }
            Some(Err(_)) => Some(Outcome::error("body_error")),
            None => Some(Outcome::Success),
        };
        if let Some(outcome) = outcome {
            {
                let _context = this.call.enter();
                this.inner.set(None);
            }
            this.call.sent(*this.sent);
            this.call.finish(outcome);
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

impl<B> std::fmt::Debug for ResponseBody<B> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ResponseBody").field("sent", &self.sent).field("length", &self.length).finish_non_exhaustive()
    }
}
