//! Clients, and what is said to the server.

use reqwest::Response;
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, Middleware, Result};
pub(crate) use tachograph_llm::reqwest::LlmMiddleware;
use tachograph_llm::{Format, Framing};
use tachograph_testing::TestTelemetry;

use crate::server::Server;

/// Where something else in the build gives reqwest a TLS without cryptography, as this workspace does, a client wants some; none is used.
pub(crate) fn plain_client() -> reqwest::ClientBuilder {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().no_gzip()
}

/// The middleware, for which the server stands for `provider`.
pub(crate) fn middleware(test: &TestTelemetry, server: &Server, provider: &'static str) -> LlmMiddleware {
    LlmMiddleware::new().with_host(&server.address.to_string(), provider).with_telemetry(test.telemetry().clone())
}

pub(crate) fn client(middleware: impl Middleware) -> ClientWithMiddleware {
    ClientBuilder::new(plain_client().build().unwrap()).with(middleware).build()
}

/// A client whose calls are recorded.
pub(crate) fn tracked(test: &TestTelemetry, server: &Server) -> ClientWithMiddleware {
    client(middleware(test, server, "openai"))
}

pub(crate) const ASK: &str = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "When?"}]}"#;
pub(crate) const ASK_FOR_STREAM: &str = r#"{"model": "gpt-4o", "stream": true, "messages": []}"#;
pub(crate) const CHAT: &str = "/v1/chat/completions";

pub(crate) async fn ask(client: &ClientWithMiddleware, server: &Server) -> Result<Response> {
    client.post(server.url(CHAT)).body(ASK).send().await
}

pub(crate) async fn ask_for_stream(client: &ClientWithMiddleware, server: &Server) -> Response {
    client.post(server.url(CHAT)).body(ASK_FOR_STREAM).send().await.unwrap()
}

/// Where the providers have answers of this format, and what asks for them as the framing is.
pub(crate) fn request_for(format: Format, framing: Framing) -> (&'static str, &'static str) {
    let streamed = framing != Framing::Json;
    let body = match format {
        Format::Gemini | Format::Bedrock => r#"{"contents": []}"#,
        _ if streamed => r#"{"model": "asked-for", "stream": true}"#,
        _ => r#"{"model": "asked-for", "stream": false}"#,
    };
    let path = match (format, streamed) {
        (Format::OpenAiChat, _) => CHAT,
        (Format::OpenAiResponses, _) => "/v1/responses",
        (Format::Anthropic, _) => "/v1/messages",
        (Format::Gemini, true) => "/v1beta/models/asked-for:streamGenerateContent?alt=sse",
        (Format::Gemini, false) => "/v1beta/models/asked-for:generateContent",
        (Format::Bedrock, true) => "/model/asked-for/converse-stream",
        (Format::Bedrock, false) => "/model/asked-for/converse",
        (Format::Ollama, _) => "/api/chat",
        other => panic!("{other:?} has no address"),
    };
    (path, body)
}

pub(crate) fn content_type(framing: Framing) -> &'static str {
    match framing {
        Framing::Json => "application/json",
        Framing::Sse => "text/event-stream; charset=utf-8",
        Framing::Ndjson => "application/x-ndjson",
        Framing::EventStream => "application/vnd.amazon.eventstream",
        other => panic!("{other:?} has no name"),
    }
}
