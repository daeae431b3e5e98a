//! What the tokens of one model cost.

use super::leaves::{Leaves, input, output};

/// Tokens that a rate is for.
pub(crate) const TOKENS_OF_A_RATE: f64 = 1e6;

/// US dollars for a million tokens of each kind. A direction without a price is not a free one.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Rates {
    pub(crate) input: Option<[f64; input::COUNT]>,
    pub(crate) output: Option<[f64; output::COUNT]>,
}

/// The rates of calls with more input than that.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Band {
    /// Tokens of input that it takes more than.
    pub(crate) above: f64,
    pub(crate) rates: Rates,
}

/// What calls to a model cost.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Table {
    /// US dollars for a call, whatever its tokens.
    pub(crate) per_request: f64,
    /// For calls below the first band.
    pub(crate) base: Rates,
    /// By what they begin above, the lowest first.
    pub(crate) bands: Box<[Band]>,
}

impl Table {
    /// The cost in US dollars; `None` where there are tokens of a direction that has no price.
    ///
    /// # Why `f64`
    ///
    /// Up to eight products and their sum, each rounded to 53 bits: the cost of a call is within 2e-15 of itself, and a call
    /// of ten dollars within 2e-14 dollars. Adding up n such costs, each sum rounded by at most half a unit in the last
    /// place, is off by less than n * 1.2e-16 of the total: 1.2e-9 after ten million calls, which is a cent when they came
    /// to eight million dollars. That is the bound for errors that all point one way; in fact they cancel, and what is
    /// left is smaller by the square root of n.
    pub(crate) fn cost(&self, leaves: &Leaves) -> Option<f64> {
        let rates = self.rates(leaves.input_total);
        let input = amount(rates.input.as_ref(), &leaves.input)?;
        let output = amount(rates.output.as_ref(), &leaves.output)?;
        Some((input + output) / TOKENS_OF_A_RATE + self.per_request)
    }

    fn rates(&self, input_total: f64) -> &Rates {
        self.bands.iter().rev().find(|band| input_total > band.above).map_or(&self.base, |band| &band.rates)
    }
}

fn amount<const N: usize>(rates: Option<&[f64; N]>, tokens: &[f64; N]) -> Option<f64> {
    match rates {
        Some(rates) => Some(rates.iter().zip(tokens).map(|(rate, tokens)| rate * tokens).sum()),
        None => tokens.iter().all(|tokens| *tokens == 0.0).then_some(0.0),
    }
}

#[cfg(test)]
mod tests {
    use tachograph_core::Usage;

    use super::*;

    fn table() -> Table {
        let rates = |factor: f64| Rates {
            input: Some([2.0, 0.5, 2.5, 4.0, 10.0].map(|rate| rate * factor)),
            output: Some([8.0, 9.0, 20.0].map(|rate| rate * factor)),
        };
        Table {
            per_request: 0.005,
            base: rates(1.0),
            bands: Box::new([
                Band { above: 200_000.0, rates: rates(2.0) },
                Band { above: 500_000.0, rates: rates(3.0) },
            ]),
        }
    }

    #[test]
    fn every_kind_has_its_rate() {
        let usage = Usage::new(1_000_000, 0);
        let million = |usage: Usage| (table().cost(&Leaves::of(&usage)).unwrap() - 0.005) / 3.0;
        assert!((million(usage) - 2.0).abs() < 1e-12);
        assert!((million(usage.with_cache_read(1_000_000)) - 0.5).abs() < 1e-12);
        assert!((million(usage.with_cache_write(1_000_000)) - 2.5).abs() < 1e-12);
        assert!((million(usage.with_cache_write_1h(1_000_000)) - 4.0).abs() < 1e-12);
        assert!((million(usage.with_input_audio(1_000_000)) - 10.0).abs() < 1e-12);
        let spoken = |usage: Usage| table().cost(&Leaves::of(&usage)).unwrap() - 0.005;
        let usage = Usage::new(0, 1_000_000);
        assert!((spoken(usage) - 8.0).abs() < 1e-12);
        assert!((spoken(usage.with_reasoning(1_000_000)) - 9.0).abs() < 1e-12);
        assert!((spoken(usage.with_output_audio(1_000_000)) - 20.0).abs() < 1e-12);
    }

    #[test]
    fn a_band_begins_above_its_threshold_and_holds_for_all_tokens() {
        let cost = |input: u64| table().cost(&Leaves::of(&Usage::new(input, 0))).unwrap() - 0.005;
        assert!((cost(200_000) - 0.4).abs() < 1e-12);
        assert!((cost(200_001) - 0.800_004).abs() < 1e-12);
        assert!((cost(500_001) - 3.000_006).abs() < 1e-12);
    }

    #[test]
    fn a_direction_without_a_price_has_no_cost_unless_it_has_no_tokens() {
        let table = Table { base: Rates { input: Some([1.0; 5]), output: None }, ..Table::default() };
        assert_eq!(table.cost(&Leaves::of(&Usage::new(1_000_000, 0))), Some(1.0));
        assert_eq!(table.cost(&Leaves::of(&Usage::new(1_000_000, 1))), None);
    }
}
