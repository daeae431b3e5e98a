//! How lines of the log look, as code wishes it.

use super::Builder;
use crate::logs::LogFormat;
use crate::settings::Settings;

/// What was asked for in code.
#[derive(Default)]
pub(super) struct LogLines {
    format: Option<LogFormat>,
    filter: Option<String>,
    redacted_keys: Vec<String>,
}

impl LogLines {
    /// Puts what code said over what the environment said.
    pub(super) fn apply(&mut self, settings: &mut Settings) {
        if let Some(filter) = &self.filter {
            settings.log_filter.clone_from(filter);
        }
        settings.log_format = self.format.unwrap_or(settings.log_format);
        settings.redacted_log_keys.append(&mut self.redacted_keys);
    }

    /// Who said what the filter is.
    pub(super) fn filter_source(&self) -> &'static str {
        if self.filter.is_some() { "with_log_filter" } else { "RUST_LOG" }
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

    /// What is printed, written to files and exported of the log: directives in the syntax of `RUST_LOG`, such as
    /// `info,my_crate=debug`. Default: `RUST_LOG`, else `info`. [`Pipeline::log_filter`](crate::Pipeline::log_filter) changes it later.
    pub fn with_log_filter(mut self, directives: impl Into<String>) -> Self {
        self.wishes.log_lines.filter = Some(directives.into());
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
