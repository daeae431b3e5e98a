//! HTTP clients.

use std::time::Duration;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A client whose TLS uses `ring`, which OTLP export brings along anyway.
pub(crate) fn client() -> reqwest::Result<reqwest::Client> {
    // Refused from the second time on, when it is in place.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().connect_timeout(CONNECT_TIMEOUT).build()
}
