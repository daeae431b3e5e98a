//! Usages as they come.

use tachograph_core::Usage;

/// Pseudo-random numbers, the same in every run.
pub(crate) struct Random(pub(crate) u64);

/// Inputs above which published prices change, and neighbours that they might.
const THRESHOLDS: [u64; 11] = [0, 1, 32_000, 100_000, 128_000, 199_999, 200_000, 256_000, 272_000, 512_000, 524_288];

impl Random {
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }

    /// A usage whose parts fit into their wholes; on the threshold, above it, or anywhere.
    pub(crate) fn usage(&mut self) -> Usage {
        let threshold = THRESHOLDS[usize::try_from(self.below(THRESHOLDS.len() as u64)).unwrap()];
        let input = match self.below(3) {
            0 => threshold,
            1 => threshold + 1,
            _ => self.below(2_000_000),
        };
        let output = self.below(100_000);
        let mut usage = Usage::new(input, output);
        let (mut input, mut output) = (input, output);
        let mut part = |whole: &mut u64| {
            let part = self.below(*whole + 1);
            *whole -= part;
            part
        };
        usage = usage.with_cache_read(part(&mut input));
        let written = part(&mut input);
        usage = usage.with_cache_write(written).with_cache_write_1h(part(&mut { written }));
        usage = usage.with_reasoning(part(&mut output));
        // With audio in one of two: where its cache has a price of its own, the calculator wants to know more than providers tell.
        if self.below(2) == 0 {
            usage = usage.with_input_audio(0).with_output_audio(0);
        } else {
            usage.cache_read = None;
            usage.cache_write = None;
            usage.cache_write_1h = None;
            let (audio, spoken) = (self.below(input + 1), self.below(output + 1));
            usage = usage.with_input_audio(audio).with_output_audio(spoken);
        }
        usage
    }
}
