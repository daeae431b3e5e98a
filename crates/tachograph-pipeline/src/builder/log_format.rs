//! How lines of the log look, as code wishes it.

use super::Builder;
use crate::logs::LogFormat;
use crate::settings::Settings;

/// What was asked for in code.
#[derive(Default)]
pub(super) struct LogLines {
    format: Option<LogFormat>,
    redacted_keys: Vec<String>,
}

impl LogLines {
    /// Puts what code said over what the environment said.
    pub(super) fn apply(&mut self, settings: &mut Settings) {
        settings.log_format = self.format.unwrap_or(settings.log_format);
        settings.redacted_log_keys.append(&mut self.redacted_keys);
    }
}

/// How lines of the log look that [`install`](crate::Pipeline::install) sets up.
impl<P> Builder<P> {
    /// The format of the lines. Default: `TACHOGRAPH_LOG_FORMAT`, else [`LogFormat::Text`].
    ///
    /// Where it is another than text, requests keep their path and the address of their client for the lines that they cause, also for
    /// a [`JsonFormat`](crate::JsonFormat) in a subscriber of the application's own: up to three small allocations for each request.
    pub fn with_log_format(mut self, format: LogFormat) -> Self {
        self.wishes.log_lines.format = Some(format);
        self
    }

    /// Fields whose values are not printed, beside those that are called like secrets (`password`, `secret`, `authorization`, `api_key`,
    /// `cookie`, `…token` and more). Compared by words, in any case; see
    /// [`JsonFormat::with_redacted_keys`](crate::JsonFormat::with_redacted_keys). Several calls add up. Default: none.
    pub fn with_redacted_log_keys(mut self, keys: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.wishes.log_lines.redacted_keys.extend(keys.into_iter().map(Into::into));
        self
    }
}
