//! What a model says, or what goes wrong.

use serde_json::Value;
use tachograph::Usage;

use super::Gate;

/// What a model says, before it is put into the words of a provider.
#[derive(Clone, Debug)]
#[must_use]
pub struct Answer {
    /// Id of the response.
    pub id: String,
    /// The model that answers, where it is another than the one that was asked for.
    pub model: Option<String>,
    /// Its reasoning; each piece is an event of a stream.
    pub thoughts: Vec<String>,
    /// Its text; each piece is an event of a stream.
    pub words: Vec<String>,
    /// The tools it asks for.
    pub tool_calls: Vec<ToolCall>,
    /// Tokens in the normal form: the input with what the cache had, the output with reasoning. A provider is told those that it has a
    /// word for.
    pub usage: Usage,
    /// Why it stopped.
    pub finish: Finish,
    /// What holds it back.
    pub gate: Gate,
}

/// A tool that the model asks for.
#[derive(Clone, Debug)]
pub struct ToolCall {
    /// Its id.
    pub id: String,
    /// Name of the tool.
    pub name: String,
    /// An object.
    pub arguments: Value,
}

/// Why a model stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finish {
    /// It had said all.
    Stop,
    /// The limit of tokens was reached.
    Length,
    /// It asks for tools.
    ToolCalls,
    /// A filter cut it off.
    Filtered,
}

/// What goes wrong instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// An error in place of an answer.
    Refused {
        /// The status of the response.
        status: u16,
        /// Seconds in its `Retry-After`.
        retry_after: Option<u32>,
    },
    /// After so many events of the stream comes an error in the provider's words. An answer that is not streamed breaks off.
    MidStream {
        /// Events before it.
        after: usize,
    },
    /// After so many events the connection is closed; before the first one there is not even a head.
    BreaksOff {
        /// Events before that.
        after: usize,
    },
}

impl Answer {
    /// A text, of which every word is an event of a stream.
    pub fn new(text: &str, usage: Usage) -> Self {
        Self {
            id: "answer-1".to_owned(),
            model: None,
            thoughts: Vec::new(),
            words: text.split_inclusive(' ').map(str::to_owned).collect(),
            tool_calls: Vec::new(),
            usage,
            finish: Finish::Stop,
            gate: Gate::open(),
        }
    }

    /// With an id.
    pub fn with_id(mut self, id: impl Into<String>) -> Self {
        self.id = id.into();
        self
    }

    /// From this model, whatever was asked for.
    pub fn with_model(mut self, model: impl Into<String>) -> Self {
        self.model = Some(model.into());
        self
    }

    /// With reasoning before the text; every word is an event.
    pub fn with_thoughts(mut self, text: &str) -> Self {
        self.thoughts = text.split_inclusive(' ').map(str::to_owned).collect();
        self
    }

    /// Asks for one tool more, and stops because of it.
    pub fn with_tool_call(mut self, id: &str, name: &str, arguments: Value) -> Self {
        self.tool_calls.push(ToolCall { id: id.to_owned(), name: name.to_owned(), arguments });
        self.finish = Finish::ToolCalls;
        self
    }

    /// Stops for this reason.
    pub fn with_finish(mut self, finish: Finish) -> Self {
        self.finish = finish;
        self
    }

    /// Waits at the gate before the head and before every event.
    pub fn with_gate(mut self, gate: &Gate) -> Self {
        self.gate = gate.clone();
        self
    }

    /// The whole text.
    #[must_use]
    pub fn text(&self) -> String {
        self.words.concat()
    }

    /// What it consists of, in order; nothing that is empty.
    pub(super) fn blocks(&self) -> Vec<Block<'_>> {
        let texts = [Block::Thoughts(&self.thoughts), Block::Words(&self.words)];
        let texts = texts.into_iter().filter(|block| !matches!(block, Block::Thoughts([]) | Block::Words([])));
        texts.chain(self.tool_calls.iter().map(Block::Call)).collect()
    }

    /// Output without reasoning.
    pub(super) fn visible_output(&self) -> Option<u64> {
        self.usage.output.map(|output| output.saturating_sub(self.usage.reasoning.unwrap_or(0)))
    }

    /// The same once so many words were said: providers that count on the way count so.
    pub(super) fn visible_output_after(&self, words: usize) -> Option<u64> {
        let of = self.words.len().max(1) as u64;
        self.visible_output().map(|output| output * (words as u64).min(of) / of)
    }
}

/// A run of one kind.
#[derive(Clone, Copy, Debug)]
pub(super) enum Block<'a> {
    Thoughts(&'a [String]),
    Words(&'a [String]),
    Call(&'a ToolCall),
}

impl ToolCall {
    /// The arguments as text, in the two pieces that they are streamed in.
    pub(super) fn pieces(&self) -> [String; 2] {
        let text = self.arguments.to_string();
        let (head, tail) = text.split_at(text.floor_char_boundary(text.len() / 2));
        [head.to_owned(), tail.to_owned()]
    }
}

impl Finish {
    /// The conventions' name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.among(["stop", "length", "tool_call", "content_filter"])
    }

    /// A provider's name out of those for all reasons, in the order in which they stand here.
    pub(super) fn among(self, names: [&'static str; 4]) -> &'static str {
        names[self as usize]
    }
}
