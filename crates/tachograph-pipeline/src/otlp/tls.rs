//! TLS: certificates, and cryptography that is chosen without touching what the process uses elsewhere.
//!
//! `ClientConfig::builder()` would install a provider for the whole process, and panic when the features of rustls in the
//! application's graph leave open which one. So the provider is always given.

#[cfg(feature = "_otlp")]
mod material;

use std::sync::Arc;

use rustls::client::WantsClientCert;
use rustls::crypto::CryptoProvider;
use rustls::{ClientConfig, ConfigBuilder, RootCertStore};

#[cfg(feature = "_otlp")]
pub(super) use self::material::Material;

/// What the application installed, because it may have to use nothing else; otherwise ring, if it is built in.
///
/// tonic chooses in the same order, so where this finds a provider, tonic does not fall back to `ClientConfig::builder()`.
pub(super) fn provider() -> Result<Arc<CryptoProvider>, String> {
    CryptoProvider::get_default().cloned().or_else(built_in).ok_or_else(|| {
        "https needs cryptography: enable the cargo feature tls-ring, or install a rustls CryptoProvider first"
            .to_owned()
    })
}

#[cfg(feature = "tls-ring")]
#[expect(clippy::unnecessary_wraps, reason = "without the feature there is none")]
fn built_in() -> Option<Arc<CryptoProvider>> {
    Some(Arc::new(rustls::crypto::ring::default_provider()))
}

#[cfg(not(feature = "tls-ring"))]
fn built_in() -> Option<Arc<CryptoProvider>> {
    None
}

/// A client that trusts what the system trusts.
#[cfg(feature = "sentry")]
pub(crate) fn client_config() -> Result<ClientConfig, String> {
    Ok(client(system_roots()?)?.with_no_client_auth())
}

/// A client that trusts what was named, or what the system trusts, and shows the certificate that was named.
#[cfg(feature = "_otlp")]
pub(super) fn client_config_of(material: Material) -> Result<ClientConfig, String> {
    let config = client(match material.roots {
        Some(roots) => roots.store,
        None => system_roots()?,
    })?;
    match material.client {
        Some(client) => config.with_client_auth_cert(client.chain, client.key).map_err(|error| error.to_string()),
        None => Ok(config.with_no_client_auth()),
    }
}

fn client(roots: RootCertStore) -> Result<ConfigBuilder<ClientConfig, WantsClientCert>, String> {
    let config = ClientConfig::builder_with_provider(provider()?)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    Ok(config.with_root_certificates(roots))
}

fn system_roots() -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    let (added, _) = roots.add_parsable_certificates(found.certs);
    if added == 0 {
        return Err(format!("no TLS roots were found on this system: {:?}", found.errors));
    }
    Ok(roots)
}

#[cfg(test)]
mod tests {
    #[cfg(feature = "tls-ring")]
    #[test]
    fn a_provider_is_found_and_none_is_installed_for_the_process() {
        super::provider().unwrap();
        assert!(super::CryptoProvider::get_default().is_none());
    }

    #[cfg(all(not(feature = "tls-ring"), feature = "otlp-grpc", feature = "otlp-http"))]
    #[test]
    fn without_cryptography_https_is_an_error_that_names_the_feature_and_http_is_none() {
        use crate::exporter::Guard;
        use crate::settings::{Endpoint, OtlpSettings, Protocol, Signal};

        let resource = opentelemetry_sdk::Resource::builder_empty().build();
        for protocol in [Protocol::Grpc, Protocol::HttpProtobuf] {
            let build = |address: &str| {
                let endpoint =
                    Endpoint { address: address.to_owned(), exact: false, source_name: "the test".to_owned() };
                let settings = OtlpSettings { endpoint: Some(endpoint), protocol, ..OtlpSettings::default() };
                crate::otlp::exporter(&Guard::of_test(Signal::Traces), &settings, &resource, None).map(drop)
            };
            build("http://localhost").unwrap();
            assert!(build("https://localhost").unwrap_err().to_string().contains("tls-ring"));
        }
    }
}
