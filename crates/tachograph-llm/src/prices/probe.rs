//! Finds out the rates of a model by asking for the price of chosen usages: `genai-prices` computes, and does not show what with.
//!
//! A call is answered by a few multiplications then, instead of a search through hundreds of names for every one.

use std::time::{Duration, SystemTime};

use genai_prices::{Calculator, ErrorKind, PriceCalculation, PriceRequest, Usage, UsageKey};

use super::{
    leaves::{Leaves, input, output},
    table::{Band, Rates, TOKENS_OF_A_RATE, Table},
};

/// How long a table is used before it is compared with the data again, in seconds.
const RECHECK: u64 = 60;

/// No context is longer; what is asked above it is asked for the sake of the last band.
const LONGEST_INPUT: f64 = (1_u64 << 40) as f64;

/// Inputs between which thresholds are looked for: 1, some lengths of contexts, and an end. A price that changes between two
/// of them and changes back before the second would be missed.
fn inputs() -> impl Iterator<Item = f64> {
    let powers = (10..=22).step_by(2).map(|power| f64::from(1_u32 << power));
    std::iter::once(1.0).chain(powers).chain([LONGEST_INPUT])
}

/// Which prices are asked for.
#[derive(Clone, Copy)]
pub(crate) struct Question<'a> {
    pub(crate) calculator: &'a Calculator,
    /// The provider's id in the data.
    pub(crate) provider: &'a str,
    pub(crate) model: &'a str,
    pub(crate) tier: Option<&'a str>,
    pub(crate) batch: bool,
    /// When, in seconds since the Unix epoch: prices are dated, and some depend on the time of day.
    pub(crate) at: u64,
}

impl Question<'_> {
    /// The prices; `None` where the data has no such model, or no price for any token of it.
    pub(crate) fn table(&self) -> Option<Table> {
        let nothing = self.ask(&Usage::new()).ok()?;
        let priced = Priced {
            input: self.is_priced(UsageKey::CACHE_READ_TOKENS),
            output: self.is_priced(UsageKey::OUTPUT_REASONING_TOKENS),
        };
        if !priced.input && !priced.output {
            return free(&nothing);
        }
        let mut bands = self.thresholds()?.into_iter().map(|above| {
            let rates = self.rates(above + 1.0, priced)?;
            Some(Band { above, rates })
        });
        Some(Table {
            per_request: nothing.total_price,
            base: self.rates(1.0, priced)?,
            bands: bands.by_ref().collect::<Option<_>>()?,
        })
    }

    /// Until when `table` holds, which must be right now: a minute from now, or the second in which a price changes before that.
    pub(crate) fn valid_until(&self, table: Option<&Table>) -> u64 {
        let Some(table) = table else { return self.at.saturating_add(RECHECK) };
        let holds = |at: u64| Self { at, ..*self }.confirms(table);
        let (mut right, mut unknown) = (self.at, self.at.saturating_add(RECHECK));
        if holds(unknown) {
            return unknown;
        }
        while unknown - right > 1 {
            let middle = right.midpoint(unknown);
            if holds(middle) { right = middle } else { unknown = middle }
        }
        unknown
    }

    /// Whether the data still says what `table` says: at both ends of every band, with tokens of every kind.
    pub(crate) fn confirms(&self, table: &Table) -> bool {
        let ends = table.bands.iter().flat_map(|band| [band.above, band.above + 1.0]);
        [1.0, LONGEST_INPUT].into_iter().chain(ends).all(|tokens| {
            // Without output for a model that has no price for it, and the same for input.
            let leaves = priced_part(table, Leaves::mixed(tokens));
            let asked = self.ask(&reported(&leaves)).ok();
            asked.zip(table.cost(&leaves)).is_some_and(|(asked, ours)| is_same(asked.total_price, ours))
        })
    }

    fn ask(&self, usage: &Usage) -> genai_prices::Result<PriceCalculation> {
        let at = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(self.at)).unwrap_or(SystemTime::UNIX_EPOCH);
        let mut request = PriceRequest::new(self.model, usage).with_provider_id(self.provider).with_timestamp(at);
        if let Some(tier) = self.tier {
            request = request.with_price_context("service_tier", tier);
        }
        if self.batch {
            request = request.with_price_context("processing", "batch");
        }
        self.calculator.calculate(&request)
    }

    /// Whether there is a price for the whole that `part` is a part of. A usage with a part and no whole is refused exactly
    /// when there is; the amount does not tell, it is zero for what is free and for what has no price.
    fn is_priced(&self, part: UsageKey) -> bool {
        self.ask(&Usage::from([(part, 1.0)])).is_err_and(|error| error.kind() == ErrorKind::InvalidUsage)
    }

    /// Inputs above which another rate begins, the lowest first.
    fn thresholds(&self) -> Option<Vec<f64>> {
        let mut found = Vec::new();
        let mut low = (1.0, self.averages(1.0)?);
        for input in inputs().skip(1) {
            let high = (input, self.averages(input)?);
            while !is_same_pair(low.1, high.1) {
                let above = self.last_like(low, high.0)?;
                found.push(above);
                low = (above + 1.0, self.averages(above + 1.0)?);
            }
            low = high;
        }
        Some(found)
    }

    /// The last input before `high` that is paid as `low` is.
    fn last_like(&self, low: (f64, (f64, f64)), high: f64) -> Option<f64> {
        let (mut same, mut other) = (low.0, high);
        while other - same > 1.0 {
            let middle = f64::midpoint(same, other).floor();
            if is_same_pair(self.averages(middle)?, low.1) { same = middle } else { other = middle }
        }
        Some(same)
    }

    /// What a token of input and one of output cost on average, in a call with so many of each.
    fn averages(&self, tokens: f64) -> Option<(f64, f64)> {
        let price = self.ask(&reported(&Leaves::mixed(tokens))).ok()?;
        Some((price.input_price / tokens, price.output_price / tokens))
    }

    fn rates(&self, input_total: f64, priced: Priced) -> Option<Rates> {
        let mut rates = Rates {
            input: priced.input.then_some([0.0; input::COUNT]),
            output: priced.output.then_some([0.0; output::COUNT]),
        };
        for (kind, rate) in rates.input.iter_mut().flatten().enumerate() {
            let price = self.ask(&reported(&Leaves::of_input(kind, input_total))).ok()?;
            *rate = rate_of(price.input_price, input_total);
        }
        for (kind, rate) in rates.output.iter_mut().flatten().enumerate() {
            let price = self.ask(&reported(&Leaves::of_output(kind, TOKENS_OF_A_RATE, input_total))).ok()?;
            *rate = rate_of(price.output_price, TOKENS_OF_A_RATE);
        }
        Some(rates)
    }
}

