//! What the parts of an exchange mean, apart from how they are carried and recorded.

use http::{HeaderMap, response::Parts};
use tachograph_core::{Call, Operation, Outcome};

/// One request and its response, as one side of one protocol sees them: HTTP or gRPC, server or client.
///
/// The stations ([`ResponseFuture`](crate::ResponseFuture), [`ResponseBody`](crate::ResponseBody),
/// [`RequestBody`](crate::RequestBody)) find out what happens and end the call exactly once; an exchange says what it means.
/// Every method is given the running call, to tell it more.
pub trait Exchange: Sized {
    /// What the call is recorded as.
    type Operation: Operation;

    /// The head of the response is there. It may be changed before it passes on.
    fn head(&mut self, call: &Call<Self::Operation>, head: &mut Parts) -> Then;

    /// The response has trailers. They end it: [`completed`](Self::completed) is asked next.
    fn trailers(&mut self, _call: &Call<Self::Operation>, _trailers: &HeaderMap) {}

    /// The outcome of a response that came to its end.
    fn completed(&mut self, _call: &Call<Self::Operation>) -> Outcome {
        Outcome::Success
    }

    /// The outcome of a response that was dropped before its end. `None` leaves it to the drop: cancelled, or panicked when
    /// a panic drops it.
    fn abandoned(&mut self, _call: &Call<Self::Operation>) -> Option<Outcome> {
        None
    }

    /// The service or the body panicked, which the call ends with.
    fn panicked(&mut self, _call: &Call<Self::Operation>) {}

    /// So many bytes of the response's body passed. Told once, before the end of the call.
    fn response_bytes(_call: &Call<Self::Operation>, _bytes: u64) {}

    /// So many bytes of the request's body passed, which is all of it or all that was read of it.
    fn request_bytes(_call: &Call<Self::Operation>, _bytes: u64) {}
}

/// What follows the head of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// A body, unless it says itself that it is empty.
    Body,
    /// Nothing, whatever the service gave for a body: the response is complete.
    End,
}

/// What an error of type `E` is called.
pub trait Classify<E>: Exchange {
    /// The outcome of an exchange that ended with `error`.
    fn failed(&mut self, call: &Call<Self::Operation>, error: &E, stage: Stage) -> Outcome;
}

/// Where an exchange failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The service failed: there is no response.
    Head,
    /// The body of the response failed.
    Body,
}
