use tachograph_core::Usage;

/// Figures as a client reports them, of which it is not sure what is part of what.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    pub(super) input: Option<u64>,
    pub(super) output: Option<u64>,
    pub(super) total: Option<u64>,
    pub(super) cache_read: Option<u64>,
    pub(super) cache_write: Option<u64>,
    pub(super) cache_write_1h: Option<u64>,
    pub(super) reasoning: Option<u64>,
    pub(super) input_audio: Option<u64>,
    pub(super) output_audio: Option<u64>,
    /// Whether the client is known to leave the cached tokens out of the input.
    pub(super) is_cache_apart: bool,
}

impl Counts {
    /// The usage in its normal form. A part that is greater than the whole stands beside it and not in it; so does one that the total has once
    /// more. An input of no tokens is one that was not reported: there is none without.
    pub(super) fn usage(self) -> Usage {
        let cached = sum(self.cache_read, self.cache_write).unwrap_or_default();
        let reasoning = self.reasoning.unwrap_or_default();
        let whole = sum(self.input, self.output);
        let total_with = |part: u64| part > 0 && self.total.is_some() && self.total == sum(whole, Some(part));
        let is_cache_apart = self.is_cache_apart || cached > self.input.unwrap_or_default() || total_with(cached);
        let is_reasoning_apart = reasoning > self.output.unwrap_or_default() || total_with(reasoning);

        let mut usage = Usage::default();
        usage.input = if is_cache_apart { sum(self.input, Some(cached)) } else { self.input };
        usage.output = if is_reasoning_apart { sum(self.output, Some(reasoning)) } else { self.output };
        if usage.input.unwrap_or_default() == 0 {
            usage.input = None;
            usage.output = usage.output.filter(|tokens| *tokens > 0);
        }
        usage.cache_read = self.cache_read;
        usage.cache_write = self.cache_write;
        usage.cache_write_1h = self.cache_write_1h;
        usage.reasoning = self.reasoning;
        usage.input_audio = self.input_audio;
        usage.output_audio = self.output_audio;
        usage
    }
}

fn sum(left: Option<u64>, right: Option<u64>) -> Option<u64> {
    [left, right].into_iter().flatten().reduce(u64::saturating_add)
}
