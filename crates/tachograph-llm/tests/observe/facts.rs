//! What a call had in the end.

use std::collections::BTreeMap;

use tachograph_core::{Call, CallGuard, ContentPolicy, LlmRequest, Outcome, Policy};
use tachograph_llm::LlmResponse;
use tachograph_testing::TestTelemetry;

/// A call after its end.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Facts {
    attributes: BTreeMap<String, String>,
    status: String,
    /// Calls with a time to the first chunk, and times between chunks.
    pub(crate) chunks: (u64, u64),
    /// Calls without usage although there should be some.
    pub(crate) unreported: f64,
}

impl Facts {
    /// An attribute of the span.
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.attributes.get(key).map(String::as_str)
    }

    /// Tokens: input, output, read from the cache, written to it, reasoning.
    pub(crate) fn tokens(&self) -> [Option<u64>; 5] {
        [
            "input_tokens",
            "output_tokens",
            "cache_read.input_tokens",
            "cache_write.input_tokens",
            "reasoning.output_tokens",
        ]
        .map(|name| self.get(&format!("gen_ai.usage.{name}")).map(|tokens| tokens.parse().unwrap()))
    }

    /// Nothing was told: neither facts, nor that there should be some.
    pub(crate) fn is_silent(&self) -> bool {
        *self == of(ContentPolicy::none(), |_| {})
    }

    pub(crate) fn without_chunks(mut self) -> Self {
        self.chunks = (0, 0);
        self.attributes.remove("gen_ai.response.time_to_first_chunk");
        self
    }
}

/// JSON with the keys of its objects in order: whether values keep the order that they were read in depends on who else is built.
fn ordered(text: String) -> String {
    match serde_json::from_str::<serde_json::Value>(&text) {
        Ok(mut json) if json.is_array() => {
            json.sort_all_objects();
            json.to_string()
        }
        _ => text,
    }
}

/// The facts of a call that `body` ends.
pub(crate) fn ended(content: ContentPolicy, body: impl FnOnce(CallGuard<LlmRequest>)) -> Facts {
    let test = TestTelemetry::builder().with_policy(Policy::default().with_content(content)).build();
    test.scope(|| body(LlmRequest::new("test", "asked").start()));
    let span = test.span("chat asked");
    let metrics = test.metrics();
    let attributes = span.attributes.iter().map(|pair| {
        let is_time = pair.key.as_str() == "gen_ai.response.time_to_first_chunk";
        (pair.key.to_string(), if is_time { "some".to_owned() } else { ordered(pair.value.to_string()) })
    });
    Facts {
        attributes: attributes.collect(),
        status: format!("{:?}", span.status),
        chunks: (
            metrics.count("gen_ai.client.operation.time_to_first_chunk", &[]),
            metrics.count("gen_ai.client.operation.time_per_output_chunk", &[]),
        ),
        unreported: metrics.value("tachograph.llm.usage.unreported", &[]),
    }
}

/// The facts of a call that succeeds after `body` told it something.
pub(crate) fn of(content: ContentPolicy, body: impl FnOnce(&Call<LlmRequest>)) -> Facts {
    ended(content, |call| {
        body(&call);
        call.succeed();
    })
}

/// The facts of a call that all of these were observed in.
pub(crate) fn observed<T: LlmResponse>(items: impl IntoIterator<Item = T>) -> Facts {
    of(ContentPolicy::none(), |call| items.into_iter().for_each(|item| item.observe(call)))
}

/// The facts of a stream that was given up after these items.
pub(crate) fn given_up<T: LlmResponse>(items: impl IntoIterator<Item = T>) -> Facts {
    ended(ContentPolicy::none(), |call| {
        items.into_iter().for_each(|item| item.observe(&call));
        call.finish(Outcome::Cancelled);
    })
}
