//! Whose price a call has.

use tachograph_core::{Billed, Pricing as _, Usage};
use tachograph_llm::Prices;

use crate::{NOON, assert_close, at};

fn prices() -> Prices {
    Prices::embedded().with_clock(|| at(NOON))
}

fn million(provider: &str, model: &str) -> Option<f64> {
    prices().cost_usd(&Billed::new(provider, model, Usage::new(1_000_000, 0)))
}

#[test]
fn the_conventions_names_of_providers_are_known() {
    let known = [
        ("openai", "gpt-4o"),
        ("anthropic", "claude-sonnet-4-5-20250929"),
        ("aws.bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0"),
        ("azure.ai.openai", "gpt-4o"),
        ("azure.ai.inference", "gpt-4o"),
        ("gcp.gemini", "models/gemini-2.5-flash"),
        ("gcp.gen_ai", "gemini-2.5-flash"),
        ("gcp.vertex_ai", "claude-sonnet-4-5@20250929"),
        ("mistral_ai", "mistral-large-latest"),
        ("x_ai", "grok-4.5"),
        ("moonshot_ai", "kimi-k2.6"),
        ("deepseek", "deepseek-chat"),
        ("groq", "llama-3.3-70b-versatile"),
        ("perplexity", "sonar"),
        ("cohere", "command-r-plus"),
        ("openrouter", "anthropic/claude-sonnet-4.5"),
        ("litellm", "anthropic/claude-sonnet-4-5"),
    ];
    for (provider, model) in known {
        assert!(million(provider, model).is_some_and(|cost| cost > 0.0), "{provider} {model}");
    }
}

#[test]
fn a_model_of_ones_own_machine_is_not_priced_like_a_clouds() {
    for provider in ["ollama", "vllm", "llama.cpp", "my-openai-proxy", "openai-compatible", "_OTHER", ""] {
        for model in ["gpt-4o", "llama-3.3-70b-versatile", "deepseek-chat", "openai/gpt-4o"] {
            assert_eq!(million(provider, model), None, "{provider} {model}");
        }
    }
    assert_eq!(million("litellm", "gpt-4o"), None, "LiteLLM does not say whose it is");
    assert_eq!(million("litellm", "ollama/llama3"), None);
}

#[test]
fn a_model_of_another_provider_has_no_price() {
    assert_eq!(million("openai", "claude-sonnet-4-5"), None);
    assert_eq!(million("anthropic", "gpt-4o"), None);
    assert_eq!(million("openai", "no-such-model"), None);
    assert_eq!(million("openai", ""), None);
}

#[test]
fn a_model_without_rates_has_no_price_and_a_free_one_costs_nothing() {
    // The data lists both without a single rate.
    assert_eq!(million("google", "gemma-3"), None);
    assert_eq!(million("openrouter", "deepseek/deepseek-r1:free"), Some(0.0));
}

#[test]
fn the_model_that_answered_goes_before_the_one_that_was_asked_for() {
    let prices = prices();
    let usage = Usage::new(1_000_000, 0);
    let cost = |billed: Billed<'_>| prices.cost_usd(&billed);
    let (mini, large) = (million("openai", "gpt-4o-mini").unwrap(), million("openai", "gpt-4o").unwrap());
    assert!(mini < large);
    let asked = Billed::new("openai", "gpt-4o", usage);
    assert_eq!(cost(asked.with_response_model("gpt-4o-mini-2024-07-18")), Some(mini));
    assert_eq!(cost(asked.with_response_model("deployment-7")), Some(large));
    assert_eq!(cost(Billed::new("openai", "deployment-7", usage).with_response_model("gpt-4o")), Some(large));
}

#[test]
fn tier_and_batch_have_their_rates() {
    let prices = prices();
    let billed = Billed::new("openai", "o3", Usage::new(1_000_000, 1_000_000));
    assert_close(prices.cost_usd(&billed), 10.0);
    assert_close(prices.cost_usd(&billed.with_service_tier("default")), 10.0);
    assert_close(prices.cost_usd(&billed.with_service_tier("flex")), 5.0);
    assert_close(prices.cost_usd(&billed.with_service_tier("FLEX")), 5.0);
    assert_close(prices.cost_usd(&billed.with_service_tier("unheard-of")), 10.0);
    assert_close(prices.cost_usd(&billed.with_batch()), 5.0);
}

#[test]
fn what_is_there_is_priced() {
    let prices = prices();
    let cost = |model: &str, usage: Usage| prices.cost_usd(&Billed::new("openai", model, usage));
    let mut input = Usage::default();
    input.input = Some(1_000_000);
    let mut output = Usage::default();
    output.output = Some(1_000_000);
    assert_close(cost("gpt-4o", input), 2.5);
    assert_close(cost("gpt-4o", output), 10.0);
    assert_close(cost("gpt-4o", Usage::default().with_cache_read(1_000_000)), 1.25);
    assert_close(cost("gpt-4o", Usage::default().with_reasoning(1_000_000)), 10.0);
    assert_eq!(cost("gpt-4o", Usage::new(0, 0)), Some(0.0));
    assert_eq!(cost("gpt-4o", Usage::default()), None, "nothing is known");
    assert_close(cost("text-embedding-3-small", input), 0.02);
    assert_close(cost("text-embedding-3-small", Usage::new(1_000_000, 0)), 0.02);
    assert_eq!(cost("text-embedding-3-small", Usage::new(1, 1)), None, "its output has no price");
}

#[test]
fn parts_larger_than_their_whole_are_cut_to_it() {
    let prices = prices();
    let usage = Usage::new(1_000_000, 0).with_cache_read(u64::MAX).with_cache_write(7);
    assert_close(prices.cost_usd(&Billed::new("openai", "gpt-4o", usage)), 1.25);
}

#[test]
fn a_request_has_its_fee() {
    let cost = prices().cost_usd(&Billed::new("perplexity", "sonar", Usage::new(0, 0)));
    assert!(cost.is_some_and(|fee| fee > 0.001), "{cost:?}");
}

#[test]
fn names_of_any_length_and_number_are_answered() {
    let prices = prices();
    let usage = Usage::new(1_000_000, 0);
    for index in 0..3_000 {
        assert_eq!(prices.cost_usd(&Billed::new("nobody", &format!("made-up-{index}"), usage)), None);
    }
    assert_eq!(prices.cost_usd(&Billed::new("openai", &"gpt-4o".repeat(10_000), usage)), None);
    assert_close(prices.cost_usd(&Billed::new("openai", "gpt-4o", usage)), 2.5);
}
