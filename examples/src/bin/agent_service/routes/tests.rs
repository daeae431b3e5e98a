//! Over a real socket, with the stand-in as the model.

use reqwest::{Response, StatusCode};
use tokio::net::TcpListener;

use super::*;
use crate::{service::Service, settings::Settings};

/// Starts the service on a free port and posts `body` to `path`.
async fn post_to(path: &str, body: impl Into<reqwest::Body>) -> Response {
    let service = Service::start(&Settings::read(|_| None).unwrap()).await.unwrap();
    let app = router(Arc::new(service.researcher)).fallback(not_found);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    crate::http::client().unwrap().post(format!("http://{address}{path}")).body(body).send().await.unwrap()
}

async fn error_of(body: impl Into<reqwest::Body>) -> (StatusCode, String) {
    let response = post_to("/api/chat", body).await;
    let status = response.status();
    let body: Value = response.json().await.unwrap();
    (status, body["error"].as_str().unwrap().to_owned())
}

fn question(question: &str) -> String {
    json!({"question": question}).to_string()
}

#[tokio::test]
async fn bad_input_is_refused_with_the_reason() {
    let cases = [
        ("{\"question\": ".to_owned(), 400, "the body is no JSON"),
        ("\u{0}".to_owned(), 400, "the body is no JSON"),
        ("[]".to_owned(), 400, "the body has no `question`"),
        ("{\"text\": \"x\"}".to_owned(), 400, "the body has no `question`"),
        ("{\"question\": 7}".to_owned(), 400, "`question` is no text"),
        (question(" \n "), 400, "`question` is empty"),
        (question(&"x".repeat(16 * 1024 + 1)), 413, "`question` is longer than 16384 bytes"),
    ];
    for (body, status, reason) in cases {
        let (answered, error) = error_of(body).await;
        assert_eq!(answered, status, "{error}");
        assert!(error.starts_with(reason), "{error}");
    }
}

#[tokio::test]
async fn a_body_of_more_than_a_megabyte_is_refused() {
    let (status, error) = error_of(vec![b' '; MAX_BODY + 1]).await;
    assert_eq!((status.as_u16(), error.as_str()), (413, "the body is larger than 1048576 bytes"));
}

#[tokio::test]
async fn a_question_of_the_longest_length_is_taken() {
    let response = post_to("/api/chat", question(&"x".repeat(16 * 1024))).await;
    assert_eq!(response.status(), 200);
}

#[tokio::test]
async fn an_answer_names_tools_and_tokens() {
    let response = post_to("/api/chat", question("What is helium used for, and what is 6 * 7?")).await;
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["tools"], json!(["calculate", "search"]));
    let answer = "6 * 7 = 42. Helium cools superconducting magnets in MRI scanners and lifts balloons. \
        (article: Uses of helium)";
    assert_eq!(body["answer"], answer);
    assert!(body["tokens"]["input"].as_u64() > Some(0) && body["tokens"]["output"].as_u64() > Some(0));
}

#[tokio::test]
async fn a_tool_that_fails_is_part_of_the_answer() {
    let body: Value = post_to("/api/chat", question("What is 1 / 0?")).await.json().await.unwrap();
    assert_eq!(body["answer"], "That cannot be done: division by zero.");
}

#[tokio::test]
async fn a_streamed_answer_ends_with_tools_and_tokens() {
    let text = post_to("/api/chat/stream", question("What is 6 * 7?")).await.text().await.unwrap();
    assert!(text.starts_with("data: {\"text\":\"6 \"}\n\ndata: {\"text\":\"* \"}\n\n"), "{text}");
    let (_, end) = text.split_once("event: end\ndata: ").unwrap();
    let end: Value = serde_json::from_str(end.trim_end()).unwrap();
    assert_eq!(end["tools"], json!(["calculate"]));
    assert!(end["tokens"]["output"].as_u64() > Some(0));
}

#[tokio::test]
async fn a_stream_that_breaks_off_ends_with_an_error() {
    let text = post_to("/api/chat/stream", question("Tell me about tin and break off")).await.text().await.unwrap();
    assert!(text.starts_with("data: {\"text\":"), "{text}");
    assert!(text.contains("event: error\ndata: {\"error\":\"the LLM's answer broke off\""), "{text}");
}

#[tokio::test]
async fn trouble_of_the_model_has_a_status_of_its_own() {
    let (status, error) = error_of(question("a rate limit")).await;
    assert_eq!(status, 429);
    assert_eq!(error, "the LLM limits the rate of requests: the stand-in was asked to limit the rate");
    let (status, _) = error_of(question("a server error")).await;
    assert_eq!(status, 502);
    let streamed = post_to("/api/chat/stream", question("a rate limit")).await;
    assert_eq!(streamed.status(), 429);
}
