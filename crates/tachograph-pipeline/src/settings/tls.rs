//! Which certificates OTLP over TLS uses: `OTEL_EXPORTER_OTLP_CERTIFICATE` and its kin. The files are read when the pipeline is built.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use super::otlp::{Signal, either};
use super::parse::Reader;
use crate::error::Error;

/// Certificates or a private key in PEM: a file, which is read when the pipeline is built, or the text itself.
///
/// `Debug` shows the path of a file, and of a text nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Pem(Source);

#[derive(Clone, PartialEq, Eq)]
enum Source {
    File(PathBuf),
    Text(Arc<[u8]>),
}

impl Pem {
    /// In this file.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self(Source::File(path.into()))
    }

    /// This text, which begins with `-----BEGIN`.
    pub fn text(pem: impl AsRef<[u8]>) -> Self {
        Self(Source::Text(Arc::from(pem.as_ref())))
    }

    /// The file, or the text itself.
    #[cfg(feature = "_otlp")]
    pub(crate) fn source(&self) -> Result<&std::path::Path, &[u8]> {
        match &self.0 {
            Source::File(path) => Ok(path),
            Source::Text(text) => Err(text),
        }
    }
}

impl fmt::Debug for Pem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Source::File(path) => f.debug_tuple("Pem").field(path).finish(),
            Source::Text(_) => f.write_str("Pem(..)"),
        }
    }
}

/// How errors call a PEM: by its path.
impl fmt::Display for Pem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Source::File(path) => write!(f, "{}", path.display()),
            Source::Text(_) => f.write_str("the text"),
        }
    }
}

/// A PEM, and the variable or the method that named it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) pem: Pem,
    pub(crate) source_name: String,
}

impl Named {
    pub(crate) fn in_code(pem: Pem, method: &str) -> Self {
        Self { pem, source_name: method.to_owned() }
    }

    /// An error about it.
    pub(crate) fn unusable(&self, problem: impl Into<String>) -> Error {
        Error::Certificate {
            source_name: self.source_name.clone(),
            path: self.pem.to_string(),
            problem: problem.into(),
        }
    }
}

/// What is trusted and what is shown; by default the system's roots, and nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct TlsSettings {
    /// In the place of the system's.
    pub(crate) roots: Option<Named>,
    pub(crate) client: Option<ClientCertificate>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ClientCertificate {
    pub(crate) certificate: Named,
    pub(crate) key: Named,
}

impl TlsSettings {
    pub(super) fn read(read: &Reader<'_>, signal: Signal) -> Result<Self, Error> {
        let named = |suffix| {
            either(read, signal, suffix).map(|(source_name, path)| Named { pem: Pem::file(path), source_name })
        };
        let client = match (named("CLIENT_CERTIFICATE"), named("CLIENT_KEY")) {
            (Some(certificate), Some(key)) => Some(ClientCertificate { certificate, key }),
            (Some(alone), None) => return Err(alone.unusable(missing("key", "CLIENT_KEY"))),
            (None, Some(alone)) => return Err(alone.unusable(missing("certificate", "CLIENT_CERTIFICATE"))),
            (None, None) => None,
        };
        Ok(Self { roots: named("CERTIFICATE"), client })
    }

    /// Who named a certificate first.
    pub(crate) fn source_name(&self) -> Option<&str> {
        let client = self.client.as_ref().map(|client| &client.certificate);
        self.roots.as_ref().or(client).map(|named| named.source_name.as_str())
    }
}

fn missing(what: &str, suffix: &str) -> String {
    format!("it goes with a {what}, which is missing: set OTEL_EXPORTER_OTLP_{suffix} as well")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)], signal: Signal) -> Result<TlsSettings, Error> {
        let lookup = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        TlsSettings::read(&Reader::new(&lookup), signal)
    }

    fn named(source_name: &str, path: &str) -> Named {
        Named { pem: Pem::file(path), source_name: source_name.to_owned() }
    }

    #[test]
    fn the_certificates_of_a_signal_beat_the_general_ones() {
        let variables = [
            ("OTEL_EXPORTER_OTLP_CERTIFICATE", "/all.pem"),
            ("OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE", "/metrics.pem"),
            ("OTEL_EXPORTER_OTLP_CLIENT_KEY", "/all.key"),
            ("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", "/client.pem"),
            ("OTEL_EXPORTER_OTLP_LOGS_CLIENT_KEY", "/logs.key"),
        ];
        let [traces, metrics, logs] =
            [Signal::Traces, Signal::Metrics, Signal::Logs].map(|signal| read(&variables, signal).unwrap());
        let all = named("OTEL_EXPORTER_OTLP_CERTIFICATE", "/all.pem");
        assert_eq!(traces.roots, Some(all.clone()));
        assert_eq!(metrics.roots, Some(named("OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE", "/metrics.pem")));
        assert_eq!(logs.roots, Some(all));
        let certificate = named("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", "/client.pem");
        let key = |source_name: &str, path| {
            Some(ClientCertificate { certificate: certificate.clone(), key: named(source_name, path) })
        };
        assert_eq!(traces.client, key("OTEL_EXPORTER_OTLP_CLIENT_KEY", "/all.key"));
        assert_eq!(logs.client, key("OTEL_EXPORTER_OTLP_LOGS_CLIENT_KEY", "/logs.key"));
    }

    #[test]
    fn half_of_a_client_certificate_is_an_error_that_names_the_other_half() {
        for (set, missing) in [
            ("OTEL_EXPORTER_OTLP_CLIENT_KEY", "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE"),
            ("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", "OTEL_EXPORTER_OTLP_CLIENT_KEY"),
        ] {
            let error = read(&[(set, "/a.pem")], Signal::Traces).unwrap_err().to_string();
            assert!(error.starts_with(&format!("{set}: /a.pem: ")) && error.contains(missing), "{error}");
        }
    }

    #[test]
    fn a_text_is_never_printed() {
        let pem = Pem::text("c2VjcmV0");
        assert!(!format!("{pem:?} {pem}").contains("c2VjcmV0"));
        assert_eq!(format!("{:?} {0}", Pem::file("/a.pem")), "Pem(\"/a.pem\") /a.pem");
    }
}
