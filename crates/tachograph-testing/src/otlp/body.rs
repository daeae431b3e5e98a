//! The body of an answer: bytes, trailers, and the place where it breaks off.

use std::{
    collections::VecDeque,
    io,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};

/// How often a body that breaks off lets go first, so that what came before is on its way.
const PAUSES: usize = 4;

#[derive(Debug, Default)]
pub(super) struct AnswerBody {
    steps: VecDeque<Step>,
}

#[derive(Debug)]
enum Step {
    Data(Bytes),
    Trailers(HeaderMap),
    Pause,
    BreakOff,
}

impl AnswerBody {
    pub(super) fn of(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        let data = (!bytes.is_empty()).then_some(Step::Data(bytes));
        Self { steps: data.into_iter().collect() }
    }

    pub(super) fn with_trailers(mut self, trailers: HeaderMap) -> Self {
        self.steps.push_back(Step::Trailers(trailers));
        self
    }

    /// Half of `bytes`, and no end.
    pub(super) fn half_of(bytes: &Bytes) -> Self {
        let mut half = Self::of(bytes.slice(..bytes.len() / 2));
        half.steps.extend((0..PAUSES).map(|_| Step::Pause));
        half.steps.push_back(Step::BreakOff);
        half
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        Poll::Ready(match self.steps.pop_front() {
            None => None,
            Some(Step::Data(bytes)) => Some(Ok(Frame::data(bytes))),
            Some(Step::Trailers(trailers)) => Some(Ok(Frame::trailers(trailers))),
            Some(Step::BreakOff) => Some(Err(io::Error::other("breaks off, as the script has it"))),
            Some(Step::Pause) => {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
        })
    }

    fn is_end_stream(&self) -> bool {
        self.steps.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        if self.steps.iter().any(|step| !matches!(step, Step::Data(_))) {
            return SizeHint::default();
        }
        let bytes = self.steps.iter().map(|step| if let Step::Data(bytes) = step { bytes.len() as u64 } else { 0 });
        SizeHint::with_exact(bytes.sum())
    }
}
