//! What is going to be sent.

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use super::{
    Answer, Api, Asked, Fault, Gate, Mode, anthropic, bedrock, gemini, ollama, openai_chat, openai_responses,
    piece::Piece, refusal,
};

pub(super) struct Plan {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) answer: Option<Answer>,
    pub(super) pieces: Vec<Piece>,
    /// Whether the connection is closed after the pieces.
    pub(super) breaks_off: bool,
    pub(super) gate: Gate,
}

impl Plan {
    pub(super) fn refusal(asked: &Asked, status: u16, retry_after: Option<u32>) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut headers = HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
        headers.extend(retry_after.map(|seconds| (header::RETRY_AFTER, seconds.into())));
        let pieces = vec![Piece::new(refusal::body(asked.api, status.as_u16()).to_string())];
        Self { status, headers, answer: None, pieces, breaks_off: false, gate: Gate::open() }
    }

    pub(super) fn answer(asked: &Asked, answer: Answer, fault: Option<Fault>) -> Self {
        let mut pieces = pieces(asked, &answer);
        let mut breaks_off = false;
        if let Some(Fault::MidStream { after } | Fault::BreaksOff { after }) = fault {
            let error = refusal::event(asked).filter(|_| matches!(fault, Some(Fault::MidStream { .. })));
            // What is not streamed is all or nothing.
            pieces.truncate(if asked.mode == Mode::Whole { 0 } else { after });
            breaks_off = error.is_none();
            pieces.extend(error);
        }
        let content_type = match (asked.api, asked.mode) {
            (_, Mode::Whole | Mode::Array) => "application/json",
            (Api::Bedrock, Mode::Stream) => "application/vnd.amazon.eventstream",
            (Api::Ollama, Mode::Stream) => "application/x-ndjson",
            (_, Mode::Stream) => "text/event-stream; charset=utf-8",
        };
        let mut headers = HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(content_type))]);
        headers.extend(request_id(asked.api, &answer.id));
        let gate = answer.gate.clone();
        Self { status: StatusCode::OK, headers, answer: Some(answer), pieces, breaks_off, gate }
    }
}

fn pieces(asked: &Asked, answer: &Answer) -> Vec<Piece> {
    let (whole, told) = match (asked.api, asked.mode == Mode::Whole) {
        (Api::OpenAiChat, true) => (openai_chat::whole(asked, answer), openai_chat::told(answer.usage)),
        (Api::OpenAiResponses, true) => (openai_responses::whole(asked, answer), openai_responses::told(answer.usage)),
        (Api::Anthropic, true) => (anthropic::whole(asked, answer), anthropic::told(answer.usage)),
        (Api::Gemini, true) => (gemini::whole(asked, answer), gemini::told(answer.usage)),
        (Api::Bedrock, true) => (bedrock::whole(answer), bedrock::told(answer.usage)),
        (Api::Ollama, true) => (ollama::whole(asked, answer), ollama::told(answer.usage)),
        (Api::OpenAiChat, false) => return openai_chat::stream(asked, answer),
        (Api::OpenAiResponses, false) => return openai_responses::stream(asked, answer),
        (Api::Anthropic, false) => return anthropic::stream(asked, answer),
        (Api::Gemini, false) => return gemini::stream(asked, answer),
        (Api::Bedrock, false) => return bedrock::stream(answer),
        (Api::Ollama, false) => return ollama::stream(asked, answer),
    };
    vec![Piece::new(whole.to_string()).telling(told)]
}

/// The provider's name of the header that has the id of the request, and the id.
fn request_id(api: Api, id: &str) -> Option<(HeaderName, HeaderValue)> {
    let name = match api {
        Api::OpenAiChat | Api::OpenAiResponses => "x-request-id",
        Api::Anthropic => "request-id",
        Api::Bedrock => "x-amzn-requestid",
        Api::Gemini | Api::Ollama => return None,
    };
    Some((HeaderName::from_static(name), id.parse().ok()?))
}
