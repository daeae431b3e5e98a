use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};
use tachograph::Usage;
use tachograph_llm::{Capture, Format, Framing, Limits, OutputPart, ResponseReader};

use super::{Answer, Api, End, Fault, Finish, Gate, Mode, ModelService};

/// Every figure is another, so that no two can be mixed up.
fn usage() -> Usage {
    Usage::new(1000, 300).with_cache_read(512).with_cache_write(128).with_cache_write_1h(32).with_reasoning(150)
}

fn answer() -> Answer {
    Answer::new("High water at six, “Ébb” at noon.", usage())
        .with_id("id-7")
        .with_model("model-2026-01-01")
        .with_thoughts("Let me see.")
}

fn tools() -> Answer {
    answer().with_tool_call("call-a", "tide_table", json!({"port": "Saint-Malo"})).with_tool_call(
        "call-b",
        "wind",
        json!({}),
    )
}

fn client() -> Client {
    // Refused from the second time on, when it is in place.
    let _ = rustls::crypto::ring::default_provider().install_default();
    // Reading those of the system takes longer than the rest of a test.
    Client::builder().tls_certs_only([]).build().unwrap()
}

async fn ask(service: &ModelService, api: Api, mode: Mode) -> Response {
    try_to_ask(service, api, mode).await.unwrap()
}

async fn try_to_ask(service: &ModelService, api: Api, mode: Mode) -> reqwest::Result<Response> {
    let url = format!("{}{}", service.url(), api.path(mode, "m:0"));
    client().post(url).json(&api.request(mode, "m:0", "When?")).send().await
}

fn reader(api: Api, response: &Response) -> ResponseReader {
    let format = match api {
        Api::OpenAiChat => Format::OpenAiChat,
        Api::OpenAiResponses => Format::OpenAiResponses,
        Api::Anthropic => Format::Anthropic,
        Api::Gemini => Format::Gemini,
        Api::Bedrock => Format::Bedrock,
        Api::Ollama => Format::Ollama,
    };
    let content_type = response.headers()["content-type"].to_str().unwrap();
    let capture = Capture::default().with_text(1 << 16).with_reasoning(1 << 16).with_tool_arguments(1 << 16);
    ResponseReader::with_options(format, Framing::of_content_type(content_type).unwrap(), Limits::default(), capture)
}

/// What the reader reads of the answer.
async fn read(service: &ModelService, api: Api, mode: Mode) -> tachograph_llm::Response {
    let mut response = ask(service, api, mode).await;
    let mut reader = reader(api, &response);
    while let Ok(Some(chunk)) = response.chunk().await {
        reader.push(&chunk);
    }
    reader.finish()
}

fn all() -> impl Iterator<Item = (Api, Mode)> {
    Api::ALL.into_iter().flat_map(|api| api.modes().iter().map(move |mode| (api, *mode)))
}

#[tokio::test]
async fn what_is_read_is_what_the_script_says() {
    for (api, mode) in all() {
        let service = ModelService::start(|_| answer()).await.unwrap();
        let read = read(&service, api, mode).await;
        let sent = service.settled(1).await.remove(0);
        let place = format!("{api:?} {mode:?}");
        assert_eq!(read.usage, Some(sent.told), "{place}");
        assert_eq!((read.complete, read.error.as_deref()), (true, None), "{place}");
        assert_eq!(read.finish_reasons[0].as_str(), "stop", "{place}");
        assert_eq!(read.losses, tachograph_llm::Losses::default(), "{place}");
        let names_model = api != Api::Bedrock;
        assert_eq!(read.model.as_deref(), names_model.then_some("model-2026-01-01"), "{place}");
        let names_answer = !matches!(api, Api::Bedrock | Api::Ollama);
        assert_eq!(read.id.as_deref(), names_answer.then_some("id-7"), "{place}");
        assert_eq!((sent.status, sent.events, sent.end), (200, sent.of, Some(End::Whole)), "{place}");
        assert_eq!((sent.asked.api, sent.asked.mode, sent.asked.model.as_str()), (api, mode, "m:0"), "{place}");
    }
}

