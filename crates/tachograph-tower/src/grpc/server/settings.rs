use std::sync::Arc;

use http::HeaderName;
use tachograph_core::Telemetry;

use crate::grpc::known_methods::KnownMethods;

/// What a server's layer is told, and what it learned.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) excluded: Vec<String>,
    pub(super) known: Arc<KnownMethods>,
    pub(super) remote_context: bool,
    pub(super) baggage_keys: Vec<String>,
    /// The metadata of the request id; `None` for no request ids.
    pub(super) request_id: Option<HeaderName>,
    pub(super) telemetry: Option<Telemetry>,
}

impl Settings {
    pub(super) fn excludes(&self, service: &str) -> bool {
        self.excluded.iter().any(|excluded| excluded == service)
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            excluded: [
                "grpc.health.v1.Health",
                "grpc.reflection.v1.ServerReflection",
                "grpc.reflection.v1alpha.ServerReflection",
            ]
            .map(str::to_owned)
            .into(),
            known: Arc::default(),
            remote_context: true,
            baggage_keys: Vec::new(),
            request_id: Some(HeaderName::from_static("x-request-id")),
            telemetry: None,
        }
    }
}
