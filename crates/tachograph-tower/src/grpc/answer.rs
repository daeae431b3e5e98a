//! What a response says of its status, at its head and at its end.

use http::{HeaderMap, StatusCode, header::CONTENT_TYPE, response::Parts};

use super::code;
use crate::exchange::Then;

/// The status of a response, as far as it has come.
#[derive(Debug, Default)]
pub(super) struct Answer {
    /// By headers or trailers.
    told: Option<&'static str>,
    /// By the head of a response that is none of gRPC.
    inferred: Option<&'static str>,
    /// Messages follow the head.
    streams: bool,
}

/// By `content-type: application/grpc`, with or without the name of a codec.
fn is_grpc(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"application/grpc"))
}

impl Answer {
    pub(super) fn head(&mut self, head: &Parts) -> Then {
        self.told = code::told_by(&head.headers);
        if self.told.is_some() {
            // An answer of trailers alone: nothing follows.
            return Then::End;
        }
        if head.status != StatusCode::OK {
            // A proxy's. Clients do not read what follows.
            self.inferred = Some(code::of_http_status(head.status));
            return Then::End;
        }
        self.streams = is_grpc(&head.headers);
        if !self.streams {
            self.inferred = Some(code::UNKNOWN);
        }
        Then::Body
    }

    pub(super) fn trailers(&mut self, trailers: &HeaderMap) {
        self.told = code::told_by(trailers);
    }

    /// What the head of a response means that is none of gRPC, whether the rest of it is read or not.
    pub(super) fn inferred(&self) -> Option<&'static str> {
        self.inferred
    }

    /// The status of a response that came to its end. One without any is `UNKNOWN`.
    pub(super) fn code(&self) -> &'static str {
        self.told.or(self.inferred).unwrap_or(code::UNKNOWN)
    }

    /// Whether messages of gRPC began to flow.
    pub(super) fn streams(&self) -> bool {
        self.streams
    }

    /// Whether the answer must have come from the method itself.
    ///
    /// Layers in front of a service refuse calls by a few codes, whatever the method is called. Any other answer has
    /// been through a handler, and so has one whose messages began to flow.
    pub(super) fn is_of_a_method(&self) -> bool {
        match self.told {
            Some(code::UNIMPLEMENTED) => false,
            Some(code::UNAUTHENTICATED | code::PERMISSION_DENIED | code::RESOURCE_EXHAUSTED | code::UNAVAILABLE) => {
                self.streams
            }
            Some(_) => true,
            None => false,
        }
    }
}
