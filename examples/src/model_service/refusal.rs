//! Errors in the words of each provider: in place of an answer, and in the middle of one.

use serde_json::{Value, json};

use super::{Api, Asked, Mode, event_stream, piece::Piece};

const WORDS: &str = "the stand-in was told to fail";

/// The body of a response with this status.
pub(super) fn body(api: Api, status: u16) -> Value {
    let is_limit = status == 429;
    match api {
        Api::OpenAiChat | Api::OpenAiResponses => {
            let code = if is_limit { "rate_limit_exceeded" } else { "server_error" };
            json!({"error": {"message": WORDS, "type": code, "param": null, "code": code}})
        }
        Api::Anthropic => {
            let kind = if is_limit { "rate_limit_error" } else { "api_error" };
            json!({"type": "error", "error": {"type": kind, "message": WORDS}, "request_id": "req_stand_in"})
        }
        Api::Gemini => {
            let name = if is_limit { "RESOURCE_EXHAUSTED" } else { "INTERNAL" };
            json!({"error": {"code": status, "message": WORDS, "status": name}})
        }
        Api::Bedrock => {
            let kind = if is_limit { "ThrottlingException" } else { "InternalServerException" };
            json!({"__type": kind, "message": WORDS})
        }
        Api::Ollama => json!({"error": WORDS}),
    }
}

/// An error as an event of a stream; `None` where the answer is no stream of events.
pub(super) fn event(asked: &Asked) -> Option<Piece> {
    let piece = match (asked.api, asked.mode) {
        (_, Mode::Whole) => return None,
        (Api::OpenAiChat, _) => Piece::data(body(asked.api, 500)),
        (Api::OpenAiResponses, _) => {
            Piece::named("error", &json!({"code": "server_error", "message": WORDS, "param": null}))
        }
        (Api::Anthropic, _) => Piece::named("error", &json!({"error": {"type": "overloaded_error", "message": WORDS}})),
        (Api::Gemini, Mode::Array) => Piece::new(format!(",\n{}]", body(asked.api, 500))),
        (Api::Gemini, _) => Piece::data(body(asked.api, 500)),
        (Api::Bedrock, _) => {
            let headers = [
                (":exception-type", "internalServerException"),
                (":content-type", "application/json"),
                (":message-type", "exception"),
            ];
            Piece::new(event_stream::message(&headers, json!({"message": WORDS}).to_string().as_bytes()))
        }
        (Api::Ollama, _) => Piece::line(&body(asked.api, 500)),
    };
    Some(piece)
}
