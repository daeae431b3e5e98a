//! Usage as OpenAI's two APIs report it, and what others have added to it.

use serde::{Deserialize, de::MapAccess};
use tachograph_core::Usage;

use crate::{
    json::{Count, Lenient, Object, Shape},
    state::State,
};

/// The `usage` object. The two APIs have different names for the same figures.
///
/// | field | whose |
/// |---|---|
/// | `prompt_tokens`, `completion_tokens` and their details | chat completions |
/// | `input_tokens`, `output_tokens` and their details | responses |
/// | `prompt_cache_hit_tokens` | DeepSeek |
/// | `cached_tokens` | Moonshot |
/// | `num_cached_tokens` | Mistral |
/// | `reasoning_tokens`, `cost.total_cost` | Perplexity |
/// | `cost` | OpenRouter |
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct OpenAiUsage {
    prompt_tokens: Count,
    completion_tokens: Count,
    input_tokens: Count,
    output_tokens: Count,
    total_tokens: Count,
    prompt_tokens_details: Object<InputDetails>,
    input_tokens_details: Object<InputDetails>,
    completion_tokens_details: Object<OutputDetails>,
    output_tokens_details: Object<OutputDetails>,
    prompt_cache_hit_tokens: Count,
    cached_tokens: Count,
    num_cached_tokens: Count,
    reasoning_tokens: Count,
    cost: Lenient<Cost>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct InputDetails {
    cached_tokens: Count,
    cache_write_tokens: Count,
    audio_tokens: Count,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct OutputDetails {
    reasoning_tokens: Count,
    audio_tokens: Count,
}

/// A number, or an object with a total.
#[derive(Debug)]
struct Cost(f64);

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct CostParts {
    total_cost: Lenient<f64>,
}

impl<'de> Shape<'de> for Cost {
    fn from_number(number: f64) -> Option<Self> {
        Some(Self(number))
    }

    fn from_map<A: MapAccess<'de>>(map: A) -> Result<Option<Self>, A::Error> {
        let parts = CostParts::deserialize(serde::de::value::MapAccessDeserializer::new(map))?;
        Ok(parts.total_cost.0.map(Self))
    }
}

impl OpenAiUsage {
    pub(crate) fn write(self, state: &mut State) {
        state.cost(self.cost.0.as_ref().map(|cost| cost.0));
        let input_details = self.prompt_tokens_details.0.or(self.input_tokens_details.0).unwrap_or_default();
        let output_details = self.completion_tokens_details.0.or(self.output_tokens_details.0).unwrap_or_default();
        let mut usage = Usage::default();
        usage.input = self.prompt_tokens.0.or(self.input_tokens.0);
        usage.output = self.completion_tokens.0.or(self.output_tokens.0);
        usage.reasoning = output_details.reasoning_tokens.0.or(self.reasoning_tokens.0);
        usage.input_audio = input_details.audio_tokens.0;
        usage.output_audio = output_details.audio_tokens.0;
        usage.cache_write = input_details.cache_write_tokens.0;
        usage.cache_read =
            [input_details.cached_tokens, self.prompt_cache_hit_tokens, self.cached_tokens, self.num_cached_tokens]
                .into_iter()
                .find_map(|count| count.0);
        usage.output = with_reasoning(&usage, self.total_tokens.0);
        state.usage(usage);
    }
}

/// Grok reports its reasoning beside the output and not in it; the total tells which of the two it is.
fn with_reasoning(usage: &Usage, total: Option<u64>) -> Option<u64> {
    if let (Some(input), Some(output), Some(reasoning), Some(total)) =
        (usage.input, usage.output, usage.reasoning, total)
        && reasoning > 0
        && input.saturating_add(output).saturating_add(reasoning) == total
    {
        return Some(output.saturating_add(reasoning));
    }
    usage.output
}
