//! Answers that lie there as JSON values: each is one event of a stream, or the whole answer.

use serde::Serialize;
use tachograph_core::{AnswerReader, Call, LlmRequest};

use super::answer::Answer;
use crate::{Format, Framing};

/// Gives an event, or a whole answer, to the reader of its call. `format` is asked as long as nothing of the answer was recognised; what
/// comes before that is passed over.
pub(super) fn read<T: Serialize + ?Sized>(
    call: &Call<LlmRequest>,
    event: &T,
    format: impl FnOnce(&T) -> Option<Format>,
) {
    call.read_answer(Parsed::default, |parsed| {
        if parsed.answer.is_none() {
            parsed.answer = format(event).map(|format| Answer::new(call, format, Framing::Json));
        }
        parsed.read(call, event);
    });
}

#[derive(Debug, Default)]
struct Parsed {
    answer: Option<Answer>,
    /// JSON of the event; kept for the next one.
    scratch: Vec<u8>,
}

impl Parsed {
    /// The parsers take bytes, as they come on the wire. A second set of parsers, for trees, would cost less and could say something else.
    fn read<T: Serialize + ?Sized>(&mut self, call: &Call<LlmRequest>, event: &T) {
        let Some(answer) = &mut self.answer else { return };
        self.scratch.clear();
        if serde_json::to_writer(&mut self.scratch, event).is_ok() {
            answer.push(call, &self.scratch);
        }
    }
}

impl AnswerReader for Parsed {
    fn finish(self: Box<Self>, call: &Call<LlmRequest>) -> bool {
        self.answer.is_some_and(|answer| answer.finish(call))
    }
}
