//! Token usage in one normal form.

use opentelemetry::KeyValue;

use crate::semconv::attribute as attr;

/// Tokens of one call to a model.
///
/// `input` always includes cached tokens and `output` always includes reasoning: the cache and reasoning figures are
/// parts of them. A provider that reports its cached input apart (Anthropic does) must be added up by the caller.
/// A figure that the provider did not give stays `None`; it is never recorded as zero.
///
/// ```
/// use tachograph_core::Usage;
/// let usage = Usage::new(120, 30).with_cache_read(100);
/// assert_eq!(usage.input, Some(120));
/// assert_eq!(usage.total(), Some(150));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Usage {
    /// Input tokens, cached ones included.
    pub input: Option<u64>,
    /// Output tokens, reasoning included.
    pub output: Option<u64>,
    /// Part of the input that the provider read from its cache.
    pub cache_read: Option<u64>,
    /// Part of the input that the provider wrote to its cache.
    pub cache_write: Option<u64>,
    /// Part of the cache writes that the provider keeps for an hour instead of minutes, which costs more.
    pub cache_write_1h: Option<u64>,
    /// Part of the output that was reasoning.
    pub reasoning: Option<u64>,
    /// Part of the input that was audio.
    pub input_audio: Option<u64>,
    /// Part of the output that was audio.
    pub output_audio: Option<u64>,
}

impl Usage {
    /// Usage with input and output tokens.
    #[must_use]
    pub const fn new(input: u64, output: u64) -> Self {
        Self { input: Some(input), output: Some(output), ..Self::NONE }
    }

    const NONE: Self = Self {
        input: None,
        output: None,
        cache_read: None,
        cache_write: None,
        cache_write_1h: None,
        reasoning: None,
        input_audio: None,
        output_audio: None,
    };

    /// Sets the input tokens.
    #[must_use]
    pub const fn with_input(mut self, tokens: u64) -> Self {
        self.input = Some(tokens);
        self
    }

    /// Sets the output tokens.
    #[must_use]
    pub const fn with_output(mut self, tokens: u64) -> Self {
        self.output = Some(tokens);
        self
    }

    /// Sets the part of the input that was read from the provider's cache.
    #[must_use]
    pub const fn with_cache_read(mut self, tokens: u64) -> Self {
        self.cache_read = Some(tokens);
        self
    }

    /// Sets the part of the input that was written to the provider's cache.
    #[must_use]
    pub const fn with_cache_write(mut self, tokens: u64) -> Self {
        self.cache_write = Some(tokens);
        self
    }

    /// Sets the part of the cache writes that is kept for an hour.
    #[must_use]
    pub const fn with_cache_write_1h(mut self, tokens: u64) -> Self {
        self.cache_write_1h = Some(tokens);
        self
    }

    /// Sets the part of the input that was audio.
    #[must_use]
    pub const fn with_input_audio(mut self, tokens: u64) -> Self {
        self.input_audio = Some(tokens);
        self
    }

    /// Sets the part of the output that was audio.
    #[must_use]
    pub const fn with_output_audio(mut self, tokens: u64) -> Self {
        self.output_audio = Some(tokens);
        self
    }

    /// Sets the part of the output that was reasoning.
    #[must_use]
    pub const fn with_reasoning(mut self, tokens: u64) -> Self {
        self.reasoning = Some(tokens);
        self
    }

    /// Input plus output; `None` when neither is known.
    #[must_use]
    pub fn total(&self) -> Option<u64> {
        match (self.input, self.output) {
            (None, None) => None,
            (input, output) => Some(input.unwrap_or(0).saturating_add(output.unwrap_or(0))),
        }
    }

    /// Takes over every figure that `newer` has: streams report usage in pieces.
    pub fn update(&mut self, newer: Self) {
        self.input = newer.input.or(self.input);
        self.output = newer.output.or(self.output);
        self.cache_read = newer.cache_read.or(self.cache_read);
        self.cache_write = newer.cache_write.or(self.cache_write);
        self.cache_write_1h = newer.cache_write_1h.or(self.cache_write_1h);
        self.reasoning = newer.reasoning.or(self.reasoning);
        self.input_audio = newer.input_audio.or(self.input_audio);
        self.output_audio = newer.output_audio.or(self.output_audio);
    }

    pub(crate) fn span_attributes(&self, out: &mut Vec<KeyValue>) {
        let figures = [
            (attr::GEN_AI_USAGE_INPUT_TOKENS, self.input),
            (attr::GEN_AI_USAGE_OUTPUT_TOKENS, self.output),
            (attr::GEN_AI_USAGE_CACHE_READ, self.cache_read),
            (attr::GEN_AI_USAGE_CACHE_WRITE, self.cache_write),
            (attr::LLM_CACHE_WRITE_1H, self.cache_write_1h),
            (attr::GEN_AI_USAGE_REASONING, self.reasoning),
            (attr::GEN_AI_USAGE_AUDIO_INPUT, self.input_audio),
            (attr::GEN_AI_USAGE_AUDIO_OUTPUT, self.output_audio),
        ];
        for (key, tokens) in figures {
            if let Some(tokens) = tokens {
                out.push(KeyValue::new(key, i64::try_from(tokens).unwrap_or(i64::MAX)));
            }
        }
    }
}

impl From<(u64, u64)> for Usage {
    /// Input and output tokens.
    fn from((input, output): (u64, u64)) -> Self {
        Self::new(input, output)
    }
}
