//! Metrics in Prometheus, as dashboards and alerts ask for them.

use std::time::{Duration, Instant};

use tests::components::{Prometheus, exposition::Sample};

use crate::{asked::Asked, service::Service};

/// The only number of an answer.
fn only(found: &[Sample]) -> f64 {
    assert_eq!(found.len(), 1, "{found:?}");
    found[0].value
}

fn is(value: f64) -> impl Fn(&[Sample]) -> bool {
    move |found| matches!(found, [sample] if sample.value == value)
}

#[test]
fn prometheus_answers_queries_over_both_families_of_names() {
    let service = Service::start(&[]);
    let Some(prometheus) = Prometheus::start(&[service.address()], "/monitoring/metrics", "") else { return };
    // Increase is seen from the second value of a series on.
    let mut asked = Asked::default();
    asked.ask(&service, "What is helium used for?");
    prometheus.wait_until("sum(agent_executions_total)", is(1.0));
    let mut slowest = Duration::ZERO;
    for question in ["What is helium used for?", "What is 12 * (3 + 4)?", "What is this?"] {
        let start = Instant::now();
        asked.ask(&service, question);
        // The service is done with a request a moment after its client.
        service.scrape_after(asked.requests());
        slowest = slowest.max(start.elapsed());
    }
    prometheus.wait_until("sum(http_requests_total)", is(4.0));
    prometheus.wait_until("count_over_time(up[5m])", |found| only(found) >= 8.0);

    let by_type = prometheus.query("sum by (type) (agent_executions_total)");
    assert_eq!((by_type[0].labels["type"].as_str(), only(&by_type)), ("researcher", 4.0));
    let by_agent = prometheus.query("sum by (gen_ai_agent_name) (gen_ai_invoke_agent_duration_seconds_count)");
    assert_eq!((by_agent[0].labels["gen_ai_agent_name"].as_str(), only(&by_agent)), ("researcher", 4.0));

    let (input, output) = asked.tokens();
    for (query, expected) in [
        ("sum(llm_tokens_used_total{type=\"input\"})", input),
        ("sum(gen_ai_client_token_usage_sum{gen_ai_token_type=\"output\"})", output),
        ("sum(tool_executions_total{tool_name=\"search\",status=\"success\"})", 2.0),
        ("cache_hits_total / (cache_hits_total + cache_misses_total)", 0.5),
        // The same stream under two names.
        ("sum(http_requests_total) - sum(http_server_request_duration_seconds_count)", 0.0),
        ("sum(llm_request_duration_seconds_sum) - sum(gen_ai_client_operation_duration_seconds_sum)", 0.0),
    ] {
        assert_eq!(only(&prometheus.query(query)), expected, "{query}");
    }

    for counter in ["agent_executions_total", "http_server_request_duration_seconds_count", "llm_requests_total"] {
        increases_by_its_steps(&prometheus, counter);
    }
    for histogram in ["http_server_request_duration_seconds", "http_request_duration_seconds"] {
        slowest_is_the_quantile(&prometheus, histogram, slowest.as_secs_f64());
    }
    assert_eq!(only(&prometheus.query("scrape_samples_scraped - scrape_samples_post_metric_relabeling")), 0.0);
    assert_eq!(prometheus.refused(), [""; 0]);
}

/// `increase` extrapolates to the ends of its range, by one interval between scrapes at most, and `rate` is its part per second.
fn increases_by_its_steps(prometheus: &Prometheus, counter: &str) {
    // At one moment, for scrapes go on.
    let steps = format!("sum(max_over_time({counter}[5m]) - min_over_time({counter}[5m]))");
    let found = prometheus.query(&format!("sum(increase({counter}[5m])) / {steps}"));
    let factor = only(&found);
    assert!((1.0..1.5).contains(&factor), "{counter} increased {factor} times as much as it did");
    let rate = prometheus.query(&format!("sum(increase({counter}[5m])) - 300 * sum(rate({counter}[5m]))"));
    assert!(only(&rate).abs() < 1e-6, "{counter}: {rate:?}");
    let counted = only(&prometheus.query(&steps));
    assert!(counted >= 3.0, "{counter} took {counted} steps");
}

/// Of three requests the slowest is the 95th percentile. It took no longer than until it was recorded, and more than the two calls of
/// 20 ms to the model; Prometheus knows it as exactly as its bucket is wide.
fn slowest_is_the_quantile(prometheus: &Prometheus, histogram: &str, recorded_after: f64) {
    let buckets = prometheus.query(&format!("count by (le) ({histogram}_bucket)"));
    let bounds: Vec<f64> = buckets.iter().map(|bucket| bucket.labels["le"].parse().unwrap()).collect();
    let lowest = bounds.iter().copied().filter(|bound| *bound < 0.04).fold(0.0, f64::max);
    let highest = bounds.iter().copied().filter(|bound| *bound >= recorded_after).fold(f64::INFINITY, f64::min);
    let query = format!("histogram_quantile(0.95, sum by (le) (rate({histogram}_bucket[5m])))");
    let quantile = only(&prometheus.query(&query));
    assert!(lowest < quantile && quantile <= highest, "{query} gave {quantile}, not within {lowest}..{highest}");
}
