//! What is tested, in the words of the settings, and what an answer means for the operator.

use std::time::Duration;

use http::{HeaderMap, Uri};

use super::STEP;
use super::exchange::Answer;
use crate::otlp::Target;
use crate::settings::{OtlpSettings, Protocol, Signal};

pub(super) struct Subject {
    pub(super) signal: Signal,
    pub(super) protocol: Protocol,
    /// The address without its query, which may hold a key.
    pub(super) url: String,
    pub(super) uri: Uri,
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) target: Target,
    /// How long each step may take.
    pub(super) step: Duration,
    protocol_source: String,
    /// The variable that named the address, if one did.
    endpoint_source: Option<String>,
    is_exact: bool,
    /// Whether the address itself says if it is encrypted.
    has_scheme: bool,
}

impl Subject {
    /// `None` for an address that exporters refuse as well.
    pub(super) fn new(signal: Signal, settings: &OtlpSettings) -> Option<Self> {
        let url = settings.url(signal).ok()?;
        let uri: Uri = url.parse().ok()?;
        let host = uri.host()?.trim_matches(['[', ']']).to_owned();
        let port = uri.port_u16().unwrap_or(if uri.scheme_str() == Some("https") { 443 } else { 80 });
        let protocol = settings.protocol;
        Some(Self {
            signal,
            protocol,
            url: url.split(['?', '#']).next().unwrap_or_default().to_owned(),
            uri,
            host,
            port,
            target: Target::new(url, settings.clone()).ok()?,
            step: settings.timeout.min(STEP),
            protocol_source: settings.protocol_source.clone(),
            has_scheme: settings.endpoint.as_ref().is_none_or(|endpoint| endpoint.address.contains("://")),
            is_exact: settings.endpoint.as_ref().is_some_and(|endpoint| endpoint.exact),
            endpoint_source: settings.endpoint.as_ref().map(|endpoint| endpoint.source_name.clone()),
        })
    }

    pub(super) fn is_secure(&self) -> bool {
        self.uri.scheme_str() == Some("https")
    }

    pub(super) fn headers(&self) -> &HeaderMap {
        &self.target.settings.headers
    }

    /// `OTLP endpoint http://127.0.0.1:4318`, without the path: the same words for all signals that go there.
    pub(super) fn endpoint(&self) -> String {
        let scheme = if self.is_secure() { "https" } else { "http" };
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        format!("OTLP endpoint {scheme}://{host}:{}", self.port)
    }

    /// Where the address is to be mended.
    pub(super) fn endpoint_source(&self) -> &str {
        self.endpoint_source.as_deref().unwrap_or("OTEL_EXPORTER_OTLP_ENDPOINT")
    }

    /// What to do about the address.
    pub(super) fn mend_endpoint(&self) -> String {
        let verb = if self.endpoint_source.is_some() { "mend" } else { "name it in" };
        format!("{verb} {}", self.endpoint_source())
    }

    pub(super) fn speaks_another_protocol(&self) -> String {
        let (spoken, wanted, port) = match self.protocol {
            Protocol::Grpc => ("HTTP", Protocol::HttpProtobuf, "use the gRPC port (usually 4317)"),
            Protocol::HttpProtobuf | Protocol::HttpJson => ("gRPC", Protocol::Grpc, "use the HTTP port (usually 4318)"),
        };
        let (endpoint, source, protocol) = (self.endpoint(), &self.protocol_source, self.protocol);
        // Where nobody said it, the variable does not exist yet.
        let (says, change) = if source.starts_with("the default") {
            (format!("{source} is {protocol}"), format!("set OTEL_EXPORTER_OTLP_PROTOCOL to {wanted}"))
        } else {
            (format!("{source} says {protocol}"), format!("set it to {wanted}"))
        };
        format!("{endpoint} speaks {spoken}, and {says}: {change}, or {port}")
    }

