//! The `OTEL_EXPORTER_OTLP_*` family: a general variable and one for each signal, where the latter wins.

use std::fmt;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Uri};

use super::parse::{Reader, pair};
use super::tls::TlsSettings;
use crate::error::Error;

/// How OTLP is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Protocol {
    /// gRPC, usually at port 4317. Needs the cargo feature `otlp-grpc`.
    Grpc,
    /// HTTP with protobuf bodies, usually at port 4318; the specification's default. Needs the cargo feature `otlp-http`.
    #[default]
    HttpProtobuf,
    /// HTTP with JSON bodies, for receivers that take nothing else: larger and slower. Needs the cargo feature `otlp-json`.
    HttpJson,
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Grpc => "grpc",
            Self::HttpProtobuf => "http/protobuf",
            Self::HttpJson => "http/json",
        })
    }
}

/// Receivers of gRPC usually take 4 MiB.
const MAX_REQUEST_BYTES: usize = 3_500_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compression {
    Gzip,
    #[cfg(feature = "zstd")]
    Zstd,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signal {
    Traces,
    Metrics,
    Logs,
}

impl Signal {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Traces => "traces",
            Self::Metrics => "metrics",
            Self::Logs => "logs",
        }
    }

    fn variable(self, suffix: &str) -> String {
        format!("OTEL_EXPORTER_OTLP_{}_{suffix}", self.name().to_ascii_uppercase())
    }
}

/// A base address, to which HTTP adds `/v1/traces` and the like, or the address of one signal, which is used as it is.
#[derive(Debug, Clone)]
pub(crate) struct Endpoint {
    pub(crate) address: String,
    pub(crate) exact: bool,
    pub(crate) source_name: String,
}

/// How one signal reaches its OTLP receiver.
///
/// `Debug` shows the names of the headers, never their values.
#[derive(Debug, Clone)]
pub(crate) struct OtlpSettings {
    pub(crate) endpoint: Option<Endpoint>,
    pub(crate) protocol: Protocol,
    pub(crate) protocol_source: String,
    pub(crate) headers: HeaderMap,
    pub(crate) timeout: Duration,
    #[cfg_attr(not(feature = "_otlp"), allow(dead_code, reason = "only checked, when there is no exporter"))]
    pub(crate) compression: Option<Compression>,
    /// Before it is compressed.
    #[cfg_attr(not(feature = "_otlp"), allow(dead_code, reason = "only checked, when there is no exporter"))]
    pub(crate) max_request_bytes: usize,
    pub(crate) insecure: bool,
    pub(crate) tls: TlsSettings,
}

impl Default for OtlpSettings {
    fn default() -> Self {
        Self {
            endpoint: None,
            protocol: Protocol::default(),
            protocol_source: "the default protocol".to_owned(),
            headers: HeaderMap::new(),
            timeout: Duration::from_secs(10),
            compression: None,
            max_request_bytes: MAX_REQUEST_BYTES,
            insecure: false,
            tls: TlsSettings::default(),
        }
    }
}

impl OtlpSettings {
    pub(crate) fn read(read: &Reader<'_>, signal: Signal) -> Result<Self, Error> {
        let default = Self::default();
        let (protocol_source, protocol) =
            protocol(read, signal)?.unwrap_or((default.protocol_source, default.protocol));
        let settings = Self {
            endpoint: endpoint(read, signal),
            protocol,
            protocol_source,
            headers: headers(read, signal)?,
            timeout: timeout(read, signal)?.unwrap_or(default.timeout),
            compression: compression(read, signal)?,
            max_request_bytes: max_request_bytes(read, signal)?.unwrap_or(default.max_request_bytes),
            insecure: either(read, signal, "INSECURE").is_some_and(|(_, value)| value.eq_ignore_ascii_case("true")),
            tls: TlsSettings::read(read, signal)?,
        };
        settings.url(signal)?;
        Ok(settings)
    }

    /// The full address of one signal.
    pub(crate) fn url(&self, signal: Signal) -> Result<String, Error> {
        let Some(endpoint) = &self.endpoint else {
            return Ok(match self.protocol {
                Protocol::Grpc => "http://localhost:4317".to_owned(),
                Protocol::HttpProtobuf | Protocol::HttpJson => format!("http://localhost:4318/v1/{}", signal.name()),
            });
        };
        let mut address = endpoint.address.clone();
        if self.protocol == Protocol::Grpc && !address.contains("://") {
            address.insert_str(0, if self.insecure { "http://" } else { "https://" });
        }
        check(&address).map_err(|reason| Error::InvalidEndpoint {
            source_name: endpoint.source_name.clone(),
            endpoint: without_secrets(&address),
            reason,
        })?;
        if self.protocol != Protocol::Grpc && !endpoint.exact {
            address = format!("{}/v1/{}", address.trim_end_matches('/'), signal.name());
        }
        Ok(address)
    }

    /// What is asked for and does not happen, as a sentence for the operator.
    pub(crate) fn unmet(&self, signal: Signal) -> Option<String> {
        let (source_name, url) = (self.tls.source_name()?, self.url(signal).ok()?);
        let plain = url.starts_with("http://");
        plain.then(|| {
            let address = without_secrets(&url);
            format!(
                "{source_name} names a certificate, but {signal} go to {address}, which is not encrypted; use https",
                signal = signal.name()
            )
        })
    }
}

