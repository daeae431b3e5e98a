//! A backend by name, as code wishes it.

use super::Builder;
use crate::error::Error;
use crate::presets::Preset;
use crate::settings::Settings;

/// What was asked for in code.
#[derive(Debug, Default)]
pub(super) struct PresetWish(Option<Preset>);

impl PresetWish {
    /// Puts the preset over what the environment said. What code says of single settings comes after it.
    pub(super) fn apply(&mut self, settings: &mut Settings) -> Result<(), Error> {
        self.0.take().map_or(Ok(()), |preset| preset.apply(settings))
    }
}

/// A backend by name.
impl<P> Builder<P> {
    /// Sends to this backend. Default: the receiver that `OTEL_EXPORTER_OTLP_*` names.
    ///
    /// It stands in the place of endpoints, protocols and headers of the environment, all of them, so that no credentials for one receiver get
    /// to another. Time-outs, compression and certificates of the environment hold, and so does a smaller limit for requests. The other
    /// methods of the builder come over it, in whatever order they are called:
    /// [`with_header`](Self::with_header) adds to its headers. Of two presets the last one counts.
    ///
    /// Signals that the backend does not take are switched off, unless a method of the builder asks for them
    /// ([`with_metrics_exporter`](Self::with_metrics_exporter)); that they are, and why, is in the log and in
    /// [`TelemetryHealth::unmet`](crate::TelemetryHealth::unmet). One that the environment switched off stays off.
    ///
    /// An argument that cannot be right, such as an empty key, is an error of [`build`](Self::build).
    ///
    /// ```
    /// use tachograph_pipeline::{Builder, Preset};
    ///
    /// # let key = "hcaik_0123";
    /// let pipeline = Builder::new().with_preset(Preset::honeycomb(key)).with_self_test(false).build()?;
    /// # Ok::<(), tachograph_pipeline::Error>(())
    /// ```
    pub fn with_preset(mut self, preset: Preset) -> Self {
        self.wishes.preset = PresetWish(Some(preset));
        self
    }
}
