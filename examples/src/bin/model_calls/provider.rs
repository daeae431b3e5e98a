//! Whom to ask.

use examples::model_service::{Answer, Api, Asked};
use tachograph::Usage;

/// A provider, the interface it has, and one of its models.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Provider {
    /// As `gen_ai.provider.name`: prices go by it.
    pub(crate) name: &'static str,
    pub(crate) api: Api,
    pub(crate) model: &'static str,
}

pub(crate) const PROVIDERS: [Provider; 6] = [
    Provider { name: "openai", api: Api::OpenAiChat, model: "gpt-4o" },
    Provider { name: "openai", api: Api::OpenAiResponses, model: "gpt-5" },
    Provider { name: "anthropic", api: Api::Anthropic, model: "claude-sonnet-4-5" },
    Provider { name: "gcp.gemini", api: Api::Gemini, model: "gemini-2.5-flash" },
    Provider { name: "aws.bedrock", api: Api::Bedrock, model: "anthropic.claude-sonnet-4-5-20250929-v1:0" },
    Provider { name: "ollama", api: Api::Ollama, model: "llama3.2" },
];

pub(crate) const QUESTION: &str = "When is high water at Saint-Malo?";

/// What the stand-in says, with other figures for every request.
pub(crate) fn answer(asked: &Asked) -> Answer {
    let more = asked.number as u64;
    let usage = Usage::new(1_480 + more, 212 + more).with_cache_read(1_024).with_cache_write(256).with_reasoning(96);
    Answer::new("High water is at six in the morning and at half past six in the evening.", usage)
        .with_thoughts("The table of tides has it.")
        .with_id(format!("answer-{}", asked.number))
}
