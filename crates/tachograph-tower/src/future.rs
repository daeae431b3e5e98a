use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use http::Response;
use http_body::Body;
use pin_project_lite::pin_project;
use tachograph_core::Outcome;

use crate::{body::ResponseBody, request_call::RequestCall};

pin_project! {
    /// The future of a response. With the head of the response the call moves on into the body.
    ///
    /// Dropped before its first poll it never was a request. Dropped later, the inner future goes first, inside of the
    /// call, so that what it tracks has the right parent and ends before.
    #[must_use = "futures do nothing unless polled"]
    pub struct ResponseFuture<F> {
        #[pin]
        inner: Option<F>,
        call: RequestCall,
    }

    impl<F> PinnedDrop for ResponseFuture<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let _context = this.call.enter();
            this.inner.set(None);
        }
    }
}

impl<F> ResponseFuture<F> {
    pub(crate) fn new(inner: F, call: RequestCall) -> Self {
        Self { inner: Some(inner), call }
    }
}

impl<F, B, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Body,
{
    type Output = Result<Response<ResponseBody<B>>, E>;

    fn poll(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let Some(inner) = this.inner.as_mut().as_pin_mut() else { return Poll::Pending };
        let answered = ready!(this.call.poll(|| inner.poll(task)));
        {
            let _context = this.call.enter();
            this.inner.set(None);
        }
        match answered {
            Ok(response) => {
                let (head, body) = response.into_parts();
                let body = ResponseBody::new(body, this.call.take(), &head);
                Poll::Ready(Ok(Response::from_parts(head, body)))
            }
            Err(error) => {
                this.call.finish(Outcome::error("service_error"));
                Poll::Ready(Err(error))
            }
        }
    }
}

impl<F> std::fmt::Debug for ResponseFuture<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ResponseFuture").field("tracked", &self.call.is_tracked()).finish_non_exhaustive()
    }
}
