//! What asking for a price takes.

#![allow(clippy::print_stdout, reason = "it is for reading")]

use std::{
    hint::black_box,
    time::{Duration, Instant, SystemTime},
};

use tachograph_core::{Billed, Pricing as _, Usage};
use tachograph_llm::Prices;

const USAGE: Usage = Usage::new(120_000, 900).with_cache_read(100_000).with_reasoning(300);

#[test]
fn a_price_that_is_known_takes_no_memory() {
    let prices = Prices::embedded();
    let billed = Billed::new("openai", "gpt-4o", USAGE).with_response_model("gpt-4o-2024-08-06");
    let first = prices.cost_usd(&billed);
    let taken = allocation_counter::measure(|| assert_eq!(prices.cost_usd(&billed), first));
    assert_eq!(taken.count_total, 0);
    let unknown = Billed::new("ollama", "llama3.2", USAGE);
    assert_eq!(prices.cost_usd(&unknown), None);
    let taken = allocation_counter::measure(|| assert_eq!(prices.cost_usd(&unknown), None));
    assert_eq!(taken.count_total, 0, "nor one that is known to be missing");
}

/// The middle and the best of many short runs: other programs are at work too.
fn time(mut work: impl FnMut()) -> (Duration, Duration) {
    const TIMES: u32 = 5_000;
    let mut runs: Vec<Duration> = (0..301)
        .map(|_| {
            let started = Instant::now();
            for _ in 0..TIMES {
                work();
            }
            started.elapsed() / TIMES
        })
        .collect();
    runs.sort_unstable();
    (runs[runs.len() / 2], runs[0])
}

/// `cargo test --features prices --test prices speed -- --ignored --nocapture`, in an optimised build.
#[test]
#[ignore = "says how long it takes"]
fn times() {
    let started = Instant::now();
    let prices = Prices::embedded();
    println!("decoding: {:?}", started.elapsed());
    let clock = time(|| _ = black_box(SystemTime::now()));
    println!("the clock alone: middle {:?}, best {:?}", clock.0, clock.1);
    let cases = [
        ("flat", Billed::new("openai", "gpt-4o", USAGE).with_response_model("gpt-4o-2024-08-06")),
        ("tiered", Billed::new("gcp.gemini", "gemini-2.5-pro", USAGE).with_service_tier("default")),
        ("openrouter", Billed::new("openrouter", "anthropic/claude-sonnet-4.5", USAGE)),
        ("unknown", Billed::new("ollama", "llama3.2", USAGE)),
    ];
    for (name, billed) in cases {
        let started = Instant::now();
        black_box(prices.cost_usd(&billed));
        let first = started.elapsed();
        let (middle, best) = time(|| _ = black_box(prices.cost_usd(black_box(&billed))));
        println!("{name}: first {first:?}, then {middle:?} in the middle, {best:?} at best");
    }
}
