//! Telling what a body is from its first bytes, where nobody says so.

mod members;
mod shape;

use self::{
    members::{first_object, length_of_value, members},
    shape::Shape,
};
use crate::{Format, Framing};

impl Format {
    /// The format of an answer, from the outermost keys of its body or of its first event; `None` where they are of none of the formats.
    ///
    /// The bytes may be of any framing, and may break off: what is there is looked at once, up to the first key that decides. The
    /// provider's name (`anthropic`, `gcp.gemini`, `groq`, … as in `gen_ai.provider.name`) is asked only about what looks the same with
    /// several of them, which are errors.
    ///
    /// ```
    /// use tachograph_llm::Format;
    /// assert_eq!(Format::detect(None, br#"{"id": "1", "choices": []}"#), Some(Format::OpenAiChat));
    /// assert_eq!(Format::detect(None, b"data: {\"type\":\"message_start\""), Some(Format::Anthropic));
    /// assert_eq!(Format::detect(Some("openai"), br#"{"deleted": true}"#), None);
    /// ```
    #[must_use]
    pub fn detect(provider: Option<&str>, body: &[u8]) -> Option<Self> {
        let object = match Framing::detect(body) {
            Framing::EventStream => return Some(Self::Bedrock),
            Framing::Sse => first_data(body)?,
            Framing::Json | Framing::Ndjson => first_object(body)?,
        };
        match Shape::of(object) {
            Shape::Of(format) => Some(format),
            Shape::Error(guess) => provider.and_then(Self::of_provider).or(guess),
            Shape::TypedError => match provider.and_then(Self::of_provider) {
                Some(Self::OpenAiChat) => Some(Self::OpenAiResponses),
                _ => Some(Self::Anthropic),
            },
            Shape::Unknown => None,
        }
    }

    /// The format in which the provider sends its errors.
    fn of_provider(name: &str) -> Option<Self> {
        const OF_PROVIDERS: [(&str, Format); 18] = [
            ("anthropic", Format::Anthropic),
            ("aws.bedrock", Format::Bedrock),
            ("azure.ai.inference", Format::OpenAiChat),
            ("azure.ai.openai", Format::OpenAiChat),
            ("deepseek", Format::OpenAiChat),
            ("fireworks", Format::OpenAiChat),
            ("gcp.gemini", Format::Gemini),
            ("gcp.gen_ai", Format::Gemini),
            ("gcp.vertex_ai", Format::Gemini),
            ("groq", Format::OpenAiChat),
            ("mistral_ai", Format::OpenAiChat),
            ("moonshot_ai", Format::OpenAiChat),
            ("ollama", Format::Ollama),
            ("openai", Format::OpenAiChat),
            ("openrouter", Format::OpenAiChat),
            ("perplexity", Format::OpenAiChat),
            ("vllm", Format::OpenAiChat),
            ("x_ai", Format::OpenAiChat),
        ];
        OF_PROVIDERS.iter().find(|(known, _)| name.eq_ignore_ascii_case(known)).map(|(_, format)| *format)
    }
}

impl Framing {
    /// The framing of a body, from its first bytes, for answers without a `Content-Type` that says it.
    ///
    /// JSON is newline-delimited if a second line of it is here or the first one says that more will come (`"done": false` of Ollama).
    /// Otherwise it is taken for [`Json`](Self::Json), which reads the objects of lines too, and so is what is of no framing at all
    /// (a page of HTML, nothing).
    ///
    /// ```
    /// use tachograph_llm::Framing;
    /// assert_eq!(Framing::detect(b": keep-alive\n\ndata: {"), Framing::Sse);
    /// assert_eq!(Framing::detect(b"{\n  \"id\": 1\n}"), Framing::Json);
    /// ```
    #[must_use]
    pub fn detect(body: &[u8]) -> Self {
        // The first byte of a message's length: none is as long as 2^25 bytes, and no text begins like this.
        if matches!(body, [0 | 1, ..]) {
            return Self::EventStream;
        }
        let text = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body).trim_ascii_start();
        match text {
            [b'{', ..] if is_one_of_many(text) => Self::Ndjson,
            _ if is_field(text) => Self::Sse,
            _ => Self::Json,
        }
    }
}

/// Whether the text begins with a line of server-sent events, or with a part of one.
fn is_field(text: &[u8]) -> bool {
    const FIELDS: [&[u8]; 4] = [b"data", b"event", b"id", b"retry"];
    let is_of = |field: &[u8]| match text.strip_prefix(field) {
        Some(rest) => matches!(rest, [] | [b':' | b'\n' | b'\r', ..]),
        None => field.starts_with(text),
    };
    matches!(text, [b':', ..]) || (!text.is_empty() && FIELDS.into_iter().any(is_of))
}

/// Whether the object ends with its line and is not all there is: another one follows, or it says itself that more will come.
fn is_one_of_many(object: &[u8]) -> bool {
    let Some((line, rest)) = memchr::memchr(b'\n', object).map(|end| object.split_at(end)) else { return false };
    if length_of_value(line) != Some(line.trim_ascii_end().len()) {
        return false;
    }
    match rest.trim_ascii_start() {
        [] => members(line).any(|(key, value)| key == b"done" && value.starts_with(b"f")),
        next => next.starts_with(b"{"),
    }
}

/// The object in the first data of server-sent events that has one.
fn first_data(body: &[u8]) -> Option<&[u8]> {
    let mut from = 0;
    loop {
        let at = from + memchr::memmem::find(&body[from..], b"data:")?;
        from = at + 5;
        // A line's beginning: of the body, after a line's end, after a byte order mark.
        if (at == 0 || matches!(body[at - 1], b'\n' | b'\r' | b'\xBF'))
            && let Some(object) = first_object(&body[from..])
        {
            return Some(object);
        }
    }
}
