//! Backends by name: where they are, and what they want to be told.
//!
//! | module | holds |
//! |---|---|
//! | `backends` | the backends |
//! | `basic` | credentials for HTTP, from a name and a password |

mod backends;
mod basic;
#[cfg(test)]
mod tests;

use std::fmt;

use http::HeaderMap;

use crate::error::Error;
use crate::settings::{Endpoint, ExporterChoice, Protocol, Settings, Signal, parse_header};

/// A backend by name: endpoint, protocol, headers, the size of requests, and the signals that it does not take.
///
/// [`Builder::with_preset`](crate::Builder::with_preset) uses it. `Debug` shows the names of the headers, never their values, and
/// no error has them.
///
/// | preset | signals | protocol |
/// |---|---|---|
/// | [`datadog`](Self::datadog) | traces, logs | HTTP |
/// | [`grafana_cloud`](Self::grafana_cloud), [`honeycomb`](Self::honeycomb), [`new_relic`](Self::new_relic) | all | HTTP |
/// | [`jaeger`](Self::jaeger) | traces | gRPC at port 4317, else HTTP |
/// | [`langfuse`](Self::langfuse), [`phoenix`](Self::phoenix) | traces | HTTP |
/// | [`sentry`](Self::sentry) | traces, logs | HTTP |
///
/// What they say of a backend is from its documentation, read in November 2026, and was not tried against the backend itself. Metrics are
/// always cumulative; where a backend would rather have deltas, its preset says what follows.
#[must_use]
pub struct Preset {
    name: &'static str,
    /// The function that made it, for errors.
    source_name: &'static str,
    endpoint: String,
    protocol: Protocol,
    headers: Vec<(&'static str, String)>,
    max_request_bytes: Option<usize>,
    /// Signals that are not sent, and why.
    not_taken: Vec<(Signal, &'static str)>,
    /// What is wrong with the arguments.
    mistake: Option<Error>,
}

impl Preset {
    /// Everything, over HTTP, to this address.
    fn new(name: &'static str, source_name: &'static str, endpoint: impl Into<String>) -> Self {
        Self {
            name,
            source_name,
            endpoint: endpoint.into().trim().to_owned(),
            protocol: Protocol::HttpProtobuf,
            headers: Vec::new(),
            max_request_bytes: None,
            not_taken: Vec::new(),
            mistake: None,
        }
    }

    /// Another address of the same backend: of its region, or of a proxy before it. Over HTTP `/v1/traces` and its kin are added.
    pub fn with_endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.endpoint = endpoint.into().trim().to_owned();
        self
    }

    /// A header that the backend knows its senders by. An empty secret is a mistake: it is what a variable that is not set gives.
    fn with_secret(mut self, header: &'static str, secret: &str, value: impl FnOnce(&str) -> String) -> Self {
        match secret.trim() {
            "" => self.is_wrong("", "keys and tokens that are not empty"),
            secret => self.headers.push((header, value(secret))),
        }
        self
    }

    fn without(mut self, signal: Signal, reason: &'static str) -> Self {
        self.not_taken.push((signal, reason));
        self
    }

    /// The first mistake is the one that is told.
    fn is_wrong(&mut self, value: &str, accepted: &str) {
        let source_name = self.source_name;
        self.mistake.get_or_insert_with(|| Error::invalid(source_name, value, accepted));
    }

    /// Puts the backend in the place of the receiver that the environment names.
    pub(crate) fn apply(mut self, settings: &mut Settings) -> Result<(), Error> {
        if let Some(mistake) = self.mistake.take() {
            return Err(mistake);
        }
        let headers = self.header_map()?;
        for otlp in [&mut settings.traces_otlp, &mut settings.metrics_otlp, &mut settings.logs_otlp] {
            otlp.endpoint = Some(Endpoint {
                address: self.endpoint.clone(),
                exact: false,
                source_name: self.source_name.to_owned(),
            });
            (otlp.protocol, otlp.protocol_source) = (self.protocol, self.source_name.to_owned());
            otlp.headers.clone_from(&headers);
            otlp.insecure = false;
            otlp.max_request_bytes = self.max_request_bytes.unwrap_or(usize::MAX).min(otlp.max_request_bytes);
        }
        for (signal, reason) in self.not_taken {
            let exporter = match signal {
                Signal::Traces => &mut settings.traces_exporter,
                Signal::Metrics => &mut settings.metrics_exporter,
                Signal::Logs => &mut settings.logs_exporter,
            };
            if *exporter == ExporterChoice::Otlp {
                *exporter = ExporterChoice::None;
                let sentence = format!("{} are not sent to {}: {reason}", signal.name(), self.name);
                settings.not_taken.push((signal, sentence));
            }
        }
        Ok(())
    }

    fn header_map(&self) -> Result<HeaderMap, Error> {
        let mut headers = HeaderMap::new();
        for (index, (name, value)) in self.headers.iter().enumerate() {
            let (name, value) = parse_header(name, value).ok_or_else(|| Error::InvalidHeader {
                source_name: self.source_name.to_owned(),
                position: index + 1,
            })?;
            headers.insert(name, value);
        }
        Ok(headers)
    }
}

impl fmt::Debug for Preset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("Preset").field("name", &self.name).field("headers", &headers).finish_non_exhaustive()
    }
}