#[tokio::test]
async fn every_word_comes_in_its_place() {
    for (api, mode) in all() {
        let service = ModelService::start(|_| answer()).await.unwrap();
        let read = read(&service, api, mode).await;
        let texts: Vec<(&str, &str)> = read.messages[0]
            .parts
            .iter()
            .map(|part| match part {
                OutputPart::Text(kept) => ("text", kept.text.as_str()),
                OutputPart::Reasoning(kept) => ("reasoning", kept.text.as_str()),
                other => panic!("{other:?}"),
            })
            .collect();
        let expected = [("reasoning", "Let me see."), ("text", "High water at six, “Ébb” at noon.")];
        assert_eq!(texts, expected, "{api:?} {mode:?}");
    }
}

#[tokio::test]
async fn a_provider_is_told_the_figures_that_it_has_a_word_for() {
    for (api, mode) in all() {
        let service = ModelService::start(|_| answer()).await.unwrap();
        let response = ask(&service, api, mode).await;
        response.bytes().await.unwrap();
        let told = service.settled(1).await[0].told;
        assert_eq!((told.input, told.output), (Some(1000), Some(300)), "{api:?} {mode:?}");
        let parts = [told.cache_read, told.cache_write, told.cache_write_1h, told.reasoning];
        let expected = match api {
            Api::OpenAiChat => [Some(512), Some(128), None, Some(150)],
            Api::OpenAiResponses | Api::Gemini => [Some(512), None, None, Some(150)],
            Api::Anthropic => [Some(512), Some(128), Some(32), Some(150)],
            Api::Bedrock => [Some(512), Some(128), None, None],
            Api::Ollama => [None; 4],
        };
        assert_eq!(parts, expected, "{api:?} {mode:?}");
    }
}

#[tokio::test]
async fn tools_are_asked_for_in_every_format() {
    for (api, mode) in all() {
        let service = ModelService::start(|_| tools()).await.unwrap();
        let read = read(&service, api, mode).await;
        let calls: Vec<_> =
            read.tool_calls.iter().map(|call| (call.id.as_deref().unwrap(), call.name.as_str())).collect();
        assert_eq!(calls, [("call-a", "tide_table"), ("call-b", "wind")], "{api:?} {mode:?}");
        let arguments = read.tool_calls[0].arguments.as_ref().unwrap();
        assert_eq!(arguments.text, "{\"port\":\"Saint-Malo\"}", "{api:?} {mode:?}");
        assert_eq!(read.finish_reasons[0].as_str(), "tool_call", "{api:?} {mode:?}");
    }
}

#[tokio::test]
async fn every_reason_to_stop_is_known_by_its_name() {
    for finish in [Finish::Length, Finish::Filtered] {
        for (api, mode) in all().filter(|(api, _)| *api != Api::Ollama || finish == Finish::Length) {
            let service = ModelService::start(move |_| answer().with_finish(finish)).await.unwrap();
            let read = read(&service, api, mode).await;
            assert_eq!(read.finish_reasons[0].as_str(), finish.as_str(), "{api:?} {mode:?}");
        }
    }
}

#[tokio::test]
async fn a_stream_that_is_given_up_has_told_what_its_events_told() {
    for (api, mode) in all().filter(|(_, mode)| *mode != Mode::Whole) {
        let gate = Gate::closed();
        let answer = answer().with_gate(&gate);
        let service = ModelService::start(move |_| answer.clone()).await.unwrap();
        // The head and three events.
        gate.let_pass(4);
        let mut response = ask(&service, api, mode).await;
        let mut reader = reader(api, &response);
        while service.sent()[0].events < 3 {
            reader.push(&response.chunk().await.unwrap().unwrap());
        }
        let told = service.sent()[0].told;
        // What was sent is not yet read where two events came at once.
        while reader.snapshot().usage.unwrap_or_default() != told {
            reader.push(&response.chunk().await.unwrap().unwrap());
        }
        drop(response);
        let sent = service.settled(1).await.remove(0);
        assert_eq!((sent.events, sent.end, sent.told), (3, Some(End::GivenUp), told), "{api:?} {mode:?}");
        let expected = match api {
            Api::Anthropic => Some((1000, 1)),
            // Thoughts alone so far.
            Api::Gemini => Some((1000, 150)),
            Api::OpenAiChat | Api::OpenAiResponses | Api::Bedrock | Api::Ollama => None,
        };
        assert_eq!(told.input.zip(told.output), expected, "{api:?} {mode:?}");
    }
}

