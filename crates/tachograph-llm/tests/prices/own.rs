//! The user's prices.

use tachograph_core::{Billed, Pricing as _, Usage};
use tachograph_llm::{Prices, PricesError};

use crate::{NOON, assert_close, at};

fn own(text: &str) -> Prices {
    Prices::without_data().with_toml(text).unwrap()
}

fn over_published(text: &str) -> Prices {
    Prices::embedded().with_clock(|| at(NOON)).with_toml(text).unwrap()
}

fn cost(prices: &Prices, provider: &str, model: &str, usage: Usage) -> Option<f64> {
    prices.cost_usd(&Billed::new(provider, model, usage))
}

fn error(text: &str) -> String {
    Prices::without_data().with_toml(text).unwrap_err().to_string()
}

const MILLION: u64 = 1_000_000;
const INPUT: Usage = Usage::new(MILLION, 0);
const OUTPUT: Usage = Usage::new(0, MILLION);

const FULL: &str = r#"
note = "all there is"
[provider.mine]
note = "a provider"
[provider.mine.model.m]
note = "a model"
input = 2
cache_read = 0.5
cache_write = 2.5
cache_write_1h = 4.0
audio_input = 30.0
output = 8.0
reasoning = 9.0
audio_output = 60.0
per_request = 0.001
[[provider.mine.model.m.above]]
input_tokens = 200_000
input = 4
[[provider.mine.model.m.above]]
input_tokens = 500_000
output = 16
[provider.mine.model.m.tier.Flex]
note = "a tier"
input = 1
[[provider.mine.model.m.tier.Flex.above]]
input_tokens = 900_000
input = 1.5
[provider.mine.model.m.batch]
output = 4
"#;

#[test]
fn every_key_is_a_price() {
    let prices = own(FULL);
    let of = |usage: Usage| cost(&prices, "mine", "m", usage);
    let small = |usage: Usage| of(usage).map(|cost| (cost - 0.001) * 10.0);
    let tenth = Usage::new(MILLION / 10, 0);
    assert_close(small(tenth), 2.0);
    assert_close(small(tenth.with_cache_read(MILLION / 10)), 0.5);
    assert_close(small(tenth.with_cache_write(MILLION / 10)), 2.5);
    assert_close(small(tenth.with_cache_write_1h(MILLION / 10)), 4.0);
    assert_close(small(tenth.with_input_audio(MILLION / 10)), 30.0);
    assert_close(of(OUTPUT), 8.001);
    assert_close(of(OUTPUT.with_reasoning(MILLION)), 9.001);
    assert_close(of(OUTPUT.with_output_audio(MILLION)), 60.001);
}

#[test]
fn thresholds_change_what_they_name() {
    let prices = own(FULL);
    let of = |input: u64| cost(&prices, "mine", "m", Usage::new(input, MILLION));
    assert_close(of(200_000), 0.4 + 8.0 + 0.001);
    assert_close(of(200_001), 0.800_004 + 8.0 + 0.001);
    assert_close(of(500_001), 2.000_004 + 16.0 + 0.001);
}

#[test]
fn tiers_and_batches_stand_over_the_standard_rates() {
    let prices = own(FULL);
    let billed = Billed::new("mine", "m", Usage::new(800_000, MILLION));
    assert_close(prices.cost_usd(&billed), 3.2 + 16.0 + 0.001);
    assert_close(prices.cost_usd(&billed.with_service_tier("flex")), 0.8 + 8.0 + 0.001);
    assert_close(prices.cost_usd(&billed.with_service_tier("other")), 3.2 + 16.0 + 0.001);
    assert_close(prices.cost_usd(&billed.with_batch()), 1.6 + 4.0 + 0.001);
    assert_close(prices.cost_usd(&billed.with_service_tier("flex").with_batch()), 0.8 + 4.0 + 0.001);
    let large = Billed::new("mine", "m", INPUT).with_service_tier("FLEX");
    assert_close(prices.cost_usd(&large), 1.501);
}

