//! HTTP clients.

use std::{net::IpAddr, time::Duration};

use reqwest::Url;
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use tachograph::{llm::reqwest::LlmMiddleware, tower::reqwest::HttpClientMiddleware};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A client whose requests are tracked, those to models by `llm`. To this machine they carry the trace context; strangers need not know it, and still less the
/// baggage that comes with it.
pub(crate) fn tracked_client(llm: LlmMiddleware) -> reqwest::Result<ClientWithMiddleware> {
    let http = HttpClientMiddleware::new().with_propagation_to(is_this_machine);
    Ok(ClientBuilder::new(client()?).with(llm).with(http).build())
}

fn is_this_machine(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// A client whose TLS uses `ring`, which OTLP export brings along anyway.
pub(crate) fn client() -> reqwest::Result<reqwest::Client> {
    // Refused from the second time on, when it is in place.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().connect_timeout(CONNECT_TIMEOUT).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_is_known_by_its_names_and_addresses() {
        for (url, expected) in [
            ("http://localhost:11434/v1", true),
            ("http://127.0.0.1:1/v1", true),
            ("http://[::1]:1/v1", true),
            ("https://api.openai.com/v1", false),
            ("http://127.0.0.1.example.com/v1", false),
            ("http://10.0.0.1/v1", false),
        ] {
            assert_eq!(is_this_machine(&url.parse().unwrap()), expected, "{url}");
        }
    }
}
