//! One way or the other to a receiver.

use bytes::Bytes;

use super::answer::{Refusal, Taken};

/// A connection to a receiver.
#[derive(Debug)]
pub(super) enum Transport {
    #[cfg(feature = "otlp-grpc")]
    Grpc(super::grpc::Transport),
    #[cfg(feature = "otlp-http")]
    Http(Box<super::http::Transport>),
}

impl Transport {
    /// A request in protobuf as it goes over the wire: done once, however often it is sent.
    pub(super) fn prepare(&self, body: &Bytes) -> Result<Bytes, Refusal> {
        match self {
            #[cfg(feature = "otlp-grpc")]
            Self::Grpc(transport) => transport.prepare(body),
            #[cfg(feature = "otlp-http")]
            Self::Http(transport) => transport.prepare(body),
        }
    }

    /// One attempt. It has no time-out of its own.
    pub(super) async fn send(&self, message: Bytes) -> Result<Taken, Refusal> {
        match self {
            #[cfg(feature = "otlp-grpc")]
            Self::Grpc(transport) => transport.send(message).await,
            #[cfg(feature = "otlp-http")]
            Self::Http(transport) => transport.send(message).await,
        }
    }
}
