use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use http::Response;
use http_body::Body;
use pin_project_lite::pin_project;

use crate::{
    body::ResponseBody,
    exchange::{Classify, Exchange, Stage},
    request_call::RequestCall,
};

pin_project! {
    /// The future of a response. With the head of the response the call moves on into the body.
    ///
    /// Dropped before the head, the call is cancelled. The inner future goes first, inside of the call, so that what it
    /// tracks has the right parent and ends before.
    #[must_use = "futures do nothing unless polled"]
    pub struct ResponseFuture<F, X: Exchange> {
        #[pin]
        inner: Option<F>,
        call: RequestCall<X>,
    }

    impl<F, X: Exchange> PinnedDrop for ResponseFuture<F, X> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            {
                let _context = this.call.enter();
                this.inner.set(None);
            }
            this.call.abandon();
        }
    }
}

impl<F, X: Exchange> ResponseFuture<F, X> {
    pub(crate) fn new(inner: F, call: RequestCall<X>) -> Self {
        Self { inner: Some(inner), call }
    }
}

impl<F, B, E, X> Future for ResponseFuture<F, X>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Body,
    X: Classify<E>,
{
    type Output = Result<Response<ResponseBody<B, X>>, E>;

    fn poll(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let inner = &mut this.inner;
        let answered = ready!(this.call.run(|| {
            let Some(future) = inner.as_mut().as_pin_mut() else { return Poll::Pending };
            let answered = ready!(future.poll(task));
            // What the future holds goes inside of the call, before it moves on.
            inner.set(None);
            Poll::Ready(answered)
        }));
        match answered {
            Ok(response) if this.call.is_tracked() => {
                let (mut head, body) = response.into_parts();
                let body = ResponseBody::new(body, this.call.take(), &mut head);
                Poll::Ready(Ok(Response::from_parts(head, body)))
            }
            Ok(response) => Poll::Ready(Ok(response.map(ResponseBody::untracked))),
            Err(error) => {
                this.call.fail(&error, Stage::Head);
                Poll::Ready(Err(error))
            }
        }
    }
}

impl<F, X: Exchange> fmt::Debug for ResponseFuture<F, X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").field("tracked", &self.call.is_tracked()).finish_non_exhaustive()
    }
}
