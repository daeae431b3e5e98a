//! Every price there is, against whoever computes it the long way.

use std::sync::atomic::{AtomicUsize, Ordering};

use genai_prices::{Calculator, PriceRequest, UsageKey};
use tachograph_core::{Billed, Pricing as _, Usage};
use tachograph_llm::Prices;

use crate::{NOON, at, is_close, random::Random};

const USAGES: usize = 6;

/// A name by which the data knows one of its models: an id is not always one.
fn name_of(provider: &str, id: &str) -> Option<String> {
    let nothing = genai_prices::Usage::new();
    let names = [
        id.to_owned(),
        id.replace("regional.", "us."),
        format!("accounts/fireworks/models/{id}"),
        format!("accounts/fireworks/routers/{id}"),
        format!("{id}-latest"),
        id.replace("medium-3-1", "medium-2508"),
        format!("{id}-2024-08-06:tides::1"),
    ];
    names.into_iter().find(|name| {
        let request = PriceRequest::new(name, &nothing).with_provider_id(provider);
        Calculator::bundled().calculate(&request).is_ok_and(|price| price.model_id == id)
    })
}

#[derive(Clone, Copy, Debug)]
enum Way {
    Standard,
    Flex,
    Priority,
    Batch,
}

fn reported(usage: &Usage) -> genai_prices::Usage {
    let figures = [
        (UsageKey::INPUT_TOKENS, usage.input),
        (UsageKey::OUTPUT_TOKENS, usage.output),
        (UsageKey::CACHE_READ_TOKENS, usage.cache_read),
        (UsageKey::CACHE_WRITE_TOKENS, usage.cache_write),
        (UsageKey::CACHE_WRITE_1H_TOKENS, usage.cache_write_1h),
        (UsageKey::OUTPUT_REASONING_TOKENS, usage.reasoning),
        (UsageKey::INPUT_AUDIO_TOKENS, usage.input_audio),
        (UsageKey::OUTPUT_AUDIO_TOKENS, usage.output_audio),
    ];
    figures.into_iter().filter_map(|(key, tokens)| Some((key, tokens? as f64))).collect()
}

#[derive(Debug, Default)]
struct Tally {
    same: AtomicUsize,
    rejected: AtomicUsize,
    without_price: AtomicUsize,
}

fn compare(prices: &Prices, time: u64, provider: &str, model: &str, way: Way, usage: Usage, tally: &Tally) {
    let reported = reported(&usage);
    let mut request = PriceRequest::new(model, &reported).with_provider_id(provider).with_timestamp(at(time));
    let mut billed = Billed::new(provider, model, usage);
    match way {
        Way::Standard => {}
        Way::Flex | Way::Priority => {
            let tier = if matches!(way, Way::Flex) { "flex" } else { "priority" };
            request = request.with_price_context("service_tier", tier);
            billed = billed.with_service_tier(tier);
        }
        Way::Batch => {
            request = request.with_price_context("processing", "batch");
            billed = billed.with_batch();
        }
    }
    let ours = prices.cost_usd(&billed);
    let add = |counter: &AtomicUsize| _ = counter.fetch_add(1, Ordering::Relaxed);
    match (Calculator::bundled().calculate(&request), ours) {
        (Ok(theirs), Some(ours)) => {
            let same = is_close(theirs.total_price, ours);
            assert!(same, "{provider} {model} {way:?} {usage:?}: {theirs:?}, ours {ours}");
            add(&tally.same);
        }
        (Ok(theirs), None) => {
            // They say zero of what has no price.
            let unknown = |price: f64, tokens: Option<u64>| price == 0.0 && tokens != Some(0);
            let is_unknown = unknown(theirs.input_price, usage.input) || unknown(theirs.output_price, usage.output);
            assert!(
                is_unknown || usage.total() == Some(0),
                "{provider} {model} {way:?} {usage:?}: {theirs:?}, ours none"
            );
            add(&tally.without_price);
        }
        (Err(_), _) => add(&tally.rejected),
    }
}

#[test]
fn every_published_price_is_the_calculators() {
    let calculator = Calculator::bundled();
    let ids =
        calculator.providers().flat_map(|provider| provider.models().map(move |model| (provider.id(), model.id())));
    let (models, nameless): (Vec<_>, Vec<_>) =
        ids.map(|(provider, id)| (provider, id, name_of(provider, id))).partition(|(_, _, name)| name.is_some());
    assert!(models.len() > 2_000, "{}", models.len());
    assert!(nameless.is_empty(), "{nameless:?}");
    let tally = Tally::default();
    let half = |models: &[(&str, &str, Option<String>)], seed: u64| {
        let mut random = Random(seed);
        // Anew now and then: whatever is cached is copied for every model that is new.
        for models in models.chunks(64) {
            let prices = Prices::embedded().with_clock(|| at(NOON));
            for (provider, _, model) in models {
                let model = model.as_deref().unwrap();
                for way in [Way::Standard, Way::Flex, Way::Priority, Way::Batch] {
                    for _ in 0..USAGES {
                        compare(&prices, NOON, provider, model, way, random.usage(), &tally);
                    }
                }
            }
        }
    };
    std::thread::scope(|scope| {
        let (first, second) = models.split_at(models.len() / 2);
        scope.spawn(move || half(first, 0xD1FF));
        scope.spawn(move || half(second, 0xFFD1));
    });
    let (same, rejected, without) =
        (tally.same.into_inner(), tally.rejected.into_inner(), tally.without_price.into_inner());
    let all = models.len() * 4 * USAGES;
    assert_eq!(same + rejected + without, all);
    assert_eq!(rejected, 0, "of {all}");
    assert!(without * 7 < all, "{without} of {all} have no price");
}

#[test]
fn prices_by_the_hour_are_the_calculators_at_every_hour() {
    let deepseek = Calculator::bundled().find_provider(Some("deepseek"), None).unwrap().unwrap();
    let tally = Tally::default();
    let mut random = Random(7);
    for hour in 0..24 {
        let time = NOON + hour * 3_600 + 1_799;
        let prices = Prices::embedded().with_clock(move || at(time));
        for model in deepseek.models() {
            compare(&prices, time, "deepseek", model.id(), Way::Standard, random.usage(), &tally);
        }
    }
    assert!(tally.same.into_inner() > 100);
    assert_eq!(tally.rejected.into_inner(), 0);
}
