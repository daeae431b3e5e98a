use std::sync::Arc;

use tachograph_core::{Call, LlmRequest};

use super::LlmResponse;

macro_rules! as_what_they_hold {
    ($($wrapper:ty),*) => { $(
        impl<T: LlmResponse + ?Sized> LlmResponse for $wrapper {
            fn observe(&self, call: &Call<LlmRequest>) {
                T::observe(self, call);
            }
        }
    )* };
}
as_what_they_hold!(&T, Box<T>, Arc<T>);

/// `None` tells nothing.
impl<T: LlmResponse> LlmResponse for Option<T> {
    fn observe(&self, call: &Call<LlmRequest>) {
        if let Some(answer) = self {
            answer.observe(call);
        }
    }
}