    pub(super) fn is_not_encrypted(&self) -> String {
        let insecure = if self.has_scheme { "" } else { ", or set OTEL_EXPORTER_OTLP_INSECURE to true" };
        format!(
            "{} speaks no TLS: write http:// in {}{insecure}, or switch TLS on there",
            self.endpoint(),
            self.endpoint_source()
        )
    }

    pub(super) fn is_encrypted(&self) -> String {
        format!("{} speaks TLS: write https:// in {}", self.endpoint(), self.endpoint_source())
    }

    /// Nothing, if exports will be taken.
    pub(super) fn judge(&self, answer: &Answer) -> Result<(), String> {
        match self.protocol {
            Protocol::HttpProtobuf | Protocol::HttpJson => self.judge_http(answer),
            Protocol::Grpc => self.judge_grpc(answer),
        }
    }

    fn judge_http(&self, answer: &Answer) -> Result<(), String> {
        let (endpoint, url, status) = (self.endpoint(), &self.url, answer.status);
        Err(match status.as_u16() {
            200..=299 if !answer.is_page => return Ok(()),
            // What a TLS server of Go says in plain HTTP.
            400 if answer.text.contains("HTTPS server") => self.is_encrypted(),
            401 | 403 => self.is_refused(&format!("HTTP {status}")),
            404 | 405 => format!("OTLP endpoint {url} does not exist ({status}): {}", self.path_to_mend()),
            300..=399 => format!(
                "OTLP endpoint {url} sends elsewhere ({status}), which is not followed: name the address itself in {}",
                self.endpoint_source()
            ),
            200..=299 => format!(
                "OTLP endpoint {url} answers, but not as a receiver of OTLP does: check {}",
                self.endpoint_source()
            ),
            429 | 502..=504 => format!("{endpoint} is there and takes nothing now ({status}); exports are tried again"),
            _ => format!("OTLP endpoint {url} refuses an empty export ({status}): check {}", self.endpoint_source()),
        })
    }

    fn path_to_mend(&self) -> String {
        let (source, name) = (self.endpoint_source(), self.signal.name());
        let rule = match self.is_exact {
            true => format!("it is used as it is, and usually ends in /v1/{name}"),
            false => format!("/v1/{name} is added to it"),
        };
        format!("mend {source} ({rule}), or set OTEL_{}_EXPORTER to none", name.to_ascii_uppercase())
    }

    fn judge_grpc(&self, answer: &Answer) -> Result<(), String> {
        let (endpoint, status) = (self.endpoint(), answer.status);
        Err(match (answer.grpc, status.as_u16()) {
            (Some(0), _) => return Ok(()),
            (Some(7 | 16), _) | (None, 401 | 403) => {
                let code = answer.grpc.map_or_else(|| format!("HTTP {status}"), |code| format!("gRPC status {code}"));
                self.is_refused(&code)
            }
            (Some(12), _) => format!(
                "{endpoint} speaks gRPC and takes no {signal}: check {}, or set OTEL_{}_EXPORTER to none",
                self.endpoint_source(),
                self.signal.name().to_ascii_uppercase(),
                signal = self.signal.name()
            ),
            (Some(code @ (4 | 8 | 14)), _) => {
                format!("{endpoint} is there and takes nothing now (gRPC status {code}); exports are tried again")
            }
            (Some(code), _) => {
                format!("{endpoint} refuses an empty export (gRPC status {code}): check {}", self.endpoint_source())
            }
            (None, 502..=504) => {
                format!("{endpoint} is there and takes nothing now (HTTP {status}); exports are tried again")
            }
            (None, _) => self.speaks_another_protocol(),
        })
    }

    fn is_refused(&self, status: &str) -> String {
        let (endpoint, headers) = (self.endpoint(), self.headers().len());
        let sent = match headers {
            0 => "no header is set".to_owned(),
            _ => format!("the headers that are set ({headers}) are not enough"),
        };
        format!(
            "{endpoint} refuses the credentials ({status}), {sent}: check OTEL_EXPORTER_OTLP_HEADERS or with_header"
        )
    }
}
