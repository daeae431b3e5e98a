//! What the parts of a response mean for the request that a server answers.

use std::{sync::Arc, time::Instant};

use http::{HeaderValue, StatusCode, response::Parts};
use tachograph_core::{Call, HttpRequest, Outcome};

use super::{server_timing, settings::Settings};
use crate::exchange::{self, Classify, Exchange, Stage, Then};

/// A request that an HTTP server answers.
#[derive(Debug)]
pub struct HttpServerExchange {
    pub(super) settings: Arc<Settings>,
    /// The request asked for the head alone.
    pub(super) head_only: bool,
    pub(super) request_id: Option<HeaderValue>,
    /// When the request came, where `Server-Timing` is asked for.
    pub(super) started: Option<Instant>,
}

impl Exchange for HttpServerExchange {
    type Operation = HttpRequest;

    fn head(&mut self, call: &Call<HttpRequest>, head: &mut Parts) -> Then {
        call.status(head.status.as_u16());
        if exchange::lasts(head) {
            call.response_lasts();
        }
        let settings = &*self.settings;
        for (key, value) in settings.response_headers.of(&head.headers) {
            call.attribute(key, value);
        }
        if let (Some(header), Some(id)) = (&settings.request_id, self.request_id.take()) {
            // One that the handler chose stays.
            head.headers.entry(header).or_insert(id);
        }
        if let Some(started) = self.started {
            server_timing::append(&mut head.headers, started.elapsed(), &call.work());
        }
        if self.head_only || is_bodiless(head.status) { Then::End } else { Then::Body }
    }

    fn response_bytes(call: &Call<HttpRequest>, bytes: u64) {
        call.response_body_size(bytes);
    }

    fn request_bytes(call: &Call<HttpRequest>, bytes: u64) {
        call.request_body_size(bytes);
    }
}

impl<E> Classify<E> for HttpServerExchange {
    fn failed(&mut self, _call: &Call<HttpRequest>, _error: &E, stage: Stage) -> Outcome {
        Outcome::error(match stage {
            Stage::Head => "service_error",
            Stage::Body => "body_error",
        })
    }
}

/// Statuses whose responses end with the head, whatever the handler gave for a body (RFC 9110, section 6.4.1).
fn is_bodiless(status: StatusCode) -> bool {
    status.is_informational() || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
}
