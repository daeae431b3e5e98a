mod outline;

use serde_json::Value;
use tachograph_core::{Call, LlmRequest};

use self::outline::Outline;
use super::{LlmResponse, parsed, shape};

/// A body of a provider whose API is known, or one event of its stream. Any other value tells nothing, such as one that the model wrote.
///
/// An array is a whole stream of Gemini's, which is sent like that.
impl LlmResponse for Value {
    fn observe(&self, call: &Call<LlmRequest>) {
        if !call.is_tracked() || !(self.is_object() || self.is_array()) {
            return;
        }
        // Lists are embeddings: they have no content.
        let is_list = self.get("object").is_some_and(|object| object == "list");
        if is_list || call.content_policy().is_none() {
            parsed::read(call, &Outline(self), |outline| shape::format(outline.0));
        } else {
            parsed::read(call, self, shape::format);
        }
    }
}