#[test]
fn a_part_without_a_rate_is_paid_as_what_it_is_a_part_of() {
    let prices = own("[provider.mine.model.m]\ninput = 2\ncache_write = 3\noutput = 8\n");
    let of = |usage: Usage| cost(&prices, "mine", "m", usage);
    assert_close(of(INPUT.with_cache_read(MILLION)), 2.0);
    assert_close(of(INPUT.with_cache_write_1h(MILLION)), 3.0);
    assert_close(of(INPUT.with_input_audio(MILLION)), 2.0);
    assert_close(of(OUTPUT.with_reasoning(MILLION)), 8.0);
    assert_close(of(OUTPUT.with_output_audio(MILLION)), 8.0);
}

#[test]
fn a_direction_without_a_rate_has_no_price() {
    let prices = own("[provider.mine.model.embedder]\ninput = 2\n[provider.mine.model.free]\ninput = 0\noutput = 0\n");
    assert_close(cost(&prices, "mine", "embedder", INPUT), 2.0);
    assert_eq!(cost(&prices, "mine", "embedder", OUTPUT), None);
    assert_eq!(cost(&prices, "mine", "free", OUTPUT), Some(0.0));
    assert_eq!(cost(&prices, "mine", "other", INPUT), None);
}

#[test]
fn whole_names_go_before_beginnings_and_long_ones_before_short() {
    let text = r#"
        [provider.mine.model]
        "*" = { input = 1 }
        "qwen-*" = { input = 2 }
        "qwen-max*" = { input = 3 }
        "qwen-max-2" = { input = 4 }
    "#;
    let prices = own(text);
    let of = |model: &str| cost(&prices, "mine", model, INPUT);
    assert_eq!(
        ["llama", "qwen-", "qwen-max", "qwen-max-1", "qwen-max-2", "qwen-max-22"].map(of),
        [1.0, 2.0, 3.0, 3.0, 4.0, 3.0].map(Some)
    );
    let billed = Billed::new("mine", "qwen-max-2", INPUT).with_response_model("qwen-max-2-2026-01-01");
    assert_eq!(prices.cost_usd(&billed), Some(4.0), "the model that was asked for is meant by its whole name");
    let billed = Billed::new("mine", "llama", INPUT).with_response_model("qwen-max-1");
    assert_eq!(prices.cost_usd(&billed), Some(3.0), "the model that answered goes first");
}

#[test]
fn own_prices_go_before_published_ones() {
    let prices =
        over_published("[provider.openai]\nfactor = 0.5\n[provider.openai.model.\"gpt-4o\"]\ninput = 7\noutput = 1\n");
    assert_eq!(cost(&prices, "openai", "gpt-4o", INPUT), Some(7.0), "and have no factor");
    let dated = Billed::new("openai", "gpt-4o", INPUT).with_response_model("gpt-4o-2024-08-06");
    assert_eq!(prices.cost_usd(&dated), Some(7.0), "though the dated name has a published price");
    assert_close(cost(&prices, "openai", "gpt-4o-mini", INPUT), 0.075);
    assert_close(cost(&prices, "azure.ai.openai", "gpt-4o-mini", INPUT), 0.15);
}

#[test]
fn a_provider_goes_by_any_of_its_names() {
    let prices = own("[provider.google.model.g]\ninput = 3\n[provider.\"gcp.vertex_ai\".model.g]\ninput = 4\n");
    assert_eq!(cost(&prices, "gcp.gemini", "g", INPUT), Some(3.0));
    assert_eq!(cost(&prices, "gcp.vertex_ai", "g", INPUT), Some(4.0), "its own name goes first");
    assert_eq!(cost(&prices, "GCP.Vertex_AI", "g", INPUT), Some(4.0));
}

