use opentelemetry::StringValue;
use tachograph_core::Telemetry;

/// What a client's layer is told.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    /// Host and port.
    pub(super) server: Option<(StringValue, u16)>,
    pub(super) propagation: bool,
    pub(super) telemetry: Option<Telemetry>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { server: None, propagation: true, telemetry: None }
    }
}
