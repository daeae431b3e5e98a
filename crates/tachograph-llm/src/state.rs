mod keeper;

use tachograph_core::Usage;

use self::keeper::Keeper;
use crate::{
    Capture, FinishReason, OutputPart, Response, ToolCall,
    bounded::{MAX_ENTRIES, NAME, SHORT, bounded, code},
    provider::anthropic::Tally,
};

/// What is known of an answer while it comes in. The providers' parsers write here and nowhere else; this is where lengths are bounded.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    pub(crate) response: Response,
    keeper: Keeper,
    /// Whether the model has put out anything: text, reasoning, a tool call.
    pub(crate) has_output: bool,
    /// Whether the provider said that nothing more will come.
    pub(crate) ended: bool,
    pub(crate) anthropic: Tally,
    /// Index of the choice of each finish reason.
    choices: Vec<u64>,
    /// By what the later pieces of each tool call name it.
    calls: Vec<Option<u64>>,
}

impl State {
    pub(crate) fn new(capture: Capture) -> Self {
        Self { keeper: Keeper::new(capture), ..Self::default() }
    }

    pub(crate) fn capture(&self) -> Capture {
        self.keeper.capture()
    }

    pub(crate) fn id(&mut self, id: Option<&str>) {
        keep_first(&mut self.response.id, id, NAME);
    }

    pub(crate) fn model(&mut self, model: Option<&str>) {
        keep_last(&mut self.response.model, model, NAME);
    }

    pub(crate) fn service_tier(&mut self, tier: Option<&str>) {
        keep_last(&mut self.response.service_tier, tier, SHORT);
    }

    pub(crate) fn system_fingerprint(&mut self, fingerprint: Option<&str>) {
        keep_first(&mut self.response.system_fingerprint, fingerprint, SHORT);
    }

    /// Figures that a later report leaves out stay as they were.
    pub(crate) fn usage(&mut self, newer: Usage) {
        if newer == Usage::default() {
            return;
        }
        self.response.usage.get_or_insert_default().update(newer);
    }

    pub(crate) fn cost(&mut self, dollars: Option<f64>) {
        if let Some(dollars) = dollars.filter(|dollars| dollars.is_finite() && *dollars >= 0.0) {
            self.response.cost = Some(dollars);
        }
    }

    pub(crate) fn finish(&mut self, choice: u64, reason: FinishReason) {
        self.response.complete = true;
        self.keeper.finish(&mut self.response.messages, choice, &reason);
        match self.choices.binary_search(&choice) {
            Ok(at) => self.response.finish_reasons[at] = reason,
            Err(at) if self.choices.len() < MAX_ENTRIES => {
                self.choices.insert(at, choice);
                self.response.finish_reasons.insert(at, reason);
            }
            Err(_) => {}
        }
    }

    pub(crate) fn end(&mut self) {
        self.ended = true;
        self.response.complete |= self.response.error.is_none();
    }

    pub(crate) fn error(&mut self, error: &str) {
        self.response.error.get_or_insert_with(|| code(error).to_owned());
    }

    /// The model put out something that is never kept, such as a picture.
    pub(crate) fn output(&mut self, is_output: bool) {
        self.has_output |= is_output;
    }

    /// The model put out text.
    pub(crate) fn text(&mut self, choice: u64, text: &str) {
        self.output(!text.is_empty());
        self.keeper.text(&mut self.response.messages, choice, text);
    }

    /// The model put out reasoning.
    pub(crate) fn reasoning(&mut self, choice: u64, text: &str) {
        self.output(!text.is_empty());
        self.keeper.reasoning(&mut self.response.messages, choice, text);
    }

    /// Whether a text is kept already, and whether reasoning is.
    pub(crate) fn keeps(&self) -> (bool, bool) {
        let parts = || self.response.messages.iter().flat_map(|message| &message.parts);
        let has_text = parts().any(|part| matches!(part, OutputPart::Text(_)));
        (has_text, parts().any(|part| matches!(part, OutputPart::Reasoning(_))))
    }

    /// A tool call, or more of one: `key` is what all of its pieces share. Without a key a piece with an id or a name is a new call.
    ///
    /// `None` when there are too many.
    pub(crate) fn tool_call(
        &mut self,
        choice: u64,
        key: Option<u64>,
        id: Option<&str>,
        name: Option<&str>,
    ) -> Option<usize> {
        self.has_output = true;
        let found = match key {
            Some(_) => self.known_call(key),
            None if id.is_none() && name.is_none() => self.calls.len().checked_sub(1),
            None => None,
        };
        // Some servers give every call the same index; the id tells them apart.
        let is_same = |at: &usize| match (id, &self.response.tool_calls[*at].id) {
            (Some(id), Some(known)) => bounded(id, NAME) == known,
            _ => true,
        };
        let at = match found.filter(is_same) {
            Some(at) => at,
            None if self.calls.len() < MAX_ENTRIES => {
                self.calls.push(key);
                self.response.tool_calls.push(ToolCall::default());
                let at = self.calls.len() - 1;
                self.keeper.tool_call(&mut self.response.messages, choice, at);
                at
            }
            None => return None,
        };
        let call = &mut self.response.tool_calls[at];
        keep_first(&mut call.id, id, NAME);
        if call.name.is_empty() {
            bounded(name.unwrap_or_default(), NAME).clone_into(&mut call.name);
        }
        Some(at)
    }

    /// The call that has this key, if there is one.
    pub(crate) fn known_call(&self, key: Option<u64>) -> Option<usize> {
        self.calls.iter().rposition(|known| *known == key)
    }

    /// More of the arguments of a call.
    pub(crate) fn more_arguments(&mut self, call: Option<usize>, piece: &str) {
        if let Some(call) = call.and_then(|at| self.response.tool_calls.get_mut(at)) {
            self.keeper.more_arguments(call, piece);
        }
    }

    /// All arguments of a call, whatever came before.
    pub(crate) fn all_arguments(&mut self, call: Option<usize>, arguments: &str) {
        if let Some(call) = call.and_then(|at| self.response.tool_calls.get_mut(at))
            && !arguments.is_empty()
        {
            self.keeper.forget_arguments(call);
            self.keeper.more_arguments(call, arguments);
        }
    }
}

fn keep_first(field: &mut Option<String>, value: Option<&str>, limit: usize) {
    if field.is_none() {
        keep_last(field, value, limit);
    }
}

fn keep_last(field: &mut Option<String>, value: Option<&str>, limit: usize) {
    if let Some(value) = value.filter(|value| !value.is_empty()) {
        bounded(value, limit).clone_into(field.get_or_insert_default());
    }
}