#[test]
fn other_currencies_are_counted_in_dollars() {
    let prices = own("currency = \"EUR\"\nusd_per_unit = 1.25\n[provider.mine.model.m]\ninput = 2\nper_request = 1\n");
    assert_close(cost(&prices, "mine", "m", INPUT), 3.75);
    assert_close(cost(&own("currency = \"usd\"\n[provider.mine.model.m]\ninput = 2\n"), "mine", "m", INPUT), 2.0);
    let prices = over_published("currency = \"EUR\"\nusd_per_unit = 1.25\n");
    assert_close(cost(&prices, "openai", "gpt-4o", INPUT), 2.5);
}

#[test]
fn own_prices_hold_before_the_embedded_ones_are_decoded() {
    let prices = Prices::embedded_in_background().with_toml("[provider.mine.model.m]\ninput = 2\n").unwrap();
    assert_eq!(cost(&prices, "mine", "m", INPUT), Some(2.0));
}

#[test]
fn errors_say_what_to_mend() {
    let of_model = |line: &str| error(&format!("[provider.\"gcp.gemini\".model.\"g-*\"]\n{line}\n"));
    let cases = [
        (error("curency = 1"), "`curency` is not known here; what is: currency, usd_per_unit, note, provider"),
        (error("currency = \"EUR\""), "`usd_per_unit` is missing"),
        (error("currency = \"EUR\"\nusd_per_unit = 0"), "`usd_per_unit` is 0"),
        (error("usd_per_unit = 1.1"), "`usd_per_unit` needs a `currency`"),
        (error("currency = 3"), "`currency` must be a text in quotes and is a number"),
        (error("[provider.\"a*\".model.m]\ninput = 1"), "`provider.\"a*\"` must be the name of one provider"),
        (error("[provider.a]\nfactor = -0.5"), "`provider.a.factor` is -0.5"),
        (error("[provider.a]\nfacto = 1"), "`provider.a.facto` is not known here"),
        (error("[provider.a.model.\"m*n\"]\ninput = 1"), "`provider.a.model.\"m*n\"` has a `*` that is not at its end"),
        (error("[provider.a.model]\nm = 1"), "`provider.a.model.m` must be a table and is a number"),
        (error("[provider.A.model.m]\ninput = 1\n[provider.a.model.m]\ninput = 1"), "`provider` has"),
        (of_model("inptu = 1\ninput = 2"), "`provider.\"gcp.gemini\".model.\"g-*\".inptu` is not known here"),
        (of_model("input = -2"), "`provider.\"gcp.gemini\".model.\"g-*\".input` is -2"),
        (of_model("input = nan"), "input` is NaN"),
        (of_model("input = inf"), "input` is inf"),
        (of_model("input = \"2\""), "input` must be a number and is a text"),
        (of_model("note = \"nothing\""), "needs `input` or `output`"),
        (of_model("output = 1\ncache_read = 2"), "cache_read` is the price of a part: `input` is missing"),
        (
            of_model("input = 1\nbatch = { reasoning = 2 }"),
            "batch.reasoning` is the price of a part: `output` is missing",
        ),
        (of_model("input = 1\nabove = [{ input = 2 }]"), "above.input_tokens` is missing"),
        (of_model("input = 1\nabove = { input = 2 }"), "above` must be a list"),
        (
            of_model("input = 1\nabove = [{ input_tokens = 2 }, { input_tokens = 2 }]"),
            "above.input_tokens` must be more than that of the one before",
        ),
        (
            of_model("input = 1\nabove = [{ input_tokens = 2, per_request = 1 }]"),
            "above.per_request` is not known here",
        ),
        (of_model("input = 1\ntier = { flex = { tier = 1 } }"), "tier.flex.tier` is not known here"),
    ];
    for (error, part) in cases {
        assert!(error.contains(part), "{error} does not say {part}");
        assert!(error.starts_with("prices: the TOML text: "), "{error}");
    }
    assert!(matches!(Prices::without_data().with_toml("x = "), Err(PricesError::Syntax { .. })));
    assert!(matches!(Prices::without_data().with_toml("[a]\n[a]"), Err(PricesError::Syntax { .. })));
}
