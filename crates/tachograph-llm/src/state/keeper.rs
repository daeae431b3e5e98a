use crate::{Capture, FinishReason, Kept, OutputMessage, OutputPart, ToolCall, bounded::MAX_ENTRIES};

/// All parts of one kind together keep at most as much as this many parts may.
const FULL_PARTS: usize = 16;

/// Most parts of all choices together.
const MAX_PARTS: usize = 1024;

/// Keeps the content of an answer, as much of it as is wanted and no more than there is room for.
#[derive(Clone, Debug, Default)]
pub(super) struct Keeper {
    capture: Capture,
    /// Index of the choice of each message, ascending.
    choices: Vec<u64>,
    /// Parts of all messages.
    parts: usize,
    /// Bytes that are kept of each kind.
    text: usize,
    reasoning: usize,
    arguments: usize,
}

impl Keeper {
    pub(super) fn new(capture: Capture) -> Self {
        Self { capture, ..Self::default() }
    }

    pub(super) fn capture(&self) -> Capture {
        self.capture
    }

    pub(super) fn text(&mut self, messages: &mut Vec<OutputMessage>, choice: u64, text: &str) {
        if self.capture.text == 0 || text.is_empty() {
            return;
        }
        if let Some(kept) = self.open_part(messages, choice, OutputPart::Text, as_text) {
            append(kept, text, self.capture.text, &mut self.text);
        }
    }

    pub(super) fn reasoning(&mut self, messages: &mut Vec<OutputMessage>, choice: u64, text: &str) {
        if self.capture.reasoning == 0 || text.is_empty() {
            return;
        }
        if let Some(kept) = self.open_part(messages, choice, OutputPart::Reasoning, as_reasoning) {
            append(kept, text, self.capture.reasoning, &mut self.reasoning);
        }
    }

    /// A new call, with its index among all calls of the answer.
    pub(super) fn tool_call(&mut self, messages: &mut Vec<OutputMessage>, choice: u64, at: usize) {
        if let Some(message) = self.message(messages, choice)
            && self.has_room(message)
        {
            message.parts.push(OutputPart::ToolCall(at));
            self.parts += 1;
        }
    }

    pub(super) fn finish(&mut self, messages: &mut Vec<OutputMessage>, choice: u64, reason: &FinishReason) {
        if let Some(message) = self.message(messages, choice) {
            message.finish_reason = Some(reason.clone());
        }
    }

    pub(super) fn more_arguments(&mut self, call: &mut ToolCall, piece: &str) {
        if self.capture.tool_arguments > 0 && !piece.is_empty() {
            let kept = call.arguments.get_or_insert_default();
            append(kept, piece, self.capture.tool_arguments, &mut self.arguments);
        }
    }

    pub(super) fn forget_arguments(&mut self, call: &mut ToolCall) {
        self.arguments -= call.arguments.take().map_or(0, |kept| kept.text.len());
    }

    /// The message of the choice; `None` when nothing is kept or there are too many.
    fn message<'m>(&mut self, messages: &'m mut Vec<OutputMessage>, choice: u64) -> Option<&'m mut OutputMessage> {
        if self.capture == Capture::default() {
            return None;
        }
        let at = match self.choices.binary_search(&choice) {
            Ok(at) => at,
            Err(at) if self.choices.len() < MAX_ENTRIES => {
                self.choices.insert(at, choice);
                messages.insert(at, OutputMessage::default());
                at
            }
            Err(_) => return None,
        };
        messages.get_mut(at)
    }

    /// The last part of the message if it is of this kind, and otherwise a new one.
    fn open_part<'m>(
        &mut self,
        messages: &'m mut Vec<OutputMessage>,
        choice: u64,
        new: fn(Kept) -> OutputPart,
        kept_of: fn(&mut OutputPart) -> Option<&mut Kept>,
    ) -> Option<&'m mut Kept> {
        let message = self.message(messages, choice)?;
        if message.parts.last_mut().and_then(kept_of).is_none() {
            if !self.has_room(message) {
                return None;
            }
            message.parts.push(new(Kept::default()));
            self.parts += 1;
        }
        message.parts.last_mut().and_then(kept_of)
    }

    fn has_room(&self, message: &OutputMessage) -> bool {
        message.parts.len() < MAX_ENTRIES && self.parts < MAX_PARTS
    }
}

fn append(kept: &mut Kept, piece: &str, limit: usize, total: &mut usize) {
    let before = kept.text.len();
    let left = limit.saturating_mul(FULL_PARTS).saturating_sub(*total);
    kept.push(piece, limit.saturating_sub(before).min(left));
    *total += kept.text.len() - before;
}

fn as_text(part: &mut OutputPart) -> Option<&mut Kept> {
    if let OutputPart::Text(kept) = part { Some(kept) } else { None }
}

fn as_reasoning(part: &mut OutputPart) -> Option<&mut Kept> {
    if let OutputPart::Reasoning(kept) = part { Some(kept) } else { None }
}
