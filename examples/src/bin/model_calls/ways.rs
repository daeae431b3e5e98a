//! Three ways to call a model, each of which is tracked without a line about tokens.

mod attribute;
mod genai;
mod middleware;

use examples::model_service::Mode;

use reqwest::Client;

use crate::{BoxError, provider::Provider};

#[derive(Clone, Copy, Debug)]
pub(crate) enum Way {
    /// A function with an attribute around one's own request.
    Attribute,
    /// A function with an attribute around a client library.
    Genai,
    /// A client whose middleware knows the addresses of providers; there is nothing at the call.
    Middleware,
}

impl Way {
    pub(crate) const ALL: [Self; 3] = [Self::Attribute, Self::Genai, Self::Middleware];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Attribute => "attribute",
            Self::Genai => "genai",
            Self::Middleware => "middleware",
        }
    }

    /// Asks the provider and reads its answer to the end.
    pub(crate) async fn call(self, place: &Place, provider: &Provider, mode: Mode) -> Result<(), BoxError> {
        match self {
            Self::Attribute => attribute::call(place, provider, mode).await,
            Self::Genai => genai::call(place, provider, mode).await,
            Self::Middleware => middleware::call(place, provider, mode).await,
        }
    }
}

/// Where the providers are.
#[derive(Debug)]
pub(crate) struct Place {
    http: Client,
    /// Scheme, host and port.
    url: String,
}

impl Place {
    pub(crate) fn new(url: &str) -> Result<Self, BoxError> {
        // Refused where it is in place: TLS uses `ring`, which OTLP export brings along anyway.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Ok(Self { http: Client::builder().build()?, url: url.trim_end_matches('/').to_owned() })
    }

    fn url_of(&self, provider: &Provider, mode: Mode) -> String {
        format!("{}{}", self.url, provider.api.path(mode, provider.model))
    }
}
