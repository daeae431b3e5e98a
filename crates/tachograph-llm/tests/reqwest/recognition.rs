//! Which requests are calls to models.

use async_trait::async_trait;
use http::Extensions;
use reqwest::{Method, Request, Response};
use reqwest_middleware::{Middleware, Next, Result};
use tachograph_llm::{
    Format,
    reqwest::{LlmMiddleware, Recognized},
};
use tachograph_testing::{TestTelemetry, attribute};

use crate::{
    client::{ASK, CHAT, client, plain_client, tracked},
    server::{Answer, Server},
};

/// Answers without a network.
struct Canned;

#[async_trait]
impl Middleware for Canned {
    async fn handle(&self, _: Request, _: &mut Extensions, _: Next<'_>) -> Result<Response> {
        Ok(http::Response::new("{}").into())
    }
}

/// `{provider} {operation} {model}` of a request, with ` streamed` where it is; nothing where it is no call to a model.
async fn recognized(middleware: &LlmMiddleware, method: Method, url: &str, body: &'static str) -> Option<String> {
    let test = TestTelemetry::new();
    let client = reqwest_middleware::ClientBuilder::new(plain_client().build().unwrap())
        .with(middleware.clone().with_telemetry(test.telemetry().clone()))
        .with(Canned)
        .build();
    client.request(method, url).body(body).send().await.unwrap().bytes().await.unwrap();
    let spans = test.spans();
    let span = spans.first()?;
    let [provider, operation, model] = ["gen_ai.provider.name", "gen_ai.operation.name", "gen_ai.request.model"]
        .map(|key| attribute(span, key).unwrap());
    let streamed = if attribute(span, "gen_ai.request.stream").is_some() { " streamed" } else { "" };
    Some(format!("{provider} {operation} {model}{streamed}"))
}