#[tokio::test]
async fn a_request_that_is_given_up_before_its_head_was_sent_nothing() {
    let gate = Gate::closed();
    let answer = answer().with_gate(&gate);
    let service = ModelService::start(move |_| answer.clone()).await.unwrap();
    let under_way = tokio::select! {
        biased;
        _ = ask(&service, Api::Anthropic, Mode::Whole) => false,
        () = async { while service.sent().is_empty() { tokio::task::yield_now().await } } => true,
    };
    assert!(under_way, "nothing may be answered");
    let sent = service.settled(1).await.remove(0);
    assert_eq!((sent.events, sent.of, sent.end), (0, 1, Some(End::GivenUp)));
}

#[tokio::test]
async fn chat_completions_count_in_a_stream_when_they_are_asked_to() {
    let told = async |options: Value| {
        let service = ModelService::start(|_| answer()).await.unwrap();
        let body = json!({"model": "m", "messages": [], "stream": true, "stream_options": options});
        let url = format!("{}/v1/chat/completions", service.url());
        let text = client().post(url).json(&body).send().await.unwrap().text().await.unwrap();
        (service.settled(1).await[0].told, text.matches("\"prompt_tokens\"").count())
    };
    assert_eq!(told(Value::Null).await, (Usage::default(), 0));
    let (usage, reports) = told(json!({"include_usage": true})).await;
    assert_eq!((usage.input, reports), (Some(1000), 1));
    let (usage, reports) = told(json!({"include_usage": true, "continuous_usage_stats": true})).await;
    assert_eq!((usage.output, usage.cache_read), (Some(300), Some(512)));
    assert!(reports > 5, "{reports}");
}

#[tokio::test]
async fn requests_fail_as_often_as_they_are_told_to() {
    for (api, mode) in all() {
        let service = ModelService::start(|_| answer()).await.unwrap();
        service.fail_next(2, Fault::Refused { status: 429, retry_after: Some(3) });
        service.fail_next(1, Fault::Refused { status: 500, retry_after: None });
        for expected in [429, 429, 500, 200] {
            let response = ask(&service, api, mode).await;
            assert_eq!(response.status(), StatusCode::from_u16(expected).unwrap());
            let retry_after = response.headers().get("retry-after").map(|seconds| seconds.to_str().unwrap());
            assert_eq!(retry_after, (expected == 429).then_some("3"));
            let body = response.bytes().await.unwrap();
            assert_eq!(String::from_utf8_lossy(&body).contains("told to fail"), expected != 200, "{api:?}");
        }
        let sent = service.settled(4).await;
        assert_eq!(sent.iter().map(|sent| sent.status).collect::<Vec<_>>(), [429, 429, 500, 200]);
        assert_eq!(sent.iter().filter(|sent| sent.answer.is_some()).count(), 1);
    }
}

#[tokio::test]
async fn an_error_in_the_middle_is_read_as_one() {
    for (api, mode) in all().filter(|(_, mode)| *mode != Mode::Whole) {
        let service = ModelService::start(|_| answer()).await.unwrap();
        service.fail_next(1, Fault::MidStream { after: 4 });
        let read = read(&service, api, mode).await;
        assert!(read.error.is_some() && !read.complete, "{api:?} {mode:?}: {read:?}");
        let sent = service.settled(1).await.remove(0);
        assert_eq!((sent.events, sent.end), (5, Some(End::Whole)));
    }
}

#[tokio::test]
async fn a_connection_that_breaks_off_is_an_error_of_the_transport() {
    for (api, mode) in all() {
        let service = ModelService::start(|_| answer()).await.unwrap();
        service.fail_next(1, Fault::BreaksOff { after: 4 });
        let read = match try_to_ask(&service, api, mode).await {
            Ok(response) => response.bytes().await,
            Err(error) => Err(error),
        };
        assert!(read.is_err(), "{api:?} {mode:?}");
        let sent = service.settled(1).await.remove(0);
        assert_eq!((sent.events, sent.end), (if mode == Mode::Whole { 0 } else { 4 }, Some(End::BrokeOff)));
    }
}
