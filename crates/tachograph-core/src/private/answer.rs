//! What the answer of a model tells about its call. In this crate nobody reads answers; `tachograph-llm` has the module of the same
//! shape that does, and the facade puts it in the place of this one.

use super::Call;
use crate::operation::LlmRequest;

/// A value, or an item of a stream, that is asked.
#[derive(Debug)]
pub struct Answer<'a, T>(pub &'a T);

/// Of which nothing is known.
pub trait Silent {
    /// Tells the call nothing.
    fn tachograph_answer(&self, call: &Call<LlmRequest>);
}

impl<T> Silent for Answer<'_, T> {
    fn tachograph_answer(&self, _call: &Call<LlmRequest>) {}
}
