//! Calls whose requests are under way, and their attempts.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use http::Extensions;
use reqwest::Response;
use reqwest_middleware::Result;
use tachograph_core::{Attempt, Call, LlmRequest, opentelemetry::Context};

use super::{error, logical::Logical, reading::is_failure, retry_after};

/// A call whose request is under way, as the middlewares further in see it.
#[derive(Debug)]
pub(super) struct UnderWay {
    call: Call<LlmRequest>,
    slot: Mutex<Slot>,
}

/// The attempt that is nobody's yet, or nobody's any more.
#[derive(Debug)]
enum Slot {
    /// Begun by the outermost middleware, for whoever is the first to ask.
    Waiting(Attempt),
    /// Answered; the body is still to come.
    Answered(Attempt),
    Empty,
}

/// Lies in the request's extensions and in the context that it runs in: retries hand on the one, clients within clients the other.
#[derive(Clone, Debug)]
struct Handle(Weak<UnderWay>);

impl UnderWay {
    /// Begins the first attempt of a call; gives the context for what runs inside.
    pub(super) fn begin(call: &Logical, extensions: &mut Extensions) -> (Arc<Self>, Context) {
        let slot = Mutex::new(Slot::Waiting(call.attempt()));
        let under_way = Arc::new(Self { call: Call::clone(call), slot });
        let handle = Handle(Arc::downgrade(&under_way));
        extensions.insert(handle.clone());
        (under_way, call.inside().with_value(handle))
    }

    /// The call that a request belongs to of which the outermost middleware knows.
    pub(super) fn find(extensions: &Extensions) -> Option<Arc<Self>> {
        let handed_on = extensions.get::<Handle>().and_then(|handle| handle.0.upgrade());
        handed_on.or_else(|| Context::map_current(|context| context.get::<Handle>()?.0.upgrade()))
    }

    /// An attempt begins.
    pub(super) fn attempt(&self) -> Attempt {
        match self.replace(Slot::Empty) {
            Slot::Waiting(attempt) => attempt,
            // One that was answered well and is made again nevertheless ends now.
            Slot::Answered(_) | Slot::Empty => self.call.attempt(),
        }
    }

    /// An attempt has its answer, and lasts as long as that does.
    pub(super) fn answered(&self, attempt: Attempt) {
        self.replace(Slot::Answered(attempt));
    }

    /// The attempt that got the answer; none where it is over.
    pub(super) fn last(&self, answered: &Result<Response>) -> Option<Attempt> {
        match self.replace(Slot::Empty) {
            Slot::Waiting(attempt) => tell(attempt, answered),
            Slot::Answered(attempt) => Some(attempt),
            Slot::Empty => None,
        }
    }

    fn replace(&self, slot: Slot) -> Slot {
        std::mem::replace(&mut *self.slot.lock().unwrap_or_else(PoisonError::into_inner), slot)
    }
}

/// Tells an attempt what came of it. One that failed is over; one that did not is given back, and lasts as long as the body.
pub(super) fn tell(mut attempt: Attempt, answered: &Result<Response>) -> Option<Attempt> {
    match answered {
        Ok(response) => {
            attempt.status(response.status().as_u16());
            if !is_failure(response.status()) {
                return Some(attempt);
            }
            if let Some(wait) = retry_after::read(response.headers()) {
                attempt.retry_after(wait);
            }
        }
        Err(error) => attempt.fail(error::of_request(error)),
    }
    None
}
