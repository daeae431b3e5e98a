//! What requests say, and what is left of their responses.

use http::StatusCode;
use reqwest::Body;
use tachograph_core::{ContentPolicy, Policy, semconv::metric};
use tachograph_testing::{TestTelemetry, attribute};

use crate::{
    client::{ASK, CHAT, ask, client, middleware, tracked},
    fixture,
    server::{Answer, Server},
};

/// The attributes of the one span that begin with one of these, but for those that every call has.
async fn settings(provider: &'static str, path: &str, body: &'static str) -> String {
    let (test, server) = (TestTelemetry::new(), Server::start([Answer::json("{}")]).await);
    let client = client(middleware(&test, &server, provider));
    client.post(server.url(path)).body(body).send().await.unwrap().bytes().await.unwrap();
    let tree =
        test.tree_with(&["gen_ai.request.*", "gen_ai.output.type", "gen_ai.conversation.id", "openai.*", "aws.*"]);
    let (_, attributes) = tree.trim().split_once("(client) ").unwrap();
    attributes.to_owned()
}

#[tokio::test]
async fn the_settings_of_a_request_are_on_the_span() {
    const CHAT_SETTINGS: &str = r#"{"model": "m", "temperature": 0.5, "top_p": 0.25, "max_tokens": 100, "frequency_penalty": 1.5,
        "presence_penalty": -0.5, "seed": 7, "stop": ["a", "b"], "n": 2, "reasoning_effort": "low", "service_tier": "flex",
        "response_format": {"type": "json_object"}}"#;
    const SHARED: &str = "gen_ai.output.type=json gen_ai.request.choice.count=2 gen_ai.request.frequency_penalty=1.5 \
                          gen_ai.request.max_tokens=100 gen_ai.request.model=m gen_ai.request.presence_penalty=-0.5 \
                          gen_ai.request.reasoning.level=low gen_ai.request.seed=7 \
                          gen_ai.request.stop_sequences=[\"a\",\"b\"] gen_ai.request.temperature=0.5 \
                          gen_ai.request.top_p=0.25";
    for (provider, path, body, expected) in [
        (
            "openai",
            CHAT,
            CHAT_SETTINGS,
            &*format!("{SHARED} openai.api.type=chat_completions openai.request.service_tier=flex"),
        ),
        ("groq", CHAT, CHAT_SETTINGS, SHARED),
        (
            "azure.ai.openai",
            "/openai/v1/responses",
            r#"{"model": "m", "n": 1, "service_tier": "auto", "previous_response_id": "resp_1", "conversation": {"id": "conv_1"}}"#,
            "gen_ai.conversation.id=conv_1 gen_ai.request.model=m gen_ai.request.previous_response.id=resp_1 \
             openai.api.type=responses",
        ),
        ("openai", "/v1/embeddings", r#"{"model": "m", "input": "x"}"#, "gen_ai.request.model=m"),
        (
            "anthropic",
            "/v1/messages",
            r#"{"model": "m", "top_k": 5, "stop_sequences": ["end"], "stream": true}"#,
            "gen_ai.request.model=m gen_ai.request.stop_sequences=[\"end\"] gen_ai.request.stream=true \
             gen_ai.request.top_k=5",
        ),
        (
            "aws.bedrock",
            "/model/m/converse",
            r#"{"inferenceConfig": {"maxTokens": 9}, "guardrailConfig": {"guardrailIdentifier": "g1"}}"#,
            "aws.bedrock.guardrail.id=g1 gen_ai.request.max_tokens=9 gen_ai.request.model=m",
        ),
    ] {
        assert_eq!(settings(provider, path, body).await, expected, "{provider} {path}");
    }
}

#[tokio::test]
async fn content_is_recorded_where_the_policy_allows_it() {
    let fixture = fixture::of("openai_chat/stream.sse");
    for policy in [ContentPolicy::none(), ContentPolicy::all()] {
        let is_open = policy.is_open();
        let test = TestTelemetry::builder().with_policy(Policy::default().with_content(policy)).build();
        let server = Server::start([Answer::new("text/event-stream", &fixture.bytes)]).await;
        ask(&tracked(&test, &server), &server).await.unwrap().bytes().await.unwrap();
        let span = &test.spans()[0];
        let [asked, answered] = ["gen_ai.input.messages", "gen_ai.output.messages"].map(|key| attribute(span, key));
        assert_eq!((asked.is_some(), answered.is_some()), (is_open, is_open));
        if is_open {
            assert!(asked.unwrap().contains("When?"));
            assert!(answered.unwrap().contains("Tide tables say high water at six."));
        }
    }
}

#[tokio::test]
async fn a_body_that_is_streamed_passes_unread() {
    let (test, mut server) = (TestTelemetry::new(), Server::start([Answer::json("{}")]).await);
    let body = Body::wrap(Body::from(ASK));
    tracked(&test, &server).post(server.url(CHAT)).body(body).send().await.unwrap().bytes().await.unwrap();
    let received = server.received().await;
    assert!(String::from_utf8(received.body).unwrap().contains(ASK));
    assert_eq!(test.spans()[0].name, "chat unknown");
}

#[tokio::test]
async fn a_response_keeps_what_it_came_with() {
    let answer = Answer::json(r#"{"choices": []}"#).header("x-request-id: request-1");
    let (test, server) = (TestTelemetry::new(), Server::start([answer]).await);
    let response = ask(&tracked(&test, &server), &server).await.unwrap();
    assert_eq!(response.url().as_str(), server.url(CHAT));
    assert_eq!(response.remote_addr(), Some(server.address));
    assert_eq!(response.content_length(), Some(15));
    assert_eq!((response.status(), response.version()), (StatusCode::OK, http::Version::HTTP_11));
    assert_eq!(response.headers()["x-request-id"], "request-1");
    assert_eq!(response.text().await.unwrap(), r#"{"choices": []}"#);

    let port = server.address.port().to_string();
    let labels = [
        ("gen_ai.operation.name", "chat"),
        ("gen_ai.provider.name", "openai"),
        ("gen_ai.request.model", "gpt-4o"),
        ("server.address", "127.0.0.1"),
        ("server.port", &*port),
    ];
    assert_eq!(test.metrics().count(metric::LLM_DURATION, &labels), 1);
    assert_eq!(attribute(&test.spans()[0], "server.port"), Some(port.clone()));
}

#[tokio::test]
async fn an_empty_answer_ends_with_its_head() {
    let answer = Answer::json("").status("204 No Content");
    let (test, server) = (TestTelemetry::new(), Server::start([answer]).await);
    let response = ask(&tracked(&test, &server), &server).await.unwrap();
    assert_eq!(test.spans().len(), 1);
    drop(response);
    assert_eq!(test.spans().len(), 1);
}