#[tokio::test]
async fn the_providers_are_known_by_host_and_path() {
    const MODEL: &str = r#"{"model": "m"}"#;
    const STREAM: &str = r#"{"model": "m", "stream": true}"#;
    for (url, body, expected) in [
        ("https://api.openai.com/v1/chat/completions", MODEL, "openai chat m"),
        ("https://api.openai.com/v1/chat/completions", STREAM, "openai chat m streamed"),
        ("https://eu.api.openai.com/v1/responses", STREAM, "openai chat m streamed"),
        ("https://api.openai.com/v1/completions", MODEL, "openai text_completion m"),
        ("https://api.openai.com/v1/embeddings", MODEL, "openai embeddings m"),
        ("https://res.openai.azure.com/openai/deployments/dep%201/chat/completions?api-version=1", MODEL, {
            "azure.ai.openai chat dep 1"
        }),
        ("https://res.openai.azure.com/openai/v1/responses", MODEL, "azure.ai.openai chat m"),
        ("https://res.cognitiveservices.azure.com/openai/deployments/dep/embeddings", "{}", {
            "azure.ai.openai embeddings dep"
        }),
        ("https://res.services.ai.azure.com/api/projects/p/openai/v1/responses", MODEL, "azure.ai.openai chat m"),
        ("https://res.services.ai.azure.com/models/chat/completions", MODEL, "azure.ai.inference chat m"),
        ("https://res.services.ai.azure.com/anthropic/v1/messages", STREAM, "azure.ai.inference chat m streamed"),
        ("https://api.anthropic.com/v1/messages", STREAM, "anthropic chat m streamed"),
        ("https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-pro:generateContent", "{}", {
            "gcp.gemini generate_content gemini-2.5-pro"
        }),
        ("https://generativelanguage.googleapis.com/v1/models/g:streamGenerateContent?alt=sse&key=k", "{}", {
            "gcp.gemini generate_content g streamed"
        }),
        ("https://generativelanguage.googleapis.com/v1beta/models/gemini-embedding-001:embedContent", "{}", {
            "gcp.gemini embeddings gemini-embedding-001"
        }),
        ("https://generativelanguage.googleapis.com/v1beta/openai/chat/completions", MODEL, "gcp.gemini chat m"),
        (
            "https://europe-west1-aiplatform.googleapis.com/v1/projects/p/locations/l/publishers/google/models/g:generateContent",
            "{}",
            "gcp.vertex_ai generate_content g",
        ),
        (
            "https://aiplatform.googleapis.com/v1/projects/p/locations/global/publishers/anthropic/models/claude-sonnet-4-5@20250929:streamRawPredict",
            STREAM,
            "gcp.vertex_ai chat claude-sonnet-4-5@20250929 streamed",
        ),
        ("https://bedrock-runtime.us-east-1.amazonaws.com/model/amazon.nova-pro-v1%3A0/converse", "{}", {
            "aws.bedrock chat amazon.nova-pro-v1:0"
        }),
        ("https://bedrock-runtime-fips.us-west-2.amazonaws.com/model/m/converse-stream", "{}", {
            "aws.bedrock chat m streamed"
        }),
        ("https://bedrock-runtime.cn-north-1.amazonaws.com.cn/model/anthropic.claude/invoke", "{}", {
            "aws.bedrock chat anthropic.claude"
        }),
        ("https://bedrock-runtime.eu-west-1.amazonaws.com/model/m/invoke-with-response-stream", "{}", {
            "aws.bedrock chat m streamed"
        }),
        ("https://bedrock-runtime.eu-west-1.amazonaws.com/model/cohere.embed-v4%3A0/invoke", "{}", {
            "aws.bedrock embeddings cohere.embed-v4:0"
        }),
        ("https://api.groq.com/openai/v1/chat/completions", MODEL, "groq chat m"),
        ("https://api.mistral.ai/v1/chat/completions", MODEL, "mistral_ai chat m"),
        ("https://codestral.mistral.ai/v1/fim/completions", MODEL, "mistral_ai text_completion m"),
        ("https://api.deepseek.com/chat/completions", MODEL, "deepseek chat m"),
        ("https://api.deepseek.com/anthropic/v1/messages", MODEL, "deepseek chat m"),
        ("https://api.x.ai/v1/responses", MODEL, "x_ai chat m"),
        ("https://openrouter.ai/api/v1/chat/completions", MODEL, "openrouter chat m"),
        ("https://api.perplexity.ai/chat/completions", MODEL, "perplexity chat m"),
        ("https://api.together.xyz/v1/chat/completions", MODEL, "together chat m"),
        ("https://api.fireworks.ai/inference/v1/chat/completions", MODEL, "fireworks chat m"),
        ("https://api.cohere.ai/compatibility/v1/chat/completions", MODEL, "cohere chat m"),
        ("https://api.moonshot.ai/v1/chat/completions", MODEL, "moonshot_ai chat m"),
        ("https://api.cerebras.ai/v1/chat/completions", MODEL, "cerebras chat m"),
        ("http://localhost:11434/api/chat", MODEL, "ollama chat m streamed"),
        ("http://127.0.0.1:11434/api/generate", r#"{"model": "m", "stream": false}"#, "ollama text_completion m"),
        ("http://[::1]:11434/api/embed", MODEL, "ollama embeddings m"),
        ("http://localhost:11434/v1/chat/completions", MODEL, "ollama chat m"),
        ("https://api.openai.com/v1/chat/completions", "no JSON", "openai chat unknown"),
    ] {
        let said = recognized(&LlmMiddleware::new(), Method::POST, url, body).await;
        assert_eq!(said.as_deref(), Some(expected), "{url}");
    }
}

#[tokio::test]
async fn other_requests_are_no_calls_to_models() {
    for (method, url) in [
        (Method::GET, "https://api.openai.com/v1/chat/completions"),
        (Method::POST, "https://api.openai.com/v1/files"),
        (Method::POST, "https://api.openai.com/v1/threads/thread_1/messages"),
        (Method::POST, "https://api.openai.com/v1/responses/resp_1/cancel"),
        (Method::POST, "https://api.anthropic.com/v1/messages/count_tokens"),
        (Method::POST, "https://api.anthropic.com/v1/messages/batches"),
        (Method::POST, "https://generativelanguage.googleapis.com/v1beta/models/g:countTokens"),
        (
            Method::POST,
            "https://aiplatform.googleapis.com/v1/projects/p/locations/l/publishers/meta/models/m:rawPredict",
        ),
        (Method::POST, "https://bedrock-runtime.us-east-1.amazonaws.com/model/m/count-tokens"),
        (Method::POST, "https://bedrock.us-east-1.amazonaws.com/model/m/converse"),
        (Method::POST, "https://api.cohere.com/v2/chat"),
        (Method::POST, "http://localhost:11434/api/pull"),
        (Method::POST, "http://localhost:8080/v1/chat/completions"),
        (Method::POST, "https://myapi.openai.com.example/v1/chat/completions"),
        (Method::POST, "https://notapi.openai.com/v1/chat/completions"),
        (Method::POST, "https://example.com/"),
    ] {
        assert_eq!(recognized(&LlmMiddleware::new(), method, url, ASK).await, None, "{url}");
    }
}

#[tokio::test]
async fn hosts_of_the_applications_own_count_before_the_known_ones() {
    let named = LlmMiddleware::new()
        .with_host("LLM.internal:8000", "vllm")
        .with_host("http://gateway.internal/ignored", "litellm")
        .with_host("[fd00::7]:8000", "sglang")
        .with_host("api.openai.com", "openai_eu");
    for (url, expected) in [
        ("http://llm.internal:8000/v1/chat/completions", Some("vllm chat gpt-4o")),
        ("http://llm.internal:8001/v1/chat/completions", None),
        ("http://llm.internal:8000/v1/models", None),
        ("https://gateway.internal:8443/any/prefix/v1/messages", Some("litellm chat gpt-4o")),
        ("http://[fd00::7]:8000/api/generate", Some("sglang text_completion gpt-4o streamed")),
        ("https://api.openai.com/v1/chat/completions", Some("openai_eu chat gpt-4o")),
        ("https://api.anthropic.com/v1/messages", Some("anthropic chat gpt-4o")),
    ] {
        assert_eq!(recognized(&named, Method::POST, url, ASK).await.as_deref(), expected, "{url}");
    }
}

#[tokio::test]
async fn recognizers_are_asked_first_and_in_their_order() {
    let middleware = LlmMiddleware::new()
        .with_recognizer(|request| {
            let model = request.url().path().strip_prefix("/ask/")?.to_owned();
            Some(Recognized::new("gateway", Format::Anthropic).with_model(model).with_streaming(true))
        })
        .with_recognizer(|request| {
            let recognized = Recognized::of_path("gateway", request.url().path())?;
            Some(recognized.with_operation("generate_content"))
        });
    for (url, expected) in [
        ("http://any.example/ask/claude", Some("gateway chat claude streamed")),
        ("https://api.openai.com/v1/chat/completions", Some("gateway generate_content gpt-4o")),
        ("http://any.example/v1/models", None),
    ] {
        assert_eq!(recognized(&middleware, Method::POST, url, ASK).await.as_deref(), expected, "{url}");
    }
}

#[tokio::test]
async fn an_unknown_host_is_asked_and_answers_as_without_the_middleware() {
    let answer = r#"{"choices": [], "usage": {"prompt_tokens": 1}}"#;
    let (test, mut server) = (TestTelemetry::new(), Server::start([Answer::json(answer)]).await);
    let unaware = client(LlmMiddleware::new().with_telemetry(test.telemetry().clone()));
    let bare = reqwest_middleware::ClientBuilder::new(plain_client().build().unwrap()).build();
    let mut heads = Vec::new();
    for client in [unaware, bare, tracked(&test, &server)] {
        let response = client.post(server.url(CHAT)).body(ASK).send().await.unwrap();
        assert_eq!(response.bytes().await.unwrap(), answer);
        let received = server.received().await;
        assert_eq!(received.body, ASK.as_bytes());
        heads.push((received.head, test.spans().len()));
    }
    assert_eq!(heads[0], heads[1]);
    assert_eq!(heads[0].1, 0);
    assert_eq!((&heads[2].0, heads[2].1), (&heads[0].0, 1), "a call that is tracked sends the same");
}

#[tokio::test]
async fn where_no_telemetry_is_in_force_nothing_is_done() {
    let answer = r#"{"choices": []}"#;
    let server = Server::start([Answer::json(answer)]).await;
    let client = client(LlmMiddleware::new().with_host(&server.address.to_string(), "openai"));
    let response = client.post(server.url(CHAT)).body(ASK).send().await.unwrap();
    assert_eq!(response.content_length(), Some(answer.len() as u64));
    assert_eq!(response.text().await.unwrap(), answer);
}
