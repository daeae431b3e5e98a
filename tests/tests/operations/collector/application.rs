//! What sends: an application with Tachograph.

use std::{path::Path, time::Duration};

use tachograph::{AgentExecution, ExporterChoice, Outcome, Settings, Tachograph};
use tachograph_testing::otlp::{OtlpServer, Signal, proto::trace::v1::Span};
use tests::components::poll;

/// Of 32 bytes, as the gateway wants it.
pub(crate) const HMAC_KEY: &str = "0123456789abcdef0123456789abcdef";

/// The agent of traces that mark a moment.
const MARKER: &str = "marker";

/// As long as a loaded machine needs.
const PATIENCE: Duration = Duration::from_secs(30);

/// An application that sends spans and log records to `endpoint` over HTTP.
pub(crate) fn application(endpoint: &str) -> Tachograph {
    tachograph::builder()
        .with_settings(Settings::default())
        .with_service_name("shop")
        .with_metrics_exporter(ExporterChoice::None)
        .with_otlp_endpoint(endpoint)
        .build()
        .unwrap()
        .into()
}

/// Waits until the receiver has everything that was recorded.
pub(crate) fn flush(telemetry: &Tachograph) {
    telemetry.force_flush_blocking(PATIENCE).into_result().unwrap();
}

/// Runs `body` as the application.
pub(crate) fn within<R>(telemetry: &Tachograph, body: impl FnOnce() -> R) -> R {
    telemetry.telemetry().unwrap().scope(body)
}

/// The variables of a gateway that sends to `backend` over gRPC, with its queue in `folder`: it decides soon after the root of a trace
/// has come, and of what is not worth keeping it keeps `percentage`.
pub(crate) fn gateway<'a>(backend: &'a str, folder: &'a Path, percentage: &'a str) -> Vec<(&'static str, &'a str)> {
    vec![
        ("BACKEND_ENDPOINT", backend.strip_prefix("http://").unwrap_or(backend)),
        ("BACKEND_INSECURE", "true"),
        ("QUEUE_DIRECTORY", folder.to_str().unwrap()),
        ("REDACTION_HMAC_KEY", HMAC_KEY),
        ("SPAN_METRICS_FLUSH_INTERVAL", "200ms"),
        ("TAIL_SAMPLING_WAIT_AFTER_ROOT", "100ms"),
        ("TAIL_SAMPLING_PERCENTAGE", percentage),
    ]
}

/// Waits until everything that was sent is decided on and handed to the backend, which has `spans` of it. Two traces that fail go after
/// it, one by one, for the first may be decided on in the same moment.
pub(crate) fn settle(telemetry: &Tachograph, backend: &OtlpServer, spans: u64) {
    for marker in 1..=2 {
        within(telemetry, || AgentExecution::new(MARKER).record(Duration::from_secs(1), Outcome::error("marker")));
        flush(telemetry);
        let arrived = move |spans: &[_]| spans.iter().filter(|span| is_marker(span)).count() == marker;
        poll::until("a trace that failed", || backend.spans(), |spans| arrived(spans));
    }
    backend.accepted_at_least(Signal::Traces, spans + 2).wait();
}

pub(crate) fn is_marker(span: &Span) -> bool {
    span.name.ends_with(MARKER)
}
