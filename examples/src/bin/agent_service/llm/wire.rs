//! The part of the chat completions format that the agent speaks.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tachograph::Usage;

/// One message of a conversation, sent or received.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Message {
    pub(crate) role: String,
    #[serde(default)]
    pub(crate) content: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) tool_calls: Option<Vec<ToolCall>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) tool_call_id: Option<String>,
}

impl Message {
    pub(crate) fn system(content: impl Into<String>) -> Self {
        Self::new("system", content)
    }

    pub(crate) fn user(content: impl Into<String>) -> Self {
        Self::new("user", content)
    }

    /// What the tool answered to the call `id`.
    pub(crate) fn tool(id: &str, content: impl Into<String>) -> Self {
        Self { tool_call_id: Some(id.to_owned()), ..Self::new("tool", content) }
    }

    fn new(role: &str, content: impl Into<String>) -> Self {
        Self { role: role.to_owned(), content: Some(content.into()), tool_calls: None, tool_call_id: None }
    }
}

/// A tool that the model wants called.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ToolCall {
    pub(crate) id: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) function: FunctionCall,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct FunctionCall {
    pub(crate) name: String,
    /// A JSON object as text, as the model wrote it.
    pub(crate) arguments: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct ChatRequest<'a> {
    pub(crate) model: &'a str,
    pub(crate) messages: &'a [Message],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tools: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) stream: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) stream_options: Option<StreamOptions>,
}

#[derive(Debug, Serialize)]
pub(crate) struct StreamOptions {
    pub(crate) include_usage: bool,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ChatResponse {
    pub(crate) id: String,
    pub(crate) model: String,
    pub(crate) choices: Vec<Choice>,
    pub(crate) usage: Option<TokenUsage>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Choice {
    pub(crate) message: Message,
    pub(crate) finish_reason: Option<String>,
}

/// One event of a streamed response.
#[derive(Debug, Deserialize)]
pub(crate) struct ChatChunk {
    pub(crate) id: String,
    pub(crate) model: String,
    #[serde(default)]
    pub(crate) choices: Vec<ChunkChoice>,
    /// In the last chunk alone.
    pub(crate) usage: Option<TokenUsage>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ChunkChoice {
    #[serde(default)]
    pub(crate) delta: Delta,
    pub(crate) finish_reason: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Delta {
    pub(crate) content: Option<String>,
}

/// Token usage as reported. Cached and reasoning tokens are parts of the first two figures.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct TokenUsage {
    pub(crate) prompt_tokens: u64,
    pub(crate) completion_tokens: u64,
    #[serde(default)]
    pub(crate) prompt_tokens_details: PromptDetails,
    #[serde(default)]
    pub(crate) completion_tokens_details: CompletionDetails,
}

impl TokenUsage {
    /// The same figures as Tachograph records them.
    pub(crate) fn recorded(&self) -> Usage {
        let mut usage = Usage::new(self.prompt_tokens, self.completion_tokens);
        usage.cache_read = self.prompt_tokens_details.cached_tokens;
        usage.reasoning = self.completion_tokens_details.reasoning_tokens;
        usage
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct PromptDetails {
    pub(crate) cached_tokens: Option<u64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct CompletionDetails {
    pub(crate) reasoning_tokens: Option<u64>,
}
