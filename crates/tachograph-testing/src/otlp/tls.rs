//! Certificates for tests: an authority, and what it signs.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, date_time_ymd,
};
use rustls::{
    RootCertStore, ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer},
    server::WebPkiClientVerifier,
};

/// A certificate authority that lives as long as a test.
///
/// ```
/// use tachograph_testing::otlp::Authority;
///
/// let authority = Authority::new("a root of its own");
/// let server = authority.server(&["localhost", "127.0.0.1"]);
/// assert!(authority.certificate_pem().starts_with("-----BEGIN CERTIFICATE-----\n"));
/// assert!(server.key_pem().starts_with("-----BEGIN PRIVATE KEY-----\n"));
/// ```
#[derive(Debug)]
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// A certificate and its private key.
#[derive(Debug)]
pub struct Identity {
    certificate: CertificateDer<'static>,
    key: Vec<u8>,
}

impl Authority {
    /// An authority of this name with a new key. Give each one in a test a name of its own.
    ///
    /// # Panics
    ///
    /// When the system gives no random numbers.
    #[must_use]
    pub fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name = named(name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        Self { issuer: made(CertifiedIssuer::self_signed(params, new_key())) }
    }

    /// Its own certificate, for those who are to trust it.
    #[must_use]
    pub fn certificate_pem(&self) -> String {
        pem("CERTIFICATE", self.issuer.der())
    }

    /// For a server under these names and addresses.
    ///
    /// # Panics
    ///
    /// When a name is not valid.
    #[must_use]
    pub fn server(&self, names: &[&str]) -> Identity {
        self.sign(names, ExtendedKeyUsagePurpose::ServerAuth, |_| ())
    }

    /// For a server under these names and addresses, and no longer valid.
    ///
    /// # Panics
    ///
    /// When a name is not valid.
    #[must_use]
    pub fn expired_server(&self, names: &[&str]) -> Identity {
        self.sign(names, ExtendedKeyUsagePurpose::ServerAuth, |params| params.not_after = date_time_ymd(2020, 1, 1))
    }

    /// For a client of this name.
    ///
    /// # Panics
    ///
    /// When the name is not valid.
    #[must_use]
    pub fn client(&self, name: &str) -> Identity {
        self.sign(&[name], ExtendedKeyUsagePurpose::ClientAuth, |_| ())
    }

    fn sign(
        &self,
        names: &[&str],
        usage: ExtendedKeyUsagePurpose,
        change: impl FnOnce(&mut CertificateParams),
    ) -> Identity {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = made(CertificateParams::new(names));
        params.distinguished_name = named("a certificate for a test");
        params.extended_key_usages = vec![usage];
        change(&mut params);
        let key = new_key();
        let certificate = made(params.signed_by(&key, &self.issuer)).der().clone();
        Identity { certificate, key: key.serialize_der() }
    }
}

impl Identity {
    /// The certificate.
    #[must_use]
    pub fn certificate_pem(&self) -> String {
        pem("CERTIFICATE", &self.certificate)
    }

    /// The private key, in PKCS #8.
    #[must_use]
    pub fn key_pem(&self) -> String {
        pem("PRIVATE KEY", &self.key)
    }

    /// What a server needs, with the roots that its clients must have.
    pub(super) fn server_config(&self, clients: Option<&Authority>, alpn: &[u8]) -> Arc<ServerConfig> {
        let provider = Arc::new(ring::default_provider());
        let builder =
            made(ServerConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions());
        let builder = match clients {
            None => builder.with_no_client_auth(),
            Some(authority) => {
                let mut roots = RootCertStore::empty();
                made(roots.add(authority.issuer.der().clone()));
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
                builder.with_client_cert_verifier(made(verifier.build()))
            }
        };
        let key = PrivateKeyDer::Pkcs8(self.key.clone().into());
        let mut config = made(builder.with_single_cert(vec![self.certificate.clone()], key));
        config.alpn_protocols = vec![alpn.to_vec()];
        Arc::new(config)
    }
}

fn named(name: &str) -> DistinguishedName {
    let mut distinguished = DistinguishedName::new();
    distinguished.push(DnType::CommonName, name);
    distinguished
}

fn new_key() -> KeyPair {
    made(KeyPair::generate())
}

#[track_caller]
fn made<T, E: std::fmt::Display>(result: Result<T, E>) -> T {
    match result {
        Ok(made) => made,
        Err(error) => panic!("a certificate cannot be made: {error}"),
    }
}

fn pem(label: &str, der: &[u8]) -> String {
    let encoded = STANDARD.encode(der);
    let mut text = format!("-----BEGIN {label}-----\n");
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(64));
        text.push_str(line);
        text.push('\n');
        rest = after;
    }
    text.push_str(&format!("-----END {label}-----\n"));
    text
}
