use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::{StatusCode, header, response::Parts};
use http_body::{Body as _, Frame, SizeHint};
use reqwest::Body;
use tachograph_core::{Attempt, Outcome};

use super::{error, logical::Logical, reading::Reading};

/// The body of an answer. It is handed on as it comes, and read on the way; the call ends with its last byte, with its error, or when it is
/// dropped.
pub(super) struct AnswerBody {
    inner: Option<Body>,
    reading: Arc<Reading>,
    /// Ended before the call is, which it is part of.
    attempt: Option<Attempt>,
    call: Logical,
    /// Bytes that are still to come, where the head said how many there are: a `reqwest` that could unpack it does not know.
    left: Option<u64>,
}

impl AnswerBody {
    pub(super) fn new(
        head: &Parts,
        inner: Body,
        reading: Arc<Reading>,
        attempt: Option<Attempt>,
        call: Logical,
    ) -> Self {
        let length = head.headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        let left = if head.status == StatusCode::NO_CONTENT { Some(0) } else { length };
        let mut body = Self { inner: Some(inner), reading, attempt, call, left };
        if body.is_end_stream() {
            body.end(Outcome::Success);
        }
        body
    }

    /// Whether these were the last bytes.
    fn is_last(&mut self, data: &[u8]) -> bool {
        let Some(left) = &mut self.left else { return false };
        *left = left.saturating_sub(data.len() as u64);
        *left == 0
    }

    /// What the body holds goes before the call ends, and inside of it.
    fn close(&mut self) {
        {
            let _context = self.call.enter();
            self.inner = None;
        }
        self.reading.end(&self.call);
    }

    fn end(&mut self, outcome: Outcome) {
        self.close();
        if let Some(mut attempt) = self.attempt.take()
            && let Some(error) = outcome.error_type()
        {
            attempt.fail(error.to_owned());
        }
        self.call.finish(outcome);
    }
}

impl http_body::Body for AnswerBody {
    type Data = Bytes;
    type Error = reqwest::Error;

    fn poll_frame(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, reqwest::Error>>> {
        let this = self.get_mut();
        let Some(inner) = &mut this.inner else { return Poll::Ready(None) };
        let polled = ready!(Pin::new(&mut *inner).poll_frame(task));
        let ended = match &polled {
            Some(Ok(frame)) => {
                let mut is_over = frame.is_trailers() || inner.is_end_stream();
                if let Some(data) = frame.data_ref() {
                    this.reading.push(data, &this.call);
                    is_over |= this.is_last(data);
                }
                is_over.then_some(Outcome::Success)
            }
            Some(Err(failure)) => Some(Outcome::error(error::of_body(failure))),
            None => Some(Outcome::Success),
        };
        if let Some(outcome) = ended {
            this.end(outcome);
        }
        Poll::Ready(polled)
    }

    fn is_end_stream(&self) -> bool {
        self.left == Some(0) || self.inner.as_ref().is_none_or(http_body::Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.as_ref().map_or_else(|| SizeHint::with_exact(0), http_body::Body::size_hint)
    }
}

impl Drop for AnswerBody {
    fn drop(&mut self) {
        if self.inner.is_some() {
            self.close();
        }
        self.attempt = None;
    }
}

impl fmt::Debug for AnswerBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnswerBody").field("reading", &self.reading).finish_non_exhaustive()
    }
}
