use serde::Deserialize;

use super::{Request, short, stop_sequences};
use crate::json::{Count, Lenient, Object, Text, Texts, parse};

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
struct Body<'a> {
    #[serde(borrow)]
    generation_config: Object<Config<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
struct Config<'a> {
    max_output_tokens: Count,
    temperature: Lenient<f64>,
    top_p: Lenient<f64>,
    top_k: Count,
    frequency_penalty: Lenient<f64>,
    presence_penalty: Lenient<f64>,
    seed: Lenient<i64>,
    #[serde(borrow)]
    stop_sequences: Lenient<Texts<'a>>,
    candidate_count: Count,
    response_mime_type: Text<'a>,
    thinking_config: Object<Thinking<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
struct Thinking<'a> {
    #[serde(borrow)]
    thinking_level: Text<'a>,
}

pub(super) fn read(body: &[u8]) -> Option<Request> {
    let body: Body<'_> = parse(body)?;
    let config = body.generation_config.0.unwrap_or_default();
    Some(Request {
        max_tokens: config.max_output_tokens.0,
        temperature: config.temperature.0,
        top_p: config.top_p.0,
        top_k: config.top_k.0,
        frequency_penalty: config.frequency_penalty.0,
        presence_penalty: config.presence_penalty.0,
        seed: config.seed.0,
        stop_sequences: stop_sequences(config.stop_sequences.0),
        choice_count: config.candidate_count.0,
        reasoning_level: short(&config.thinking_config.0.unwrap_or_default().thinking_level),
        output_type: match config.response_mime_type.get() {
            Some("application/json") => Some("json"),
            Some("text/plain") => Some("text"),
            _ => None,
        },
        ..Request::default()
    })
}
