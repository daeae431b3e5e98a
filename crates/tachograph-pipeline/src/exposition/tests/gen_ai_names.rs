//! Classic names of calls to models, whichever names these are recorded under.

use tachograph_core::semconv::{attribute as a, metric as m, value as v};

use super::*;

/// The attributes of a call to one model, and one more.
fn model(more: impl IntoIterator<Item = KeyValue>) -> Vec<KeyValue> {
    let mut attributes =
        vec![KeyValue::new(a::GEN_AI_PROVIDER_NAME, "openai"), KeyValue::new(a::GEN_AI_REQUEST_MODEL, "gpt-4o")];
    attributes.extend(more);
    attributes
}

fn record(meter: &Meter, instrument: &'static str, seconds: f64) {
    let histogram = meter.f64_histogram(instrument).with_unit("s").with_description("D.").build();
    histogram.record(seconds, &model([]));
}

fn count(meter: &Meter, instrument: &'static str, modality: &'static str, tokens: u64) {
    let counter = meter.u64_counter(instrument).with_unit("{token}").with_description("D.").build();
    counter.add(tokens, &model([KeyValue::new(a::GEN_AI_TOKEN_MODALITY, modality)]));
}

fn record_tokens(meter: &Meter, instrument: &'static str, tokens: u64, more: impl IntoIterator<Item = KeyValue>) {
    let histogram = meter.u64_histogram(instrument).with_unit("{token}").with_description("D.").build();
    histogram.record(tokens, &model(more));
}

fn record_latest(meter: &Meter) {
    record(meter, m::INFERENCE_DURATION, 1.5);
    record(meter, m::INFERENCE_DURATION, 2.5);
    record(meter, m::EMBEDDINGS_DURATION, 1.0);
    count(meter, m::USAGE_INPUT_TOKENS, v::UNKNOWN, 90);
    count(meter, m::USAGE_INPUT_TOKENS, v::AUDIO, 10);
    count(meter, m::USAGE_OUTPUT_TOKENS, v::UNKNOWN, 20);
    // A part of the input and a second view of it, which add nothing.
    count(meter, m::USAGE_CACHE_READ, v::UNKNOWN, 50);
    record_tokens(meter, m::INFERENCE_INPUT_TOKENS, 100, []);
    record_tokens(meter, m::EMBEDDINGS_INPUT_TOKENS, 7, []);
}

fn record_established(meter: &Meter) {
    for seconds in [1.5, 2.5, 1.0] {
        record(meter, m::LLM_DURATION, seconds);
    }
    for (kind, tokens) in [(v::INPUT, 100), (v::OUTPUT, 20), (v::INPUT, 7)] {
        record_tokens(meter, m::LLM_TOKEN_USAGE, tokens, [KeyValue::new(a::GEN_AI_TOKEN_TYPE, kind)]);
    }
}

/// The lines of the classic families of calls to models.
fn classic(text: &str) -> Vec<&str> {
    text.lines()
        .filter(|line| line.trim_start_matches("# HELP ").trim_start_matches("# TYPE ").starts_with("llm_"))
        .collect()
}

fn scraped(record: impl FnOnce(&Fixture)) -> String {
    let mut fixture = Fixture::new();
    record(&fixture);
    let (text, dropped) = fixture.encode(with_classic());
    promtool(&text);
    assert_eq!(dropped.total(), 0);
    text
}

#[test]
fn classic_names_are_the_same_under_all_names() {
    let established = scraped(|fixture| record_established(&fixture.meter()));
    let labels = "provider=\"openai\",model=\"gpt-4o\"";
    for line in [
        format!("llm_requests_total{{{labels},status=\"success\"}} 3"),
        format!("llm_request_duration_seconds_sum{{{labels}}} 5"),
        format!("llm_tokens_used_total{{{labels},type=\"input\"}} 107"),
        format!("llm_tokens_used_total{{{labels},type=\"output\"}} 20"),
    ] {
        assert!(classic(&established).contains(&line.as_str()), "{line}\n{established}");
    }
    let latest = scraped(|fixture| record_latest(&fixture.meter()));
    assert_eq!(classic(&latest), classic(&established));
    let both = scraped(|fixture| {
        record_latest(&fixture.meter());
        record_established(&fixture.meter());
    });
    assert_eq!(classic(&both), classic(&established), "nothing is counted twice");
}

