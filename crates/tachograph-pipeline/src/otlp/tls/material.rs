//! The certificates that were named, read and checked: a mistake in them is told at the start and not by every export.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use rustls::{InconsistentKeys, RootCertStore};

use super::provider;
use crate::error::Error;
use crate::settings::{ClientCertificate, Named, TlsSettings};

/// Far more than every root that there is.
const MAX_FILE: u64 = 4 * 1024 * 1024;

/// Checked certificates, as bytes for those who want to read them again.
#[derive(Clone, Default)]
pub(in crate::otlp) struct Material {
    /// In the place of the system's.
    pub(in crate::otlp) roots: Option<Roots>,
    pub(in crate::otlp) client: Option<Client>,
}

#[derive(Clone)]
#[cfg_attr(not(feature = "otlp-grpc"), expect(dead_code, reason = "tonic alone reads PEM"))]
pub(in crate::otlp) struct Roots {
    pub(in crate::otlp) pem: Vec<u8>,
    pub(in crate::otlp) store: RootCertStore,
}

pub(in crate::otlp) struct Client {
    pub(in crate::otlp) certificate_pem: Vec<u8>,
    pub(in crate::otlp) key_pem: Vec<u8>,
    pub(in crate::otlp) chain: Vec<CertificateDer<'static>>,
    pub(in crate::otlp) key: PrivateKeyDer<'static>,
}

impl Clone for Client {
    fn clone(&self) -> Self {
        Self {
            certificate_pem: self.certificate_pem.clone(),
            key_pem: self.key_pem.clone(),
            chain: self.chain.clone(),
            key: self.key.clone_key(),
        }
    }
}

impl Material {
    /// Reads what is named. Blocks on the file system.
    pub(in crate::otlp) fn load(settings: &TlsSettings) -> Result<Self, Error> {
        let roots = settings.roots.as_ref().map(roots).transpose()?;
        let client = settings.client.as_ref().map(client).transpose()?;
        Ok(Self { roots, client })
    }
}

fn roots(named: &Named) -> Result<Roots, Error> {
    let pem = bytes(named)?;
    let mut store = RootCertStore::empty();
    for (index, certificate) in certificates(named, &pem)?.into_iter().enumerate() {
        store.add(certificate).map_err(|_| named.unusable(format!("certificate {} in it is not valid", index + 1)))?;
    }
    Ok(Roots { pem, store })
}

fn client(named: &ClientCertificate) -> Result<Client, Error> {
    let ClientCertificate { certificate, key } = named;
    let (certificate_pem, key_pem) = (bytes(certificate)?, bytes(key)?);
    let chain = certificates(certificate, &certificate_pem)?;
    let private = private_key(key, &key_pem)?;
    let provider = provider().map_err(|error| certificate.unusable(error))?;
    fits(named, &provider, &chain, &private)?;
    Ok(Client { certificate_pem, key_pem, chain, key: private })
}

fn fits(
    named: &ClientCertificate,
    provider: &CryptoProvider,
    chain: &[CertificateDer<'static>],
    key: &PrivateKeyDer<'static>,
) -> Result<(), Error> {
    let ClientCertificate { certificate, key: named_key } = named;
    let signing = provider.key_provider.load_private_key(key.clone_key());
    let signing = signing.map_err(|_| named_key.unusable("the private key in it is not valid, or of no known kind"))?;
    match CertifiedKey::new(chain.to_vec(), signing).keys_match() {
        // Some cryptography cannot tell; then the receiver will.
        Ok(()) | Err(rustls::Error::InconsistentKeys(InconsistentKeys::Unknown)) => Ok(()),
        Err(rustls::Error::InconsistentKeys(_)) => {
            let (pem, source_name) = (&certificate.pem, &certificate.source_name);
            Err(named_key.unusable(format!("the key does not fit the certificate in {pem} ({source_name})")))
        }
        Err(_) => Err(certificate.unusable("the first certificate in it is not valid")),
    }
}

fn certificates(named: &Named, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, Error> {
    const NONE: &str = "no certificate is in it; accepted: PEM, which begins with -----BEGIN CERTIFICATE-----";
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match found {
        Ok(found) if found.is_empty() => Err(named.unusable(NONE)),
        Ok(found) => Ok(found),
        Err(pem::Error::NoItemsFound) => Err(named.unusable(NONE)),
        Err(_) => Err(named.unusable("it is not valid PEM")),
    }
}

fn private_key(named: &Named, pem: &[u8]) -> Result<PrivateKeyDer<'static>, Error> {
    const ENCRYPTED: &[u8] = b"-----BEGIN ENCRYPTED PRIVATE KEY-----";
    PrivateKeyDer::from_pem_slice(pem).map_err(|error| match error {
        pem::Error::NoItemsFound if pem.windows(ENCRYPTED.len()).any(|text| text == ENCRYPTED) => {
            named.unusable("the private key in it is encrypted; accepted: one without a passphrase")
        }
        pem::Error::NoItemsFound => named.unusable(
            "no private key is in it; accepted: PEM, which begins with -----BEGIN PRIVATE KEY-----, or RSA or EC before PRIVATE",
        ),
        _ => named.unusable("it is not valid PEM"),
    })
}

fn bytes(named: &Named) -> Result<Vec<u8>, Error> {
    match named.pem.source() {
        Ok(path) => read(path).map_err(|problem| named.unusable(problem)),
        Err(text) => Ok(text.to_vec()),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(MAX_FILE + 1).read_to_end(&mut bytes));
    read.map_err(|error| format!("the file cannot be read: {error}"))?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(format!("the file has more than {MAX_FILE} bytes"));
    }
    Ok(bytes)
}
