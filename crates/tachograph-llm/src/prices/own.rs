//! The user's own prices, which go before the published ones.

mod read;
mod section;

use std::collections::HashMap;

use super::{
    leaves::{input, output},
    provider,
    table::{Band, Rates, Table},
};

/// The prices of one TOML document.
#[derive(Debug, Default)]
pub(crate) struct Own {
    /// By the provider's name in lower case.
    providers: HashMap<String, Provider>,
}

#[derive(Debug, Default)]
struct Provider {
    /// What of the published prices is paid.
    factor: Option<f64>,
    /// By whole names.
    models: HashMap<String, Model>,
    /// By beginnings of names, the longest first.
    beginnings: Vec<(String, Model)>,
}

#[derive(Debug)]
struct Model {
    standard: Scale,
    tiers: HashMap<String, Scale>,
    batch: Option<Scale>,
}

/// Rates, and others above some input.
#[derive(Clone, Debug, Default, PartialEq)]
struct Scale {
    rates: Partial,
    above: Vec<(f64, Partial)>,
}

/// The rates that were given: US dollars for a million tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Partial {
    input: [Option<f64>; input::COUNT],
    output: [Option<f64>; output::COUNT],
    per_request: Option<f64>,
}

impl Own {
    /// The table of the first of some names: whole names go before beginnings.
    pub(crate) fn table<'a>(
        &self,
        provider: &str,
        names: impl Iterator<Item = &'a str> + Clone,
        tier: Option<&str>,
        batch: bool,
    ) -> Option<Table> {
        let provider = self.provider(provider)?;
        let by_beginning =
            |name: &str| provider.beginnings.iter().find(|(start, _)| name.starts_with(start)).map(|(_, model)| model);
        let mut exactly = names.clone().filter_map(|name| provider.models.get(name));
        let model = exactly.next().or_else(|| names.clone().find_map(by_beginning))?;
        Some(model.scale(tier, batch).table())
    }

    pub(crate) fn factor(&self, provider: &str) -> Option<f64> {
        self.provider(provider)?.factor
    }

    /// By the name itself, otherwise by the one that the data has for it, otherwise by another name for the same.
    fn provider(&self, name: &str) -> Option<&Provider> {
        let name = name.to_ascii_lowercase();
        let named = |name: &str| self.providers.get(name);
        let same = || {
            let mut others: Vec<_> =
                self.providers.iter().filter(|(other, _)| provider::id(other) == provider::id(&name)).collect();
            others.sort_by_key(|(other, _)| *other);
            others.first().map(|(_, provider)| *provider)
        };
        named(&name).or_else(|| named(provider::id(&name))).or_else(same)
    }
}

impl Model {
    /// The rates of a tier stand over the standard ones, and those of batches over both.
    fn scale(&self, tier: Option<&str>, batch: bool) -> Scale {
        let tier = tier.and_then(|tier| self.tiers.get(&tier.to_ascii_lowercase()));
        let batch = self.batch.as_ref().filter(|_| batch);
        [tier, batch].into_iter().flatten().fold(self.standard.clone(), |below, scale| scale.over(&below))
    }
}

impl Scale {
    /// Thresholds are not taken over: those of standard rates say nothing about others.
    fn over(&self, below: &Self) -> Self {
        Self { rates: self.rates.over(&below.rates), above: self.above.clone() }
    }

    fn table(&self) -> Table {
        let mut rates = self.rates;
        let bands = self.above.iter().map(|(above, partial)| {
            rates = partial.over(&rates);
            Band { above: *above, rates: rates.complete() }
        });
        Table {
            per_request: self.rates.per_request.unwrap_or(0.0),
            bands: bands.collect(),
            base: self.rates.complete(),
        }
    }
}

impl Partial {
    fn over(&self, below: &Self) -> Self {
        Self {
            input: std::array::from_fn(|kind| self.input[kind].or(below.input[kind])),
            output: std::array::from_fn(|kind| self.output[kind].or(below.output[kind])),
            per_request: self.per_request.or(below.per_request),
        }
    }

    /// A part without a rate of its own is paid as what it is a part of.
    fn complete(&self) -> Rates {
        let of = self.input;
        let input = of[input::PLAIN].map(|plain| {
            let write = of[input::CACHE_WRITE].unwrap_or(plain);
            [
                plain,
                of[input::CACHE_READ].unwrap_or(plain),
                write,
                of[input::CACHE_WRITE_1H].unwrap_or(write),
                of[input::AUDIO].unwrap_or(plain),
            ]
        });
        let output = self.output[output::PLAIN].map(|plain| self.output.map(|rate| rate.unwrap_or(plain)));
        Rates { input, output }
    }
}