#[test]
fn a_library_with_the_latest_names_stands_beside_one_with_the_established() {
    let text = scraped(|fixture| {
        record_established(&fixture.provider.meter("one"));
        record_latest(&fixture.provider.meter("other"));
    });
    assert!((total(&text, "llm_requests_total", &[]) - 6.0).abs() < f64::EPSILON);
    assert!((total(&text, "llm_tokens_used_total", &["type=\"input\""]) - 214.0).abs() < f64::EPSILON);
}

/// A call without tokens is a 0 to the latest counters and nothing to the established histogram. Where both are recorded, the
/// series must not begin with the one and go on with the other.
#[test]
fn the_established_duration_alone_keeps_the_latest_tokens_out() {
    let text = scraped(|fixture| {
        record(&fixture.meter(), m::LLM_DURATION, 1.0);
        record(&fixture.meter(), m::INFERENCE_DURATION, 1.0);
        count(&fixture.meter(), m::USAGE_INPUT_TOKENS, v::UNKNOWN, 0);
    });
    assert!(!text.contains("llm_tokens_used_total"), "{text}");
    assert!((total(&text, "llm_requests_total", &[]) - 1.0).abs() < f64::EPSILON);
}

#[test]
fn classic_names_alone_stand_in_place_of_both() {
    let mut fixture = Fixture::new();
    record_latest(&fixture.meter());
    record_established(&fixture.meter());
    let text = fixture.text(Options { names: MetricNames::Classic, ..with_classic() });
    for gone in [
        "gen_ai_client_operation_duration_seconds",
        "gen_ai_client_token_usage",
        "gen_ai_client_inference_duration_seconds",
        "gen_ai_client_embeddings_duration_seconds",
        "gen_ai_client_inference_usage_input_tokens",
        "gen_ai_client_inference_usage_output_tokens",
    ] {
        assert!(!text.contains(gone), "{gone}\n{text}");
    }
    assert!(text.contains("gen_ai_client_inference_usage_cache_read_input_tokens_total"), "it has no classic name");
}

#[test]
fn the_cost_is_that_of_all_agents_and_sources() {
    let text = scraped(|fixture| {
        let cost = fixture.meter().f64_counter(m::LLM_COST).with_unit("USD").with_description("D.").build();
        let source = |source| KeyValue::new(a::LLM_COST_SOURCE, source);
        let agent = |name| KeyValue::new(a::GEN_AI_AGENT_NAME, name);
        cost.add(0.5, &model([source(v::COMPUTED)]));
        cost.add(0.25, &model([agent("researcher"), source(v::COMPUTED)]));
        cost.add(0.125, &model([agent("researcher"), source(v::PROVIDER)]));
        cost.add(2.0, &model([agent("writer"), source(v::CALLER)]));
    });
    let series: Vec<_> = text.lines().filter(|line| line.starts_with("llm_cost_usd_total{")).collect();
    assert_eq!(series, ["llm_cost_usd_total{provider=\"openai\",model=\"gpt-4o\"} 2.875"]);
}

#[test]
fn overflow_of_the_latest_names_says_what_it_still_knows() {
    let mut fixture = Fixture::with_view(|_| Stream::builder().with_cardinality_limit(1).build().ok());
    let counter = fixture.meter().u64_counter(m::USAGE_INPUT_TOKENS).with_unit("{token}").build();
    for name in ["a", "b", "c"] {
        counter.add(1, &[KeyValue::new(a::GEN_AI_REQUEST_MODEL, name)]);
    }
    let text = fixture.text(with_classic());
    assert!((total(&text, "llm_tokens_used_total", &["type=\"input\""]) - 3.0).abs() < f64::EPSILON);
    let overflow = "llm_tokens_used_total{type=\"input\",otel_metric_overflow=\"true\"}";
    assert!(samples(&text).contains_key(overflow), "{text}");
}
