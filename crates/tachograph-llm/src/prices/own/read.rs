//! Reads own prices from TOML.

use super::{Model, Own, Partial, Provider, Scale, section::Section};
use crate::prices::{
    PricesError,
    leaves::{input, output},
};

/// In the order of their places among the leaves.
const INPUT: [&str; input::COUNT] = ["input", "cache_read", "cache_write", "cache_write_1h", "audio_input"];
const OUTPUT: [&str; output::COUNT] = ["output", "reasoning", "audio_output"];

impl Own {
    /// Reads a document; `origin` names it in errors.
    pub(crate) fn parse(origin: &str, text: &str) -> Result<Self, PricesError> {
        let mut root = Section::parse(origin, text)?;
        root.text("note")?;
        let usd = usd_per_unit(&mut root)?;
        let mut own = Self::default();
        for (name, section) in root.named("provider")? {
            if name.contains('*') {
                return Err(
                    section.wrong_itself("must be the name of one provider: `*` stands at the end of models alone")
                );
            }
            let provider = provider(section, usd)?;
            if own.providers.insert(name.to_ascii_lowercase(), provider).is_some() {
                return Err(root.wrong("provider", &format!("has {name:?} twice, in capitals and not: leave one")));
            }
        }
        root.finish(&["currency", "usd_per_unit", "note", "provider"])?;
        Ok(own)
    }
}

fn usd_per_unit(root: &mut Section<'_>) -> Result<f64, PricesError> {
    let currency = root.text("currency")?;
    let is_usd = currency.as_deref().is_none_or(|currency| currency.eq_ignore_ascii_case("USD"));
    match root.number("usd_per_unit")? {
        None if is_usd => Ok(1.0),
        None => Err(root.wrong(
            "usd_per_unit",
            "is missing: costs are counted in US dollars, say how many one unit of `currency` is",
        )),
        Some(0.0) => Err(root.wrong("usd_per_unit", "is 0: write how many US dollars one unit of `currency` is")),
        #[allow(clippy::float_cmp, reason = "as it was written")]
        Some(rate) if is_usd && rate != 1.0 => {
            Err(root.wrong("usd_per_unit", "needs a `currency` that is not USD, or must go"))
        }
        Some(rate) => Ok(rate),
    }
}

fn provider(mut section: Section<'_>, usd: f64) -> Result<Provider, PricesError> {
    section.text("note")?;
    let mut provider = Provider { factor: section.number("factor")?, ..Provider::default() };
    for (name, section) in section.named("model")? {
        let beginning = name.strip_suffix('*');
        if beginning.unwrap_or(&name).contains('*') {
            return Err(section
                .wrong_itself("has a `*` that is not at its end: write the whole name, or its beginning and a `*`"));
        }
        let model = model(section, usd)?;
        match beginning {
            Some(beginning) => provider.beginnings.push((beginning.to_owned(), model)),
            None => drop(provider.models.insert(name, model)),
        }
    }
    provider.beginnings.sort_by_key(|(beginning, _)| std::cmp::Reverse(beginning.len()));
    section.finish(&["factor", "note", "model"])?;
    Ok(provider)
}

fn model(mut section: Section<'_>, usd: f64) -> Result<Model, PricesError> {
    section.text("note")?;
    let standard = scale(&mut section, usd)?;
    if standard.rates.input[input::PLAIN].is_none() && standard.rates.output[output::PLAIN].is_none() {
        return Err(section.wrong_itself("needs `input` or `output`; 0 is for what costs nothing"));
    }
    check(&section, &standard)?;
    let mut model = Model { standard, tiers: Default::default(), batch: None };
    for (name, tier) in section.named("tier")? {
        model.tiers.insert(name.to_ascii_lowercase(), variant(tier, usd, &model.standard)?);
    }
    if let Some(batch) = section.section("batch")? {
        model.batch = Some(variant(batch, usd, &model.standard)?);
    }
    section.finish(&known(&["note", "above", "tier", "batch"]))?;
    Ok(model)
}

/// The rates of a tier or of batches.
fn variant(mut section: Section<'_>, usd: f64, standard: &Scale) -> Result<Scale, PricesError> {
    section.text("note")?;
    let scale = scale(&mut section, usd)?;
    check(&section, &scale.over(standard))?;
    section.finish(&known(&["note", "above"]))?;
    Ok(scale)
}

fn scale(section: &mut Section<'_>, usd: f64) -> Result<Scale, PricesError> {
    let mut rates = partial(section, usd)?;
    rates.per_request = section.number("per_request")?.map(|fee| fee * usd);
    let mut above = Vec::new();
    for mut band in section.list("above")? {
        let Some(tokens) = band.number("input_tokens")? else {
            return Err(band.wrong("input_tokens", "is missing: say above how many tokens of input these rates hold"));
        };
        let rates = partial(&mut band, usd)?;
        if above.last().is_some_and(|(before, _)| *before >= tokens) {
            return Err(band.wrong("input_tokens", "must be more than that of the one before"));
        }
        above.push((tokens, rates));
        let rates = INPUT.iter().chain(&OUTPUT).copied();
        band.finish(&std::iter::once("input_tokens").chain(rates).collect::<Vec<_>>())?;
    }
    Ok(Scale { rates, above })
}

fn partial(section: &mut Section<'_>, usd: f64) -> Result<Partial, PricesError> {
    let mut partial = Partial::default();
    for (rate, name) in partial.input.iter_mut().zip(INPUT).chain(partial.output.iter_mut().zip(OUTPUT)) {
        *rate = section.number(name)?.map(|rate| rate * usd);
    }
    Ok(partial)
}

/// The price of a part says nothing without that of the whole.
fn check(section: &Section<'_>, scale: &Scale) -> Result<(), PricesError> {
    let mut rates = scale.rates;
    let bands = scale.above.iter().map(|(_, partial)| {
        rates = partial.over(&rates);
        rates
    });
    for rates in [scale.rates].into_iter().chain(bands) {
        for (names, given) in [(&INPUT[..], &rates.input[..]), (&OUTPUT[..], &rates.output[..])] {
            let part = names.iter().zip(given).find(|(_, rate)| rate.is_some());
            if let (Some((part, _)), None) = (part, given[0]) {
                return Err(section.wrong(part, &format!("is the price of a part: `{}` is missing", names[0])));
            }
        }
    }
    Ok(())
}

fn known(more: &[&'static str]) -> Vec<&'static str> {
    INPUT.iter().chain(&OUTPUT).copied().chain(["per_request"]).chain(more.iter().copied()).collect()
}
