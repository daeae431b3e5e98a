//! What the events of each provider say.
//!
//! Each module has two functions. `weigh` looks at an event's bytes and decides how much of it matters; `read` parses it and writes what it
//! says into the [`State`].

pub(crate) mod anthropic;
mod bedrock;
mod bedrock_invoke;
mod error;
mod gemini;
mod ollama;
mod openai_chat;
mod openai_responses;
mod openai_usage;

use crate::{Format, frame::Frame, state::State};

/// How much of an event matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weight {
    /// It brings more text and nothing else.
    Nothing,
    /// It brings more text, and figures that replace those of the event before.
    Figures,
    /// It must be read.
    All,
    /// It is the mark of the end.
    End,
}

/// What may be passed over unread.
#[derive(Clone, Copy, Debug)]
struct Unread {
    /// The text of the answer and its reasoning.
    text: bool,
    /// The arguments of tool calls.
    arguments: bool,
}

pub(crate) fn weigh(format: Format, frame: Frame<'_>, state: &State) -> Weight {
    // The first output must be seen for what it is, and so must everything that comes before.
    let capture = state.capture();
    let unread = Unread {
        text: state.has_output && capture.text == 0 && capture.reasoning == 0,
        arguments: state.has_output && capture.tool_arguments == 0,
    };
    match format {
        Format::OpenAiChat => openai_chat::weigh(frame.data, unread),
        Format::OpenAiResponses => openai_responses::weigh(frame.data, unread),
        Format::Anthropic => anthropic::weigh(frame.data, unread),
        Format::Gemini => gemini::weigh(frame.data, unread),
        Format::Bedrock => bedrock::weigh(frame, unread),
        Format::Ollama => ollama::weigh(frame.data, unread),
    }
}

/// Whether weighing an event takes a search for keys, so that recognising it is worth something.
pub(crate) fn searches_keys(format: Format) -> bool {
    matches!(format, Format::OpenAiChat | Format::Ollama)
}

/// Reads an event; false when it is not what the format says.
pub(crate) fn read(format: Format, frame: Frame<'_>, state: &mut State) -> bool {
    let read = match format {
        Format::OpenAiChat => openai_chat::read(frame.data, state),
        Format::OpenAiResponses => openai_responses::read(frame.data, state),
        Format::Anthropic => anthropic::read(frame.data, state),
        Format::Gemini => gemini::read(frame.data, state),
        Format::Bedrock => bedrock::read(frame, state),
        Format::Ollama => ollama::read(frame.data, state),
    };
    read.is_some()
}