/// What has a price at all.
#[derive(Clone, Copy)]
struct Priced {
    input: bool,
    output: bool,
}

/// The data has no price for a model that is free, and none for one whose price is unknown. Only a name that says so makes it free.
fn free(answer: &PriceCalculation) -> Option<Table> {
    let rates = Rates { input: Some([0.0; input::COUNT]), output: Some([0.0; output::COUNT]) };
    answer.model_id.ends_with(":free").then(|| Table { base: rates, ..Table::default() })
}

fn priced_part(table: &Table, mut leaves: Leaves) -> Leaves {
    if table.base.input.is_none() {
        leaves.input = [0.0; input::COUNT];
    }
    if table.base.output.is_none() {
        leaves.output = [0.0; output::COUNT];
    }
    leaves
}

/// Dollars for a million. Prices are written with a few decimals; the rounding of the way here is taken off again.
fn rate_of(price: f64, tokens: f64) -> f64 {
    const DECIMALS: f64 = 1e9;
    let rate = price / tokens * TOKENS_OF_A_RATE;
    let written = (rate * DECIMALS).round() / DECIMALS;
    if is_same(rate, written) { written } else { rate }
}

fn is_same(left: f64, right: f64) -> bool {
    (left - right).abs() <= 1e-11 * left.abs().max(right.abs())
}

fn is_same_pair(left: (f64, f64), right: (f64, f64)) -> bool {
    is_same(left.0, right.0) && is_same(left.1, right.1)
}

/// Leaves as a provider would report them. That no cached token was audio, and no reasoning, must be said: without it a usage with
/// both is refused where the overlap has a price of its own.
fn reported(leaves: &Leaves) -> Usage {
    let written = leaves.input[input::CACHE_WRITE] + leaves.input[input::CACHE_WRITE_1H];
    Usage::from([
        (UsageKey::INPUT_TOKENS, leaves.input_total),
        (UsageKey::CACHE_READ_TOKENS, leaves.input[input::CACHE_READ]),
        (UsageKey::CACHE_WRITE_TOKENS, written),
        (UsageKey::CACHE_WRITE_1H_TOKENS, leaves.input[input::CACHE_WRITE_1H]),
        (UsageKey::INPUT_AUDIO_TOKENS, leaves.input[input::AUDIO]),
        (UsageKey::CACHE_AUDIO_READ_TOKENS, 0.0),
        (UsageKey::CACHE_AUDIO_WRITE_TOKENS, 0.0),
        (UsageKey::CACHE_AUDIO_WRITE_5M_TOKENS, 0.0),
        (UsageKey::CACHE_AUDIO_WRITE_1H_TOKENS, 0.0),
        (UsageKey::OUTPUT_TOKENS, leaves.output_total()),
        (UsageKey::OUTPUT_REASONING_TOKENS, leaves.output[output::REASONING]),
        (UsageKey::OUTPUT_AUDIO_TOKENS, leaves.output[output::AUDIO]),
        (UsageKey::OUTPUT_AUDIO_REASONING_TOKENS, 0.0),
    ])
}
