//! `google.rpc.Status`, in which both protocols tell why a request was refused.

use std::time::Duration;

use prost::Message;

#[derive(Clone, PartialEq, Message)]
pub(super) struct Status {
    #[prost(int32, tag = "1")]
    pub(super) code: i32,
    #[prost(string, tag = "2")]
    pub(super) message: String,
    #[prost(message, repeated, tag = "3")]
    details: Vec<Any>,
}

#[derive(Clone, PartialEq, Message)]
struct Any {
    #[prost(string, tag = "1")]
    type_url: String,
    #[prost(bytes = "vec", tag = "2")]
    value: Vec<u8>,
}

/// `google.rpc.RetryInfo`.
#[derive(Clone, PartialEq, Message)]
struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    retry_delay: Option<Delay>,
}

/// `google.protobuf.Duration`.
#[derive(Clone, PartialEq, Message)]
struct Delay {
    #[prost(int64, tag = "1")]
    seconds: i64,
    #[prost(int32, tag = "2")]
    nanos: i32,
}

impl Status {
    pub(super) fn new(code: i32, message: &str, retry: Option<Duration>) -> Self {
        let details = retry.map(|wait| {
            let seconds = i64::try_from(wait.as_secs()).unwrap_or(i64::MAX);
            let nanos = i32::try_from(wait.subsec_nanos()).unwrap_or_default();
            let info = RetryInfo { retry_delay: Some(Delay { seconds, nanos }) };
            Any { type_url: "type.googleapis.com/google.rpc.RetryInfo".to_owned(), value: info.encode_to_vec() }
        });
        Self { code, message: message.to_owned(), details: details.into_iter().collect() }
    }
}

/// The answer to an export, the same for all three signals: `partial_success` with the number of rejected items and a message.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Response {
    #[prost(message, optional, tag = "1")]
    pub(super) partial_success: Option<PartialSuccess>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct PartialSuccess {
    #[prost(int64, tag = "1")]
    pub(super) rejected: i64,
    #[prost(string, tag = "2")]
    pub(super) error_message: String,
}

impl Response {
    /// A whole success without rejected items and message.
    pub(super) fn new(rejected: u64, message: &str) -> Self {
        let rejected = i64::try_from(rejected).unwrap_or(i64::MAX);
        let partial_success = (rejected > 0 || !message.is_empty())
            .then(|| PartialSuccess { rejected, error_message: message.to_owned() });
        Self { partial_success }
    }

    /// A success that is long enough to be cut in two.
    pub(super) fn long() -> Self {
        Self::new(0, "of this message only the first half arrives")
    }
}
