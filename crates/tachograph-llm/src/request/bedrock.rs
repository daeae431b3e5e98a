use serde::Deserialize;

use super::{Request, name, short, stop_sequences};
use crate::json::{Count, Lenient, Object, Text, Texts, parse};

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
struct Body<'a> {
    #[serde(borrow)]
    inference_config: Object<Config<'a>>,
    /// What the model takes beyond the common settings, in the names that its maker gave.
    additional_model_request_fields: Object<Additional>,
    guardrail_config: Object<Guardrail<'a>>,
    service_tier: Object<Tier<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
struct Config<'a> {
    max_tokens: Count,
    temperature: Lenient<f64>,
    top_p: Lenient<f64>,
    #[serde(borrow)]
    stop_sequences: Lenient<Texts<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Additional {
    top_k: Count,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
struct Guardrail<'a> {
    #[serde(borrow)]
    guardrail_identifier: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Tier<'a> {
    #[serde(borrow)]
    r#type: Text<'a>,
}

pub(super) fn read(body: &[u8]) -> Option<Request> {
    let body: Body<'_> = parse(body)?;
    let config = body.inference_config.0.unwrap_or_default();
    Some(Request {
        max_tokens: config.max_tokens.0,
        temperature: config.temperature.0,
        top_p: config.top_p.0,
        top_k: body.additional_model_request_fields.0.unwrap_or_default().top_k.0,
        stop_sequences: stop_sequences(config.stop_sequences.0),
        service_tier: short(&body.service_tier.0.unwrap_or_default().r#type),
        guardrail_id: name(&body.guardrail_config.0.unwrap_or_default().guardrail_identifier),
        ..Request::default()
    })
}
