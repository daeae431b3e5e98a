//! `async-openai`: its types are those of the wire, and are read as they would be there. What a compatible server adds to them is lost before
//! they come here.

use async_openai::types::{
    chat::{CreateChatCompletionResponse, CreateChatCompletionStreamResponse},
    embeddings::CreateEmbeddingResponse,
    responses,
};
use tachograph_core::{Call, LlmRequest, Usage};

use super::{LlmResponse, gathered, parsed};
use crate::Format;

macro_rules! read_as_sent {
    ($($answer:ty: $format:ident),*) => { $(
        impl LlmResponse for $answer {
            fn observe(&self, call: &Call<LlmRequest>) {
                parsed::read(call, self, |_| Some(Format::$format));
            }
        }
    )* };
}
read_as_sent!(
    CreateChatCompletionResponse: OpenAiChat,
    CreateChatCompletionStreamResponse: OpenAiChat,
    responses::Response: OpenAiResponses,
    responses::ResponseStreamEvent: OpenAiResponses
);

/// Not as sent: it is thousands of numbers, and none of them says anything.
impl LlmResponse for CreateEmbeddingResponse {
    fn observe(&self, call: &Call<LlmRequest>) {
        gathered::whole(call, |state| {
            let mut usage = Usage::default();
            usage.input = Some(self.usage.prompt_tokens.into());
            state.usage(usage);
            state.model(Some(&self.model));
        });
    }
}
