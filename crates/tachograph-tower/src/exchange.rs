//! What the parts of an exchange mean, apart from how they are carried and recorded.

use http::{HeaderMap, StatusCode, header::CONTENT_TYPE, response::Parts};
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

/// Whether a response over HTTP is meant to last: an event stream, an upgraded connection.
pub(crate) fn lasts(head: &Parts) -> bool {
    const EVENT_STREAM: &[u8] = b"text/event-stream";
    let is_event_stream = |kind: &[u8]| {
        let (own, rest) = kind.split_at_checked(EVENT_STREAM.len()).unwrap_or((&[], kind));
        own.eq_ignore_ascii_case(EVENT_STREAM) && matches!(rest.first(), None | Some(b';' | b' '))
    };
    head.status == StatusCode::SWITCHING_PROTOCOLS
        || head.headers.get(CONTENT_TYPE).is_some_and(|kind| is_event_stream(kind.as_bytes()))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn event_streams_and_upgraded_connections_last() {
        let lasts = |status: u16, kind: Option<&str>| {
            let mut response = http::Response::builder().status(status);
            if let Some(kind) = kind {
                response = response.header(CONTENT_TYPE, kind);
            }
            lasts(&response.body(()).unwrap().into_parts().0)
        };
        for kind in ["text/event-stream", "Text/Event-Stream;charset=utf-8", "text/event-stream ; charset=utf-8"] {
            assert!(lasts(200, Some(kind)), "{kind}");
        }
        for kind in ["text/event-streams", "text/event", "text/html", "", "x; text/event-stream"] {
            assert!(!lasts(200, Some(kind)), "{kind}");
        }
        assert!(lasts(101, None) && !lasts(200, None) && !lasts(204, None));
    }
}
