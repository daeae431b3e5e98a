//! PromQL over what was recorded, and the answers.

use std::collections::BTreeMap;

use tests::components::Prometheus;

/// How the application's series are called in a Prometheus.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Names {
    /// `http_server_request_duration_seconds_count`
    Underscores,
    /// `http.server.request.duration_seconds_count`
    Utf8,
}

/// One question, in words for both kinds of names.
struct Query {
    underscores: &'static str,
    utf8: &'static str,
    /// Numbers by the values of the labels, which are in the order of the labels' names and joined by blanks.
    answer: &'static [(&'static str, f64)],
}

/// The same for classic names, which are the same everywhere.
const fn classic(promql: &'static str, answer: &'static [(&'static str, f64)]) -> Query {
    Query { underscores: promql, utf8: promql, answer }
}

const QUERIES: &[Query] = &[
    classic(
        "sum by (type, status) (agent_executions_total)",
        &[("error researcher", 1.0), ("success researcher", 1.0)],
    ),
    classic("sum(http_requests_total)", &[("", 4.0)]),
    classic("sum by (status) (llm_requests_total)", &[("error", 1.0), ("success", 2.0)]),
    classic("sum(llm_tokens_used_total{type=\"input\"})", &[("", 8192.0)]),
    classic("llm_cost_usd_total", &[("large acme", 4.096)]),
    classic("cache_hits_total / (cache_hits_total + cache_misses_total)", &[("prices", 0.75)]),
    classic("sum(db_query_duration_seconds_sum)", &[("", 0.501)]),
    // Half of four requests took up to half a second, which is a bound.
    classic("histogram_quantile(0.5, sum by (le) (http_request_duration_seconds_bucket))", &[("", 0.5)]),
    classic(
        "sum by (version, status) (tool_executions_total * on (job, instance) group_left (version) app_info)",
        &[("error 1.2.3", 1.0), ("success 1.2.3", 2.0)],
    ),
    Query {
        underscores: "sum by (http_response_status_code) (http_server_request_duration_seconds_count)",
        utf8: r#"sum by ("http.response.status_code") ({"http.server.request.duration_seconds_count"})"#,
        answer: &[("200", 2.0), ("404", 1.0), ("500", 1.0)],
    },
    Query {
        underscores: "histogram_quantile(0.5, sum by (le) (http_server_request_duration_seconds_bucket))",
        utf8: r#"histogram_quantile(0.5, sum by (le) ({"http.server.request.duration_seconds_bucket"}))"#,
        answer: &[("", 0.5)],
    },
    Query {
        underscores: "sum by (le) (gen_ai_client_operation_duration_seconds_bucket{le=~\"0\\\\.(01|32|64)|\\\\+Inf\"})",
        utf8: r#"sum by (le) ({"gen_ai.client.operation.duration_seconds_bucket",le=~"0\\.(01|32|64)|\\+Inf"})"#,
        answer: &[("+Inf", 3.0), ("0.01", 1.0), ("0.32", 1.0), ("0.64", 3.0)],
    },
    Query {
        underscores: "sum by (service_name, gen_ai_agent_name) \
                      (gen_ai_invoke_agent_duration_seconds_count * on (job, instance) group_left (service_name) target_info)",
        utf8: r#"sum by ("service.name", "gen_ai.agent.name")
                 ({"gen_ai.invoke_agent.duration_seconds_count"} * on (job, instance) group_left ("service.name") target_info)"#,
        answer: &[("researcher shop", 2.0)],
    },
    Query {
        underscores: "sum by (gen_ai_token_type) (gen_ai_client_token_usage_sum)",
        utf8: r#"sum by ("gen_ai.token.type") ({"gen_ai.client.token.usage_sum"})"#,
        answer: &[("input", 8192.0), ("output", 2048.0)],
    },
    Query {
        underscores: "sum(gen_ai_client_inference_usage_input_tokens_total)",
        utf8: r#"sum({"gen_ai.client.inference.usage.input_tokens_total"})"#,
        answer: &[("", 8192.0)],
    },
    // The same stream under two names.
    Query {
        underscores: "sum(tool_execution_duration_seconds_sum) - sum(gen_ai_execute_tool_duration_seconds_sum)",
        utf8: r#"sum(tool_execution_duration_seconds_sum) - sum({"gen_ai.execute_tool.duration_seconds_sum"})"#,
        answer: &[("", 0.0)],
    },
    Query {
        underscores: "sum by (kind) (shop_limit)",
        utf8: r#"sum by (kind) ({"shop.limit"})"#,
        answer: &[("largest", f64::MAX), ("negative", -1.5e-7), ("smallest", 5e-324), ("third", 1.0 / 3.0)],
    },
    Query {
        underscores: "sum by (kind) (shop_balance)",
        utf8: r#"sum by (kind) ({"shop.balance"})"#,
        answer: &[("1", f64::NAN), ("above", f64::INFINITY), ("below", f64::NEG_INFINITY)],
    },
    Query {
        underscores: "sum(shop_revenue_EUR_total) + sum(shop_waiting)",
        utf8: r#"sum({"shop.revenue_EUR_total"}) + sum({"shop.waiting"})"#,
        answer: &[("", 0.1 + 0.2 - 3.0)],
    },
];

/// Asks everything, and panics with every wrong answer.
#[track_caller]
pub(crate) fn assert_answers(prometheus: &Prometheus, names: Names) {
    let mut wrong = Vec::new();
    for Query { underscores, utf8, answer } in QUERIES {
        let promql = if names == Names::Utf8 { utf8 } else { underscores };
        let found = answer_to(prometheus, promql);
        let expected: BTreeMap<String, f64> =
            answer.iter().map(|(labels, value)| ((*labels).to_owned(), *value)).collect();
        // Debug output tells NaN from NaN as little as a reader does.
        if format!("{found:?}") != format!("{expected:?}") {
            wrong.push(format!("{promql}\n  gives  {found:?}\n  not    {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} wrong answers:\n{}", wrong.len(), wrong.join("\n"));
}

fn answer_to(prometheus: &Prometheus, promql: &str) -> BTreeMap<String, f64> {
    let by_labels = prometheus.query(promql).into_iter().map(|mut sample| {
        // Prometheus' own; every one of them sees the application at another address.
        sample.labels.retain(|label, _| !["job", "instance"].contains(&label.as_str()));
        (sample.labels.into_values().collect::<Vec<_>>().join(" "), sample.value)
    });
    by_labels.collect()
}
