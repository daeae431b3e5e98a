//! TLS for OTLP, as code wishes it.

use super::Builder;
use crate::settings::{ClientCertificate, Named, OtlpSettings, Pem, TlsSettings};

/// What was asked for in code.
#[derive(Default)]
pub(super) struct OtlpTls {
    tls: TlsSettings,
    insecure: Option<bool>,
}

impl OtlpTls {
    /// Puts what code said over what the environment said.
    pub(super) fn apply(&self, otlp: &mut OtlpSettings) {
        if self.tls.roots.is_some() {
            otlp.tls.roots.clone_from(&self.tls.roots);
        }
        if self.tls.client.is_some() {
            otlp.tls.client.clone_from(&self.tls.client);
        }
        if let Some(insecure) = self.insecure {
            otlp.insecure = insecure;
        }
    }
}

/// TLS for OTLP. Certificates are read and checked when the pipeline is built, for `https` endpoints alone; where one is given and the
/// endpoint is plain, a warning says so.
impl<P> Builder<P> {
    /// The certificates that are trusted over TLS, for all signals, in the place of the roots of the system. Default:
    /// `OTEL_EXPORTER_OTLP_CERTIFICATE` and its kin, else the roots of the system.
    ///
    /// ```
    /// # use tachograph_pipeline::{Builder, Pem};
    /// # let builder = Builder::new();
    /// let builder = builder.with_otlp_certificate(Pem::file("/etc/otel/root.pem"));
    /// ```
    pub fn with_otlp_certificate(mut self, roots: Pem) -> Self {
        self.wishes.otlp_tls.tls.roots = Some(Named::in_code(roots, "with_otlp_certificate"));
        self
    }

    /// The certificate, with what it was signed by where that is needed, and the private key that are shown to the receiver, for all
    /// signals. The key is PKCS #8, PKCS #1 or SEC 1 without a passphrase. Default: `OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE`,
    /// `OTEL_EXPORTER_OTLP_CLIENT_KEY` and their kin, else none.
    pub fn with_otlp_client_certificate(mut self, certificate: Pem, key: Pem) -> Self {
        let [certificate, key] = [certificate, key].map(|pem| Named::in_code(pem, "with_otlp_client_certificate"));
        self.wishes.otlp_tls.tls.client = Some(ClientCertificate { certificate, key });
        self
    }

    /// Whether a gRPC endpoint without a scheme, such as `collector:4317`, is plain. Default: `OTEL_EXPORTER_OTLP_INSECURE` and its kin,
    /// else `false`: it is spoken to over TLS.
    pub fn with_otlp_insecure(mut self, insecure: bool) -> Self {
        self.wishes.otlp_tls.insecure = Some(insecure);
        self
    }
}

/// The test at the start.
impl<P> Builder<P> {
    /// Whether each OTLP endpoint gets an empty export at the start, to tell what is wrong before anything is lost: an unknown name, a
    /// closed port, a certificate that is not trusted, credentials that are refused, gRPC at a port for HTTP and the other way round,
    /// TLS where there is none and the other way round, a wrong path. Default: `TACHOGRAPH_SELF_TEST`, else `true`.
    ///
    /// It runs in the background and delays nothing. What is wrong is one warning that says what to change, and
    /// [`SignalHealth::diagnosis`](crate::SignalHealth::diagnosis); when all is well it says so at level `DEBUG`. Receivers keep nothing
    /// of an export without items. Each step has 5 s, or `OTEL_EXPORTER_OTLP_TIMEOUT` if that is less.
    pub fn with_self_test(mut self, on: bool) -> Self {
        self.wishes.self_test = Some(on);
        self
    }
}
