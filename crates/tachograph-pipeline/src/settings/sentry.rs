//! What goes to Sentry.

use std::fmt;

use sentry_types::Dsn;

use super::parse::Reader;
use crate::error::Error;

const DSN: &str = "SENTRY_DSN";
const TRACES_SAMPLE_RATE: &str = "SENTRY_TRACES_SAMPLE_RATE";

/// Where events go, and as what. Without a DSN nowhere.
#[derive(Clone, Default)]
pub(crate) struct SentrySettings {
    pub(crate) dsn: Option<Dsn>,
    pub(crate) environment: Option<String>,
    pub(crate) release: Option<String>,
    /// Part of the events that is sent; all where it is not given.
    pub(crate) sample_rate: Option<f64>,
    traces_sample_rate: Option<f64>,
}

impl SentrySettings {
    pub(super) fn read(read: &Reader<'_>) -> Result<Self, Error> {
        Ok(Self {
            dsn: read.text(DSN).map(|text| parse(DSN, &text)).transpose()?,
            environment: read.text("SENTRY_ENVIRONMENT"),
            release: read.text("SENTRY_RELEASE"),
            sample_rate: read.ratio("SENTRY_SAMPLE_RATE")?,
            traces_sample_rate: read.ratio(TRACES_SAMPLE_RATE)?,
        })
    }

    /// What is asked for and does not happen, as a sentence for the operator.
    pub(crate) fn unmet(&self) -> Option<String> {
        let rate = self.traces_sample_rate.filter(|rate| self.dsn.is_some() && *rate > 0.0)?;
        Some(format!(
            "{TRACES_SAMPLE_RATE}={rate}: spans go to Sentry by OTLP alone, by OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
        ))
    }
}

/// The error says nothing of the text, which has keys in it.
pub(crate) fn parse(source_name: &'static str, text: &str) -> Result<Dsn, Error> {
    text.parse()
        .map_err(|error: sentry_types::ParseDsnError| Error::SentryDsn { source_name, reason: error.to_string() })
}

impl fmt::Debug for SentrySettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SentrySettings")
            .field("dsn", &self.dsn.is_some())
            .field("environment", &self.environment)
            .field("release", &self.release)
            .field("sample_rate", &self.sample_rate)
            .finish_non_exhaustive()
    }
}
