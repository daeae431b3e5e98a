//! What the answer of a model tells about its call, for the attribute macros. No part of the public API: it may change in any release.
//!
//! A ladder of traits as those in `tachograph_core::private`, and of the same shape as `answer` there, which stands in its place where this
//! crate is not: `(&&&Answer(value)).tachograph_answer(call)` takes the first of them that holds.

use tachograph_core::{Call, LlmRequest};

use crate::LlmResponse;

/// A value, or an item of a stream, that is asked.
#[derive(Debug)]
pub struct Answer<'a, T>(pub &'a T);

macro_rules! rung {
    ($(#[$doc:meta])* $trait:ident; for[$($g:ident),+] where[$($bound:tt)*] $self:ty => |$answer:ident, $call:ident| $body:expr) => {
        $(#[$doc])*
        pub trait $trait {
            /// Tells the call what it says.
            fn tachograph_answer(&self, call: &Call<LlmRequest>);
        }
        impl<$($g),+> $trait for $self where $($bound)* {
            fn tachograph_answer(&self, $call: &Call<LlmRequest>) {
                let $answer = self;
                $body
            }
        }
    };
}

rung!(
    /// A result: its `Ok` part is asked.
    OfResult; for[T, E] where[T: LlmResponse] &&Answer<'_, Result<T, E>> => |answer, call| {
        if let Ok(response) = answer.0 {
            response.observe(call);
        }
    }
);
rung!(
    /// An answer.
    OfResponse; for[T] where[T: LlmResponse] &Answer<'_, T> => |answer, call| answer.0.observe(call)
);
rung!(
    /// Anything else.
    Silent; for[T] where[] Answer<'_, T> => |_answer, _call| ()
);
