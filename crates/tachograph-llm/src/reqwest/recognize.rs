//! Which requests are calls to models.

mod hosts;
mod paths;

use reqwest::{Method, Request, Url};
use tachograph_core::{opentelemetry::StringValue, semconv::value};

use self::hosts::Host;
use crate::Format;

/// What the address of a request says of the call to a model that it is.
///
/// ```
/// use tachograph_llm::{Format, reqwest::Recognized};
/// // Of a gateway that has paths of its own.
/// let recognized = Recognized::new("openai", Format::OpenAiChat).with_model("gpt-4o").with_streaming(true);
/// // Of one that has the usual ones behind a prefix.
/// assert!(Recognized::of_path("vllm", "/team-a/v1/chat/completions").is_some());
/// assert!(Recognized::of_path("vllm", "/v1/models").is_none());
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Recognized {
    pub(super) provider: StringValue,
    pub(super) format: Format,
    pub(super) operation: StringValue,
    pub(super) model: Option<StringValue>,
    pub(super) streaming: Option<bool>,
}

impl Recognized {
    /// A chat of `provider` (`openai`, `anthropic`, a name of your own), with bodies in this format. Model and streaming are what the
    /// request's body says.
    ///
    /// The provider becomes a metric label: keep it one of a few names.
    #[must_use]
    pub fn new(provider: impl Into<StringValue>, format: Format) -> Self {
        Self { provider: provider.into(), format, operation: value::CHAT.into(), model: None, streaming: None }
    }

    /// What a path says in the way in which the known providers use it, whatever stands before: `…/chat/completions`, `…/v1/messages`,
    /// `…/models/gemini-2.5-pro:generateContent`, `…/api/chat`, and so on. `None` for other paths.
    #[must_use]
    pub fn of_path(provider: impl Into<StringValue>, path: &str) -> Option<Self> {
        paths::read(path).map(|read| Self {
            provider: provider.into(),
            format: read.format,
            operation: read.operation.into(),
            model: read.model.map(Into::into),
            streaming: read.streaming,
        })
    }

    /// Sets the GenAI operation: `chat` (the default), `generate_content`, `text_completion`, `embeddings`.
    #[must_use]
    pub fn with_operation(mut self, operation: impl Into<StringValue>) -> Self {
        self.operation = operation.into();
        self
    }

    /// Sets the model where it is known from the address; what the body says does not count then.
    #[must_use]
    pub fn with_model(mut self, model: impl Into<StringValue>) -> Self {
        self.model = Some(model.into());
        self
    }

    /// Sets whether the answer will be streamed, where the address says it; what the body says does not count then.
    #[must_use]
    pub fn with_streaming(mut self, streaming: bool) -> Self {
        self.streaming = Some(streaming);
        self
    }

    /// Whether the answer is a text and not a vector.
    pub(super) fn is_inference(&self) -> bool {
        self.operation.as_str() != value::EMBEDDINGS
    }
}

/// The hosts that the application named, each with its provider.
#[derive(Clone, Debug, Default)]
pub(super) struct NamedHosts(Vec<(Host, StringValue)>);

impl NamedHosts {
    pub(super) fn add(&mut self, host: &str, provider: StringValue) {
        self.0.push((Host::new(host), provider));
    }

    /// What is known of a request: by the hosts that the application named, then by those of the providers.
    pub(super) fn recognize(&self, request: &Request) -> Option<Recognized> {
        if request.method() != Method::POST {
            return None;
        }
        let url = request.url();
        match self.provider(url) {
            Some(provider) => Recognized::of_path(provider, url.path()),
            None => Recognized::of_path(hosts::provider(url)?, url.path()),
        }
    }

    fn provider(&self, url: &Url) -> Option<StringValue> {
        self.0.iter().find(|(host, _)| host.is_of(url)).map(|(_, provider)| provider.clone())
    }
}
