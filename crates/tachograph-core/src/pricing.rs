//! What a call to a model costs: asked of whoever knows prices.

use crate::usage::Usage;

/// What a call to a model is billed by.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Billed<'a> {
    /// The provider, by the conventions' name: `openai`, `gcp.gemini`.
    pub provider: &'a str,
    /// The model that was asked for.
    pub requested_model: &'a str,
    /// The model that answered, where it said so.
    pub response_model: Option<&'a str>,
    /// The tier that served the call, where the provider said so: `default`, `flex`, `priority`.
    pub service_tier: Option<&'a str>,
    /// Whether the call went through the provider's batch interface.
    pub batch: bool,
    /// Its tokens.
    pub usage: Usage,
}

impl<'a> Billed<'a> {
    /// Tokens of a model, at its standard tier.
    #[must_use]
    pub fn new(provider: &'a str, requested_model: &'a str, usage: Usage) -> Self {
        Self { provider, requested_model, response_model: None, service_tier: None, batch: false, usage }
    }

    /// Sets the model that answered.
    #[must_use]
    pub fn with_response_model(mut self, model: &'a str) -> Self {
        self.response_model = Some(model);
        self
    }

    /// Sets the tier that served the call.
    #[must_use]
    pub fn with_service_tier(mut self, tier: &'a str) -> Self {
        self.service_tier = Some(tier);
        self
    }

    /// Says that the call went through the batch interface.
    #[must_use]
    pub fn with_batch(mut self) -> Self {
        self.batch = true;
        self
    }
}

/// Knows what calls to models cost. It is asked at the end of every call that has tokens and no amount of its own, where
/// the call is recorded: it must be quick, must not block and must not panic.
pub trait Pricing: Send + Sync + 'static {
    /// The cost in US dollars; `None` where the model has no price.
    fn cost_usd(&self, billed: &Billed<'_>) -> Option<f64>;
}
