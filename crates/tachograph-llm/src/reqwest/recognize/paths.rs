//! Paths, and what they ask for.

use percent_encoding::percent_decode_str;
use tachograph_core::semconv::value;

use crate::{
    Format,
    bounded::{NAME, bounded},
};

const GENERATE_CONTENT: &str = "generate_content";
const TEXT_COMPLETION: &str = "text_completion";

/// What a path says.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) format: Format,
    pub(super) operation: &'static str,
    pub(super) model: Option<String>,
    pub(super) streaming: Option<bool>,
}

impl Asked {
    fn of(format: Format, operation: &'static str) -> Self {
        Self { format, operation, model: None, streaming: None }
    }

    fn of_model(self, model: String, streaming: bool) -> Self {
        Self { model: Some(model), streaming: Some(streaming), ..self }
    }
}

/// Reads a path from its end: what stands before the last segments is the provider's or a gateway's own.
pub(super) fn read(path: &str) -> Option<Asked> {
    let mut segments = path.trim_end_matches('/').rsplit('/');
    let (last, parent, above) = (segments.next()?, segments.next()?, segments.next());
    let asked = match (parent, last) {
        ("chat", "completions") | ("agents", "completions") => Asked::of(Format::OpenAiChat, value::CHAT),
        (_, "completions") => Asked::of(Format::OpenAiChat, TEXT_COMPLETION),
        (_, "responses") => Asked::of(Format::OpenAiResponses, value::CHAT),
        ("api", "chat") => Asked::of(Format::Ollama, value::CHAT),
        ("api", "generate") => Asked::of(Format::Ollama, TEXT_COMPLETION),
        ("api", "embed" | "embeddings") => Asked::of(Format::Ollama, value::EMBEDDINGS),
        (_, "embeddings") => Asked::of(Format::OpenAiChat, value::EMBEDDINGS),
        // Messages of a thread, which OpenAI has, are none.
        ("v1", "messages") => Asked::of(Format::Anthropic, value::CHAT),
        (model, verb) if above == Some("model") => return bedrock(decoded(model), verb),
        ("models" | "tunedModels" | "endpoints", last) => {
            let last = decoded(last);
            let (model, verb) = last.rsplit_once(':')?;
            return google(model.to_owned(), verb, above.unwrap_or_default());
        }
        _ => return None,
    };
    Some(Asked { model: deployment(path), ..asked })
}

/// The deployment of Azure, by which a model is asked for there.
fn deployment(path: &str) -> Option<String> {
    path.split('/').skip_while(|segment| *segment != "deployments").nth(1).map(decoded)
}

/// `/model/{model}/{verb}` of Amazon Bedrock.
fn bedrock(model: String, verb: &str) -> Option<Asked> {
    let (format, streaming) = match verb {
        "converse" => (Format::Bedrock, false),
        "converse-stream" => (Format::Bedrock, true),
        "invoke" => (format_of_model(&model), false),
        "invoke-with-response-stream" => (format_of_model(&model), true),
        _ => return None,
    };
    let operation = if model.contains("embed") { value::EMBEDDINGS } else { value::CHAT };
    Some(Asked::of(format, operation).of_model(model, streaming))
}

/// The format of bodies that Bedrock hands on as they are. Those of Amazon's own models are like those of its API; of others little is
/// understood.
fn format_of_model(model: &str) -> Format {
    if model.contains("anthropic.") {
        Format::Anthropic
    } else if model.contains("openai.") {
        Format::OpenAiChat
    } else {
        Format::Bedrock
    }
}

/// `{model}:{verb}` of the Gemini API and of Vertex AI, where `publisher` made the model.
fn google(model: String, verb: &str, publisher: &str) -> Option<Asked> {
    let generates = Asked::of(Format::Gemini, GENERATE_CONTENT);
    let embeds = Asked::of(Format::Gemini, value::EMBEDDINGS);
    let (asked, streaming) = match (verb, publisher) {
        ("generateContent", _) => (generates, false),
        ("streamGenerateContent", _) => (generates, true),
        ("embedContent" | "batchEmbedContents", _) => (embeds, false),
        ("rawPredict", "anthropic") => (Asked::of(Format::Anthropic, value::CHAT), false),
        ("streamRawPredict", "anthropic") => (Asked::of(Format::Anthropic, value::CHAT), true),
        ("rawPredict", "mistralai") => (Asked::of(Format::OpenAiChat, value::CHAT), false),
        ("streamRawPredict", "mistralai") => (Asked::of(Format::OpenAiChat, value::CHAT), true),
        _ => return None,
    };
    Some(asked.of_model(model, streaming))
}

fn decoded(segment: &str) -> String {
    bounded(&percent_decode_str(segment).decode_utf8_lossy(), NAME).to_owned()
}
