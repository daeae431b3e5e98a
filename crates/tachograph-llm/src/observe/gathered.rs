//! Answers that a client has put into a form of its own.

use tachograph_core::{AnswerReader, Call, LlmRequest};

use super::tell;
use crate::{content, state::State};

/// Tells the call of a whole answer, which `write` puts into the normal form. It stands for all items that came before: clients give out the
/// whole after a stream.
pub(super) fn whole(call: &Call<LlmRequest>, write: impl FnOnce(&mut State)) {
    let mut state = State::new(content::capture_for(call.content_policy()));
    call.read_answer(Gathered::default, |gathered| {
        write(&mut state);
        // Not at the end of the call, so that what its caller says of it counts.
        tell(call, None, &state.response);
        *gathered = Gathered { state: Some(state), told: true };
    });
}

/// Adds an item of a stream to what the call has of its answer. An item that brings output is a chunk.
#[cfg(any(feature = "genai", feature = "rig-core"))]
pub(super) fn item(call: &Call<LlmRequest>, write: impl FnOnce(&mut State)) {
    call.read_answer(Gathered::default, |gathered| {
        let state = gathered.state.get_or_insert_with(|| State::new(content::capture_for(call.content_policy())));
        state.has_output = false;
        write(state);
        if state.has_output {
            call.chunk();
        }
        gathered.told = false;
    });
}

#[derive(Debug, Default)]
struct Gathered {
    state: Option<State>,
    /// Whether all that is known has been told.
    told: bool,
}

impl AnswerReader for Gathered {
    fn finish(self: Box<Self>, call: &Call<LlmRequest>) -> bool {
        let Some(state) = self.state else { return false };
        if !self.told {
            tell(call, None, &state.response);
        }
        state.response.complete && state.response.error.is_none()
    }
}
