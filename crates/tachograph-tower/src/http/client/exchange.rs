//! What the parts of a response mean for the request that a client sent.

use std::fmt;

use http::{Method, StatusCode, response::Parts};
use tachograph_core::{Call, HttpClientRequest, Outcome};

use super::signs::Signs;
use crate::{
    exchange::{self, Classify, Exchange, Stage, Then},
    http::attributes::protocol_version,
};

/// A request that an HTTP client sent.
#[derive(Debug)]
pub struct HttpClientExchange {
    asked: Asked,
}

/// Methods whose responses have no body of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Head,
    Connect,
    Other,
}

impl HttpClientExchange {
    pub(crate) fn new(method: &Method) -> Self {
        let asked = match *method {
            Method::HEAD => Asked::Head,
            Method::CONNECT => Asked::Connect,
            _ => Asked::Other,
        };
        Self { asked }
    }

    /// Whether the response ends with its head (RFC 9110, section 6.4.1). A tunnel and an upgraded connection are no body.
    fn ends_with_head(&self, status: StatusCode) -> bool {
        status.is_informational()
            || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
            || self.asked == Asked::Head
            || (self.asked == Asked::Connect && status.is_success())
    }
}

impl Exchange for HttpClientExchange {
    type Operation = HttpClientRequest;

    fn head(&mut self, call: &Call<HttpClientRequest>, head: &mut Parts) -> Then {
        call.status(head.status.as_u16());
        if exchange::lasts(head) {
            call.response_lasts();
        }
        if let Some(version) = protocol_version(head.version) {
            call.protocol_version(version);
        }
        if self.ends_with_head(head.status) { Then::End } else { Then::Body }
    }

    fn response_bytes(call: &Call<HttpClientRequest>, bytes: u64) {
        call.response_body_size(bytes);
    }

    fn request_bytes(call: &Call<HttpClientRequest>, bytes: u64) {
        call.request_body_size(bytes);
    }
}

impl<E: fmt::Debug> Classify<E> for HttpClientExchange {
    fn failed(&mut self, _call: &Call<HttpClientRequest>, error: &E, stage: Stage) -> Outcome {
        let signs = Signs::of(error);
        Outcome::error(if signs.is_timeout() {
            "timeout"
        } else if signs.is_connect() {
            "connect"
        } else if signs.is_closed() {
            "connection_closed"
        } else {
            match stage {
                Stage::Head => "request_error",
                Stage::Body => "body_error",
            }
        })
    }
}
