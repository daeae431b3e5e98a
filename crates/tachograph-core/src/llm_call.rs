//! What a call to a model is told while it runs.

use std::time::Instant;

use opentelemetry::{StringValue, Value};

use crate::{
    call::{Call, Cost},
    chunks::ChunkTimes,
    content::{ContentPolicy, ContentRoom},
    operation::LlmRequest,
    semconv::{attribute as attr, value},
    usage::Usage,
};

impl Call<LlmRequest> {
    /// Token usage. Figures given later replace earlier ones, one by one: streams report in pieces.
    pub fn usage(&self, usage: impl Into<Usage>) {
        let usage = usage.into();
        self.gather(|gathered| gathered.model().usage.update(usage));
    }

    /// Cost in US dollars as the caller knows it; counted in `tachograph.llm.cost` in place of a computed one. Negative and
    /// non-finite amounts are ignored.
    pub fn cost_usd(&self, amount: f64) {
        self.cost(amount, value::CALLER);
    }

    /// Cost in US dollars as the provider reported it with the answer; as [`cost_usd`](Self::cost_usd), and told apart from it.
    pub fn reported_cost_usd(&self, amount: f64) {
        self.cost(amount, value::PROVIDER);
    }

    fn cost(&self, amount: f64, source: &'static str) {
        if let Some(cost) = Cost::new(amount, source) {
            self.gather(|gathered| gathered.model().cost = Some(cost));
        }
    }

    /// Says that somebody reads the answer's usage: should there be none in the end, the call is marked
    /// (`tachograph.llm.usage.status`) and counted (`tachograph.llm.usage.unreported`). Nothing is guessed.
    pub fn expect_usage(&self) {
        self.gather(|gathered| gathered.model().usage_expected = true);
    }

    /// The tier that served the call (`default`, `flex`, `priority`): prices depend on it.
    pub fn service_tier(&self, tier: impl Into<StringValue>) {
        let tier = tier.into();
        self.gather(|gathered| gathered.model().service_tier = Some(tier));
    }

    /// Says that the call goes through the provider's batch interface: prices depend on it.
    pub fn batch(&self) {
        self.gather(|gathered| gathered.model().batch = true);
    }

    /// A chunk of a streamed answer came now, with output in it. The first gives the time to first chunk, the others the times per
    /// output chunk.
    pub fn chunk(&self) {
        self.chunks(1);
    }

    /// So many chunks of a streamed answer came now, together: as a network read brings them.
    pub fn chunks(&self, count: u32) {
        self.chunks_seen(count, false);
    }

    /// The same, told by who sees the body of the answer. What others tell, who see its items later, is then the same chunks
    /// again, and does not count.
    pub fn body_chunks(&self, count: u32) {
        self.chunks_seen(count, true);
    }

    fn chunks_seen(&self, count: u32, of_body: bool) {
        if count == 0 || !self.is_tracked() {
            return;
        }
        let now = Instant::now();
        self.gather(|gathered| match &mut gathered.model().chunks {
            Some(times) if times.is_of_body() == of_body => times.came(now, count),
            Some(_) => {}
            none => {
                let mut times = ChunkTimes::starting(now, of_body);
                times.came(now, count - 1);
                *none = Some(Box::new(times));
            }
        });
    }

    /// Instructions to the model in the conventions' JSON form, if the policy allows content: else `make` is not even run. What has
    /// more bytes than its room is left out, and counted on the span.
    pub fn system_instructions(&self, make: impl FnOnce(ContentRoom<'_>) -> Option<String>) {
        self.content(attr::GEN_AI_SYSTEM_INSTRUCTIONS, make);
    }

    /// Messages to the model in the conventions' JSON form; as [`system_instructions`](Self::system_instructions).
    pub fn input_messages(&self, make: impl FnOnce(ContentRoom<'_>) -> Option<String>) {
        self.content(attr::GEN_AI_INPUT_MESSAGES, make);
    }

    /// Messages of the model in the conventions' JSON form; as [`system_instructions`](Self::system_instructions).
    pub fn output_messages(&self, make: impl FnOnce(ContentRoom<'_>) -> Option<String>) {
        self.content(attr::GEN_AI_OUTPUT_MESSAGES, make);
    }

    /// Tools that the model may ask for in the conventions' JSON form; as [`system_instructions`](Self::system_instructions).
    pub fn tool_definitions(&self, make: impl FnOnce(ContentRoom<'_>) -> Option<String>) {
        self.content(attr::GEN_AI_TOOL_DEFINITIONS, make);
    }

    /// What of the content may be recorded of this call: nothing where it has no span or the policy is closed.
    #[must_use]
    pub fn content_policy(&self) -> Option<&ContentPolicy> {
        let state = self.state().filter(|_| self.is_recording())?;
        Some(state.telemetry.policy().content()).filter(|policy| policy.is_open())
    }

    fn content(&self, key: &'static str, make: impl FnOnce(ContentRoom<'_>) -> Option<String>) {
        let Some(policy) = self.content_policy() else { return };
        let mut bytes = 0;
        self.gather(|gathered| bytes = policy.call_bytes().saturating_sub(gathered.model().content_bytes));
        let Some(text) = make(ContentRoom { policy, bytes }) else { return };
        if text.len() > bytes {
            self.gather(|gathered| gathered.model().content_omitted += text.len());
            return;
        }
        self.gather(|gathered| gathered.model().content_bytes += text.len());
        self.attribute(key, text);
    }

    /// Says that the response is streamed. A tracked stream says so by itself.
    pub fn streaming(&self) {
        self.streams();
    }

    /// The model that answered.
    pub fn response_model(&self, model: impl Into<StringValue>) {
        let model = model.into();
        self.gather(|gathered| gathered.model().name = Some(model));
    }

    /// The identifier of the response, on the span.
    pub fn response_id(&self, id: impl Into<StringValue>) {
        self.attribute(attr::GEN_AI_RESPONSE_ID, id.into());
    }

    /// Why each choice ended, on the span and in events.
    pub fn finish_reasons<R: Into<StringValue>>(&self, reasons: impl IntoIterator<Item = R>) {
        if self.is_tracked() {
            let reasons: Vec<StringValue> = reasons.into_iter().map(Into::into).collect();
            self.told_attribute(attr::GEN_AI_RESPONSE_FINISH_REASONS, Value::Array(reasons.into()));
        }
    }
}
