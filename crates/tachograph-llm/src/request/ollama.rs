use serde::{
    Deserialize,
    de::{IgnoredAny, MapAccess},
};
use std::borrow::Cow;

use super::{Request, name, short, stop_sequences};
use crate::json::{Count, Lenient, Object, Shape, Text, Texts, parse};

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Body<'a> {
    #[serde(borrow)]
    model: Text<'a>,
    stream: Lenient<bool>,
    /// A switch, or a level.
    think: Text<'a>,
    format: Lenient<Json>,
    options: Object<Options<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Options<'a> {
    /// Below zero: no limit.
    num_predict: Count,
    temperature: Lenient<f64>,
    top_p: Lenient<f64>,
    top_k: Count,
    frequency_penalty: Lenient<f64>,
    presence_penalty: Lenient<f64>,
    seed: Lenient<i64>,
    #[serde(borrow)]
    stop: Lenient<Texts<'a>>,
}

/// `"json"`, or a schema.
#[derive(Debug)]
struct Json;

impl<'de> Shape<'de> for Json {
    fn from_text(text: Cow<'de, str>) -> Option<Self> {
        (text == "json").then_some(Self)
    }

    fn from_map<A: MapAccess<'de>>(mut map: A) -> Result<Option<Self>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Some(Self))
    }
}

pub(super) fn read(body: &[u8]) -> Option<Request> {
    let body: Body<'_> = parse(body)?;
    let options = body.options.0.unwrap_or_default();
    Some(Request {
        model: name(&body.model),
        stream: body.stream.0.or(Some(true)),
        max_tokens: options.num_predict.0,
        temperature: options.temperature.0,
        top_p: options.top_p.0,
        top_k: options.top_k.0,
        frequency_penalty: options.frequency_penalty.0,
        presence_penalty: options.presence_penalty.0,
        seed: options.seed.0,
        stop_sequences: stop_sequences(options.stop.0),
        reasoning_level: short(&body.think),
        output_type: body.format.0.map(|Json| "json"),
        ..Request::default()
    })
}