fn check(address: &str) -> Result<(), String> {
    let uri: Uri = address.parse().map_err(|error: http::uri::InvalidUri| error.to_string())?;
    match uri.scheme_str() {
        Some("http" | "https") => {}
        Some(other) => return Err(format!("the scheme is {other}, not http or https")),
        None => return Err("the scheme, http:// or https://, is missing".to_owned()),
    }
    if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        return Err("user information in an address is not sent; give it as the header authorization".to_owned());
    }
    match uri.host() {
        Some(host) if !host.is_empty() => Ok(()),
        _ => Err("the host is missing".to_owned()),
    }
}

/// User information and query often hold tokens; what remains is enough to find the mistake.
fn without_secrets(address: &str) -> String {
    let address = address.split(['?', '#']).next().unwrap_or_default();
    match address.rsplit_once('@') {
        Some((before, after)) => {
            let scheme = before.split_once("://").map(|(scheme, _)| format!("{scheme}://"));
            format!("{}***@{after}", scheme.unwrap_or_default())
        }
        None => address.to_owned(),
    }
}

/// The signal's variable if it is set, else the general one, with the name that was found.
pub(super) fn either(read: &Reader<'_>, signal: Signal, suffix: &str) -> Option<(String, String)> {
    [signal.variable(suffix), format!("OTEL_EXPORTER_OTLP_{suffix}")]
        .into_iter()
        .find_map(|name| read.text(&name).map(|value| (name, value)))
}

fn endpoint(read: &Reader<'_>, signal: Signal) -> Option<Endpoint> {
    either(read, signal, "ENDPOINT").map(|(source_name, address)| Endpoint {
        exact: source_name == signal.variable("ENDPOINT"),
        address,
        source_name,
    })
}

fn protocol(read: &Reader<'_>, signal: Signal) -> Result<Option<(String, Protocol)>, Error> {
    const ACCEPTED: &str = "grpc, http/protobuf, http/json";
    let Some((name, value)) = either(read, signal, "PROTOCOL") else { return Ok(None) };
    match value.to_ascii_lowercase().as_str() {
        "grpc" => Ok(Some((name, Protocol::Grpc))),
        "http/protobuf" => Ok(Some((name, Protocol::HttpProtobuf))),
        "http/json" => Ok(Some((name, Protocol::HttpJson))),
        _ => Err(Error::invalid(&name, &value, ACCEPTED)),
    }
}

fn headers(read: &Reader<'_>, signal: Signal) -> Result<HeaderMap, Error> {
    let mut headers = HeaderMap::new();
    let Some((name, text)) = either(read, signal, "HEADERS") else { return Ok(headers) };
    let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
    for (index, entry) in entries.enumerate() {
        let header = pair(entry).and_then(|(key, value)| parse_header(&key, &value));
        let Some((key, value)) = header else {
            return Err(Error::InvalidHeader { source_name: name, position: index + 1 });
        };
        headers.insert(key, value);
    }
    Ok(headers)
}

/// A header whose value `Debug` does not show.
pub(crate) fn parse_header(name: &str, value: &str) -> Option<(HeaderName, HeaderValue)> {
    let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
    let mut value = HeaderValue::from_str(value).ok()?;
    value.set_sensitive(true);
    Some((name, value))
}

fn timeout(read: &Reader<'_>, signal: Signal) -> Result<Option<Duration>, Error> {
    match read.milliseconds(&signal.variable("TIMEOUT"))? {
        Some(timeout) => Ok(Some(timeout)),
        None => read.milliseconds("OTEL_EXPORTER_OTLP_TIMEOUT"),
    }
}

fn max_request_bytes(read: &Reader<'_>, signal: Signal) -> Result<Option<usize>, Error> {
    let of_signal = format!("TACHOGRAPH_OTLP_{}_MAX_REQUEST_BYTES", signal.name().to_ascii_uppercase());
    match read.bytes(&of_signal)? {
        Some(bytes) => Ok(Some(bytes)),
        None => read.bytes("TACHOGRAPH_OTLP_MAX_REQUEST_BYTES"),
    }
}

fn compression(read: &Reader<'_>, signal: Signal) -> Result<Option<Compression>, Error> {
    #[cfg(feature = "zstd")]
    const ACCEPTED: &str = "gzip, zstd, none";
    #[cfg(not(feature = "zstd"))]
    const ACCEPTED: &str = "gzip, none, and with the cargo feature zstd zstd";
    let Some((name, value)) = either(read, signal, "COMPRESSION") else { return Ok(None) };
    match value.to_ascii_lowercase().as_str() {
        "gzip" => Ok(Some(Compression::Gzip)),
        "none" => Ok(None),
        #[cfg(feature = "zstd")]
        "zstd" => Ok(Some(Compression::Zstd)),
        #[cfg(not(feature = "zstd"))]
        "zstd" => Err(Error::unsupported(&name, &value, ACCEPTED)),
        _ => Err(Error::invalid(&name, &value, ACCEPTED)),
    }
}
