//! What an operator or a developer can mend, one variant each.

use std::io;

use crate::settings::Protocol;

/// Why a pipeline could not be built or installed.
///
/// Each variant is one thing to mend, and its message names it: the variable or the builder method, what was found and what is
/// accepted. Values that carry credentials (headers, the user information of a URL) are never part of a message.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A variable or a builder method was given a value that means nothing there.
    #[error("{source_name}: {value:?} is not valid; accepted: {accepted}")]
    InvalidValue {
        /// The variable or the builder method.
        source_name: String,
        /// What was found.
        value: String,
        /// What is accepted instead.
        accepted: String,
    },
    /// The value is known to the specification, but this version cannot do what it asks for.
    #[error("{source_name}: {value:?} is not supported yet; accepted: {accepted}")]
    UnsupportedValue {
        /// The variable or the builder method.
        source_name: String,
        /// What was found.
        value: String,
        /// What is accepted instead.
        accepted: String,
    },
    /// Certificates or a private key for TLS cannot be used. What is in the file is not shown.
    #[error("{source_name}: {path}: {problem}")]
    Certificate {
        /// The variable or the builder method that named it.
        source_name: String,
        /// The file, or `the text` where it was given in code.
        path: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The variable is set, but not to text.
    #[error("{variable}: the value is not valid Unicode")]
    NotUnicode {
        /// The variable.
        variable: String,
    },
    /// A header given for OTLP cannot be sent. The value is not shown, because headers carry credentials.
    #[error("{source_name}: entry {position} is not `name=value` with a valid header name and a percent-encoded value")]
    InvalidHeader {
        /// The variable or the builder method.
        source_name: String,
        /// Which entry, counted from 1.
        position: usize,
    },
    /// An endpoint that OTLP cannot be sent to.
    #[error(
        "{source_name}: {endpoint:?} is not an OTLP endpoint ({reason}); accepted: a URL such as http://localhost:4318"
    )]
    InvalidEndpoint {
        /// The variable or the builder method.
        source_name: String,
        /// The endpoint, without user information and query.
        endpoint: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The protocol was left out of this build.
    #[error("{source_name}: {protocol} is not part of this build; enable the cargo feature `{feature}`")]
    ProtocolNotBuilt {
        /// Where the protocol was asked for.
        source_name: String,
        /// The protocol.
        protocol: Protocol,
        /// The feature that brings it.
        feature: &'static str,
    },
    /// A profile of metric names says something that cannot be.
    #[error("{profile}, line {line}: {subject}: {problem}; accepted: {accepted}")]
    Profile {
        /// The file, or `the profile` where it was given as text.
        profile: String,
        /// The line, counted from 1.
        line: usize,
        /// What it is about, such as `families.http_requests_total.labels.le`.
        subject: String,
        /// What is wrong with it.
        problem: String,
        /// What is accepted instead.
        accepted: String,
    },
    /// A profile of metric names cannot be read.
    #[error("{source_name}: the profile {path} cannot be read: {source}")]
    ProfileFile {
        /// The variable or the method that named it.
        source_name: String,
        /// The file.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// Two profiles that are used together name the same family, or one a line of the other's histogram.
    #[error(
        "{name} is in the profiles {first:?} and {second:?}; leave one of the two out, give one a prefix (`prefix = \"…\"`, \
         `Profile::with_prefix`), or take it out of one (`Profile::without`)"
    )]
    ProfileClash {
        /// What both have.
        name: String,
        /// The first of them: a file, `classic`, `platform:…`.
        first: String,
        /// The second of them.
        second: String,
    },
    /// The scrape server was left out of this build.
    #[error(
        "{source_name}: a server for scrapes is not part of this build; enable the cargo feature `prometheus-server`"
    )]
    ServerNotBuilt {
        /// Where the server was asked for: a variable or the builder method.
        source_name: &'static str,
    },
    /// The scrape server cannot listen where it was asked to: the address is taken, not one of this machine, or not allowed.
    #[error("{source_name}: the server for scrapes cannot listen at {address}: {source}")]
    ServerAddress {
        /// Where the address was given: a variable or the builder method.
        source_name: &'static str,
        /// The address.
        address: String,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// The directory for log files cannot be made, or its files cannot be opened.
    #[error(
        "{source_name}: log files cannot be written to {path}: {source}; name a directory that can be made and written"
    )]
    LogDirectory {
        /// Where the directory was given: a variable or the builder method.
        source_name: &'static str,
        /// The directory.
        path: String,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// An OTLP exporter could not be built, for instance because no TLS roots were found.
    #[error("the OTLP exporter for {signal} could not be built: {reason}")]
    Exporter {
        /// `traces` or `metrics`.
        signal: &'static str,
        /// What the exporter said.
        reason: String,
    },
    /// Events cannot be sent to that address of Sentry. It is not shown, because it holds keys.
    #[cfg(feature = "sentry")]
    #[error(
        "{source_name}: events for Sentry cannot be sent there ({reason}); accepted: a DSN such as https://key@host/1"
    )]
    SentryDsn {
        /// The variable or the builder method.
        source_name: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The metrics cannot be exposed in the application's `prometheus::Registry`.
    #[cfg(feature = "prometheus-registry")]
    #[error("with_prometheus_registry: the registry does not take the metrics: {reason}")]
    Registry {
        /// What the registry said.
        reason: String,
    },
    /// A thread of the pipeline could not be started.
    #[error("a telemetry thread could not be started: {0}")]
    Thread(#[source] io::Error),
    /// Another `Telemetry` was installed in this process before. Install once, or pass the first one on.
    #[error("telemetry is already installed in this process; install once, at the start of main")]
    AlreadyInstalled,
}

impl Error {
    pub(crate) fn invalid(source_name: &str, value: &str, accepted: impl Into<String>) -> Self {
        Self::InvalidValue { source_name: source_name.to_owned(), value: value.to_owned(), accepted: accepted.into() }
    }

    pub(crate) fn unsupported(source_name: &str, value: &str, accepted: impl Into<String>) -> Self {
        Self::UnsupportedValue {
            source_name: source_name.to_owned(),
            value: value.to_owned(),
            accepted: accepted.into(),
        }
    }
}
