use std::borrow::Cow;

use serde::{
    Deserialize,
    de::{MapAccess, value::MapAccessDeserializer},
};

use super::{Request, name, short, stop_sequences};
use crate::json::{Count, Lenient, Object, Shape, Text, Texts, parse};

/// The settings of OpenAI's two APIs and of Anthropic: all of them at the top, and no name means two things.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Body<'a> {
    #[serde(borrow)]
    model: Text<'a>,
    stream: Lenient<bool>,
    stream_options: Object<StreamOptions>,
    max_tokens: Count,
    max_completion_tokens: Count,
    max_output_tokens: Count,
    temperature: Lenient<f64>,
    top_p: Lenient<f64>,
    top_k: Count,
    frequency_penalty: Lenient<f64>,
    presence_penalty: Lenient<f64>,
    seed: Lenient<i64>,
    stop: Lenient<Texts<'a>>,
    stop_sequences: Lenient<Texts<'a>>,
    n: Count,
    reasoning_effort: Text<'a>,
    reasoning: Object<Options<'a>>,
    output_config: Object<Options<'a>>,
    text: Object<Options<'a>>,
    response_format: Object<OutputFormat<'a>>,
    previous_response_id: Text<'a>,
    conversation: Lenient<Conversation<'a>>,
    service_tier: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct StreamOptions {
    include_usage: Lenient<bool>,
}

/// `reasoning` and `text` of OpenAI's responses, `output_config` of Anthropic: each has one of the two, or both.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Options<'a> {
    #[serde(borrow)]
    effort: Text<'a>,
    format: Object<OutputFormat<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct OutputFormat<'a> {
    #[serde(borrow)]
    r#type: Text<'a>,
}

/// The id, or an object that has it.
#[derive(Debug)]
struct Conversation<'a>(Text<'a>);

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Id<'a> {
    #[serde(borrow)]
    id: Text<'a>,
}

impl<'de: 'a, 'a> Shape<'de> for Conversation<'a> {
    fn from_text(text: Cow<'de, str>) -> Option<Self> {
        Some(Self(Lenient(Some(text))))
    }

    fn from_map<A: MapAccess<'de>>(map: A) -> Result<Option<Self>, A::Error> {
        Id::deserialize(MapAccessDeserializer::new(map)).map(|object| Some(Self(object.id)))
    }
}

pub(super) fn read(body: &[u8]) -> Option<Request> {
    let body: Body<'_> = parse(body)?;
    let options = [body.reasoning.0, body.output_config.0, body.text.0].map(Option::unwrap_or_default);
    let [reasoning, output_config, text] = &options;
    let efforts = [&body.reasoning_effort, &reasoning.effort, &output_config.effort];
    let formats = [&body.response_format, &text.format, &output_config.format];
    Some(Request {
        model: name(&body.model),
        stream: body.stream.0,
        include_usage: body.stream_options.0.unwrap_or_default().include_usage.0,
        max_tokens: body.max_tokens.0.or(body.max_completion_tokens.0).or(body.max_output_tokens.0),
        temperature: body.temperature.0,
        top_p: body.top_p.0,
        top_k: body.top_k.0,
        frequency_penalty: body.frequency_penalty.0,
        presence_penalty: body.presence_penalty.0,
        seed: body.seed.0,
        stop_sequences: stop_sequences(body.stop.0.or(body.stop_sequences.0)),
        choice_count: body.n.0,
        reasoning_level: efforts.into_iter().find_map(short),
        output_type: formats.into_iter().find_map(output_type),
        previous_response_id: name(&body.previous_response_id),
        conversation_id: body.conversation.0.and_then(|conversation| name(&conversation.0)),
        service_tier: short(&body.service_tier),
        guardrail_id: None,
    })
}

fn output_type(format: &Object<OutputFormat<'_>>) -> Option<&'static str> {
    match format.0.as_ref()?.r#type.get()? {
        "json_object" | "json_schema" => Some("json"),
        "text" => Some("text"),
        _ => None,
    }
}
