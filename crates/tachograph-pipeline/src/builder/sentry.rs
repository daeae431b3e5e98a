//! Sentry, as code wishes it.

use super::Builder;
use crate::error::Error;
use crate::settings::{Settings, parse_sentry_dsn};

/// What was asked for in code.
#[derive(Default)]
pub(super) struct Sentry {
    dsn: Option<String>,
    environment: Option<String>,
    release: Option<String>,
    sample_rate: Option<f64>,
}

impl Sentry {
    /// Puts what code said over what the environment said.
    pub(super) fn apply(&mut self, settings: &mut Settings) -> Result<(), Error> {
        let sentry = &mut settings.sentry;
        if let Some(dsn) = self.dsn.take() {
            let dsn = dsn.trim();
            sentry.dsn = if dsn.is_empty() { None } else { Some(parse_sentry_dsn("with_sentry_dsn", dsn)?) };
        }
        if let Some(rate) = self.sample_rate {
            if !(0.0..=1.0).contains(&rate) {
                return Err(Error::invalid("with_sentry_sample_rate", &rate.to_string(), "a number from 0.0 to 1.0"));
            }
            sentry.sample_rate = Some(rate);
        }
        sentry.environment = self.environment.take().or(sentry.environment.take());
        sentry.release = self.release.take().or(sentry.release.take());
        Ok(())
    }
}

/// Sentry.
#[cfg_attr(docsrs, doc(cfg(feature = "sentry")))]
impl<P> Builder<P> {
    /// The project of Sentry that errors are sent to; an empty one sends nothing. Default: `SENTRY_DSN`, else none, and nothing is started.
    ///
    /// Captured errors, messages and panics, and all events of level `ERROR`, become events there, with user, tags, the causes of the
    /// error, trace and span, breadcrumbs, and what else the event has. Secrets are taken out as they are from log lines, those of
    /// [`with_redacted_log_keys`](Self::with_redacted_log_keys) too. `RUST_LOG` has no say. [`init`](Self::init) adds it to the
    /// subscriber that it sets; an application with its own adds [`sentry_layer`](crate::Pipeline::sentry_layer).
    ///
    /// An event is written on the thread that logs, and sent from the thread that exports: 100 events and 4 MiB may wait, what has no room is
    /// dropped, and an answer may take 5 s. Nothing is sent again. What is lost is counted by reason
    /// (`tachograph.sentry.dropped`). [`shutdown`](crate::Pipeline::shutdown) sends what waits, within its deadline.
    ///
    /// Of Sentry's crates only the types of its protocol are used: its `tracing` layer takes no secrets out, and its OpenTelemetry layer is made for
    /// another version. An application that starts Sentry's own client as well reports twice. Spans are not sent this way.
    pub fn with_sentry_dsn(mut self, dsn: impl Into<String>) -> Self {
        self.wishes.sentry.dsn = Some(dsn.into());
        self
    }

    /// The environment of events in Sentry. Default: `SENTRY_ENVIRONMENT`, else [that of the service](Self::with_environment).
    pub fn with_sentry_environment(mut self, environment: impl Into<String>) -> Self {
        self.wishes.sentry.environment = Some(environment.into());
        self
    }

    /// The release of events in Sentry. Default: `SENTRY_RELEASE`, else name and version of the service, `shop@1.2.0`, if it has a version.
    pub fn with_sentry_release(mut self, release: impl Into<String>) -> Self {
        self.wishes.sentry.release = Some(release.into());
        self
    }

    /// Which part of the events is sent to Sentry, from 0 to 1. Default: `SENTRY_SAMPLE_RATE`, else all.
    pub fn with_sentry_sample_rate(mut self, rate: f64) -> Self {
        self.wishes.sentry.sample_rate = Some(rate);
        self
    }
}
