//! The HTTP client of the tests.

use std::time::Duration;

pub use reqwest::blocking::{Client, RequestBuilder, Response};

/// A blocking client. It follows no proxy: everything that tests talk to is on this machine.
pub fn client() -> Client {
    // Refused from the second time on, when it is in place.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().no_proxy().timeout(Duration::from_secs(30)).build().expect("a client needs no outside")
}
