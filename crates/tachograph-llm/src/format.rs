//! Which bodies there are and how they are cut into events.

/// The shape of a provider's bodies.
///
/// It names the API and not the company: most servers speak [`OpenAiChat`](Self::OpenAiChat), some with fields of their own, and those
/// are understood too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// `/chat/completions`, `/completions` and `/embeddings` of OpenAI and of everything compatible: Azure OpenAI, Groq, Mistral,
    /// DeepSeek, xAI, OpenRouter, vLLM, and so on.
    OpenAiChat,
    /// `/responses` of OpenAI and of everything compatible.
    OpenAiResponses,
    /// `/v1/messages` of Anthropic; also what Vertex AI and gateways send for Claude.
    Anthropic,
    /// `generateContent` and `streamGenerateContent` of the Gemini API and of Vertex AI.
    Gemini,
    /// `Converse` and `ConverseStream` of Amazon Bedrock, and `InvokeModelWithResponseStream` with models that answer like Anthropic's or
    /// OpenAI's; of other models only the tokens are read there. What `InvokeModel` answers is of the model's own format.
    Bedrock,
    /// `/api/chat` and `/api/generate` of Ollama.
    Ollama,
}

/// How a body is cut into events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Framing {
    /// One JSON object, or an array of objects (`streamGenerateContent` of Gemini without `alt=sse`): every object is an event.
    Json,
    /// Server-sent events.
    Sse,
    /// One JSON object a line.
    Ndjson,
    /// Binary messages of AWS, `application/vnd.amazon.eventstream`.
    EventStream,
}

impl Framing {
    /// The framing that a `Content-Type` names; parameters and letter case do not matter. `None` for all others.
    ///
    /// ```
    /// use tachograph_llm::Framing;
    /// assert_eq!(Framing::of_content_type("text/event-stream; charset=utf-8"), Some(Framing::Sse));
    /// assert_eq!(Framing::of_content_type("text/html"), None);
    /// ```
    #[must_use]
    pub fn of_content_type(value: &str) -> Option<Self> {
        const KNOWN: [(&str, Framing); 7] = [
            ("application/json", Framing::Json),
            ("text/event-stream", Framing::Sse),
            ("application/x-ndjson", Framing::Ndjson),
            ("application/ndjson", Framing::Ndjson),
            ("application/jsonl", Framing::Ndjson),
            ("application/x-jsonlines", Framing::Ndjson),
            ("application/vnd.amazon.eventstream", Framing::EventStream),
        ];
        let essence = value.split(';').next().unwrap_or_default().trim();
        KNOWN.iter().find(|(name, _)| essence.eq_ignore_ascii_case(name)).map(|(_, framing)| *framing)
    }
}
