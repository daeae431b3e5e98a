//! The tokens of a call, each counted once.

use tachograph_core::Usage;

/// Places in [`Leaves::input`] and in the rates of the input.
pub(crate) mod input {
    pub(crate) const PLAIN: usize = 0;
    pub(crate) const CACHE_READ: usize = 1;
    pub(crate) const CACHE_WRITE: usize = 2;
    pub(crate) const CACHE_WRITE_1H: usize = 3;
    pub(crate) const AUDIO: usize = 4;
    pub(crate) const COUNT: usize = 5;
}

/// Places in [`Leaves::output`] and in the rates of the output.
pub(crate) mod output {
    pub(crate) const PLAIN: usize = 0;
    pub(crate) const REASONING: usize = 1;
    pub(crate) const AUDIO: usize = 2;
    pub(crate) const COUNT: usize = 3;
}

/// Tokens by what they are billed as. No token is in two places.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Leaves {
    /// All of the input, by which the rates of tiered prices are chosen.
    pub(crate) input_total: f64,
    pub(crate) input: [f64; input::COUNT],
    pub(crate) output: [f64; output::COUNT],
}

impl Leaves {
    /// Takes a usage apart.
    ///
    /// The whole is the figure that holds: it is filled with cache reads, cache writes and audio in this order, or with
    /// reasoning and audio, and what does not fit is cut. Where the whole was not reported, it is the sum of its parts.
    /// A provider does not say which of the cached tokens were audio; they are taken for text, and only where the parts
    /// exceed the whole for both.
    pub(crate) fn of(usage: &Usage) -> Self {
        let reported = |tokens: Option<u64>| tokens.unwrap_or(0);
        let (read, audio) = (reported(usage.cache_read), reported(usage.input_audio));
        let write = reported(usage.cache_write.or(usage.cache_write_1h));
        let total = usage.input.unwrap_or_else(|| read.saturating_add(write).saturating_add(audio));
        let mut rest = total;
        let read = take(&mut rest, read);
        let write = take(&mut rest, write);
        let audio = take(&mut rest, audio);
        let write_1h = reported(usage.cache_write_1h).min(write);

        let (reasoning, spoken) = (reported(usage.reasoning), reported(usage.output_audio));
        let mut answer = usage.output.unwrap_or_else(|| reasoning.saturating_add(spoken));
        let reasoning = take(&mut answer, reasoning);
        let spoken = take(&mut answer, spoken);
        Self {
            input_total: real(total),
            input: [rest, read, write - write_1h, write_1h, audio].map(real),
            output: [answer, reasoning, spoken].map(real),
        }
    }

    /// Input of one kind alone.
    pub(crate) fn of_input(kind: usize, tokens: f64) -> Self {
        let mut leaves = Self { input_total: tokens, ..Self::default() };
        leaves.input[kind] = tokens;
        leaves
    }

    /// Output of one kind alone, after an input that is paid as plain.
    pub(crate) fn of_output(kind: usize, tokens: f64, input_total: f64) -> Self {
        let mut leaves = Self::of_input(input::PLAIN, input_total);
        leaves.output[kind] = tokens;
        leaves
    }

    /// Something of everything: as much input as output, in shares whose sums do not come out equal by chance.
    pub(crate) fn mixed(tokens: f64) -> Self {
        Self {
            input_total: tokens,
            input: [0.375, 0.25, 0.125, 0.0625, 0.1875].map(|share| share * tokens),
            output: [0.625, 0.25, 0.125].map(|share| share * tokens),
        }
    }

    pub(crate) fn output_total(&self) -> f64 {
        self.output.iter().sum()
    }
}

fn take(rest: &mut u64, wanted: u64) -> u64 {
    let taken = wanted.min(*rest);
    *rest -= taken;
    taken
}

#[allow(clippy::cast_precision_loss, reason = "exact up to 2^53 tokens")]
fn real(tokens: u64) -> f64 {
    tokens as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_token_is_counted_once() {
        let usage = Usage::new(1_000, 100)
            .with_cache_read(400)
            .with_cache_write(300)
            .with_cache_write_1h(100)
            .with_input_audio(50)
            .with_reasoning(60)
            .with_output_audio(10);
        let leaves = Leaves::of(&usage);
        assert_eq!(leaves.input, [250.0, 400.0, 200.0, 100.0, 50.0]);
        assert_eq!(leaves.output, [30.0, 60.0, 10.0]);
        assert_eq!(leaves.input_total, 1_000.0);
    }

    #[test]
    fn parts_larger_than_the_whole_are_cut() {
        let usage = Usage::new(100, 10).with_cache_read(70).with_cache_write(50).with_input_audio(9).with_reasoning(40);
        let leaves = Leaves::of(&usage);
        assert_eq!(leaves.input, [0.0, 70.0, 30.0, 0.0, 0.0]);
        assert_eq!(leaves.output, [0.0, 10.0, 0.0]);
        let usage = Usage::new(u64::MAX, 0).with_cache_read(u64::MAX).with_cache_write(u64::MAX);
        assert_eq!(Leaves::of(&usage).input.iter().sum::<f64>(), Leaves::of(&usage).input_total);
    }

    #[test]
    fn an_hour_of_cache_is_a_part_of_the_cache_writes() {
        let usage = Usage::new(100, 0).with_cache_write(30).with_cache_write_1h(90);
        assert_eq!(Leaves::of(&usage).input, [70.0, 0.0, 0.0, 30.0, 0.0]);
        let usage = Usage::new(100, 0).with_cache_write_1h(90);
        assert_eq!(Leaves::of(&usage).input, [10.0, 0.0, 0.0, 90.0, 0.0]);
    }

    #[test]
    fn a_whole_that_was_not_reported_is_the_sum_of_its_parts() {
        let mut usage = Usage::default().with_cache_read(5).with_cache_write(7).with_input_audio(1);
        usage.update(Usage::default().with_reasoning(3).with_output_audio(2));
        let leaves = Leaves::of(&usage);
        assert_eq!((leaves.input_total, leaves.output_total()), (13.0, 5.0));
        assert_eq!(leaves.input, [0.0, 5.0, 7.0, 0.0, 1.0]);
    }
}
