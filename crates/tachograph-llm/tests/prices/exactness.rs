//! Costs that are added up for a long time.

use tachograph_core::{Billed, Pricing as _, Usage};
use tachograph_llm::Prices;

use crate::random::Random;

const CALLS: usize = 10_000_000;

/// Rates in 1e-12 dollars for a token, which is 1e-6 dollars for a million.
struct Exact {
    input: i128,
    cache_read: i128,
    output: i128,
}

const EXACT: Exact = Exact { input: 2_750_000, cache_read: 137_500, output: 16_515_123 };

fn prices() -> Prices {
    let text = "[provider.mine.model.m]\ninput = 2.75\ncache_read = 0.1375\noutput = 16.515123\n";
    Prices::without_data().with_toml(text).unwrap()
}

/// What a counter does with ten million costs, against whole numbers.
#[test]
fn a_sum_of_ten_million_costs_is_right_to_the_cent() {
    let prices = prices();
    let mut random = Random(0xC0575);
    // Agents: long inputs, mostly cached. As many different ones as fit into a cache, over and over: what is under test is the sum.
    let calls: Vec<(f64, i128)> = (0..4_096)
        .map(|_| {
            let input = random.below(200_000);
            let (read, output) = (random.below(input + 1), random.below(8_000));
            let usage = Usage::new(input, output).with_cache_read(read);
            let cost = prices.cost_usd(&Billed::new("mine", "m", usage)).unwrap();
            let exact = i128::from(input - read) * EXACT.input
                + i128::from(read) * EXACT.cache_read
                + i128::from(output) * EXACT.output;
            assert!((cost - exact as f64 / 1e12).abs() < 1e-15, "{cost} is not {exact}");
            (cost, exact)
        })
        .collect();
    let (mut sum, mut exact) = (0.0_f64, 0_i128);
    let mut called = 0;
    while called < CALLS {
        for (cost, whole) in &calls {
            sum += cost;
            exact += whole;
        }
        called += calls.len();
    }
    // Whole dollars and the rest apart: a sum of millions has fewer digits behind the point than the comparison needs.
    let difference = (sum - (exact / 1_000_000_000_000) as f64) - (exact % 1_000_000_000_000) as f64 / 1e12;
    assert!(sum > 1e6, "{sum}");
    assert!(difference.abs() < 0.01, "off by {difference} dollars");
}
