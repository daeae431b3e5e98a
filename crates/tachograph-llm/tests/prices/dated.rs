//! Prices that change while the program runs.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use tachograph_core::{Billed, Pricing as _, Usage};
use tachograph_llm::Prices;

use crate::{assert_close, at};

/// One model: dear from 08:30 to 16:30:20, with other rates above 1000 tokens from the 2nd of January 2030 on.
const DATA: &str = r#"[{"id": "acme", "name": "Acme", "api_pattern": "acme", "models": [
    {"id": "hours", "match": {"equals": "hours"}, "prices": [
        {"prices": {"input_mtok": 1, "output_mtok": 2}},
        {"constraint": {"start_time": "08:30:00Z", "end_time": "16:30:20Z"}, "prices": {"input_mtok": 3, "output_mtok": 2}}]},
    {"id": "days", "match": {"equals": "days"}, "prices": [
        {"prices": {"input_mtok": 1, "output_mtok": 2}},
        {"constraint": {"start_date": "2030-01-02"},
         "prices": {"input_mtok": {"base": 1, "tiers": [{"start": 1000, "price": 5}]}, "output_mtok": 2}}]},
    {"id": "moves", "match": {"equals": "moves"}, "prices": [
        {"prices": {"input_mtok": {"base": 1, "tiers": [{"start": 1000, "price": 5}]}}},
        {"constraint": {"start_date": "2030-01-02"},
         "prices": {"input_mtok": {"base": 1, "tiers": [{"start": 1003, "price": 5}]}}}]},
    {"id": "soon", "match": {"equals": "soon"}, "prices": [
        {"prices": {}}, {"constraint": {"start_date": "2030-01-02"}, "prices": {"input_mtok": 4}}]}
]}]"#;

/// 2030-01-01 00:00:00 UTC.
const NEW_YEAR: u64 = 1_893_456_000;
const DAY: u64 = 86_400;

fn prices() -> (Prices, Arc<AtomicU64>) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&file, DATA).unwrap();
    let now = Arc::new(AtomicU64::new(NEW_YEAR));
    let clock = Arc::clone(&now);
    let prices = Prices::without_data().with_data_file(file.path()).unwrap();
    (prices.with_clock(move || at(clock.load(Ordering::Relaxed))), now)
}

fn million(prices: &Prices, model: &str) -> Option<f64> {
    prices.cost_usd(&Billed::new("acme", model, Usage::new(1_000_000, 0)))
}

#[test]
fn a_price_by_the_hour_changes_at_its_second() {
    let (prices, now) = prices();
    let begins = NEW_YEAR + 8 * 3_600 + 30 * 60;
    let ends = NEW_YEAR + 16 * 3_600 + 30 * 60 + 20;
    let cost_at = |time: u64| {
        now.store(time, Ordering::Relaxed);
        million(&prices, "hours")
    };
    // Every second around both changes, so that a table is always one that was just confirmed.
    for time in (begins - 130..begins + 130).chain(ends - 130..ends + 130) {
        let expected = if (begins..ends).contains(&time) { 3.0 } else { 1.0 };
        assert_close(cost_at(time), expected);
    }
    assert_close(cost_at(begins), 3.0);
    assert_close(cost_at(begins - 1), 1.0);
}

#[test]
fn a_threshold_that_is_new_is_seen() {
    let (prices, now) = prices();
    let cost = |input: u64| prices.cost_usd(&Billed::new("acme", "days", Usage::new(input, 0)));
    assert_close(cost(1_000_000), 1.0);
    now.store(NEW_YEAR + DAY - 1, Ordering::Relaxed);
    assert_close(cost(1_000_000), 1.0);
    now.store(NEW_YEAR + DAY, Ordering::Relaxed);
    assert_close(cost(1_000_000), 5.0);
    assert_close(cost(1_000), 0.001);
    assert_close(cost(1_001), 0.005_005);
}

#[test]
fn a_threshold_that_moves_is_followed() {
    let (prices, now) = prices();
    let cost = |input: u64| prices.cost_usd(&Billed::new("acme", "moves", Usage::new(input, 0)));
    assert_close(cost(1_001), 0.005_005);
    now.store(NEW_YEAR + DAY, Ordering::Relaxed);
    assert_close(cost(1_003), 0.001_003);
    assert_close(cost(1_004), 0.005_02);
}

#[test]
fn a_model_without_a_price_gets_one_when_it_has_one() {
    let (prices, now) = prices();
    assert_eq!(million(&prices, "soon"), None);
    now.store(NEW_YEAR + DAY + 60, Ordering::Relaxed);
    assert_close(million(&prices, "soon"), 4.0);
}

#[test]
fn a_clock_that_goes_back_has_the_prices_of_its_time() {
    let (prices, now) = prices();
    now.store(NEW_YEAR + DAY, Ordering::Relaxed);
    assert_close(million(&prices, "days"), 5.0);
    now.store(NEW_YEAR, Ordering::Relaxed);
    assert_close(million(&prices, "days"), 1.0);
}

#[test]
fn a_clock_before_the_epoch_has_the_oldest_prices() {
    let (prices, _) = prices();
    let before = std::time::SystemTime::UNIX_EPOCH - std::time::Duration::from_secs(9);
    let prices = prices.with_clock(move || before);
    assert_close(million(&prices, "days"), 1.0);
}
