//! What the demo prints at its end.

use std::{collections::BTreeMap, fmt::Write as _, time::Duration};

/// The classic metrics that are shown: a family or two for each kind of work.
const SHOWN: [&str; 9] = [
    "http_requests_total",
    "agent_executions_total",
    "agent_errors_total",
    "llm_requests_total",
    "llm_tokens_used_total",
    "tool_executions_total",
    "db_queries_total",
    "cache_hits_total",
    "cache_misses_total",
];

pub(super) fn in_words(outcomes: &BTreeMap<String, usize>, took: Duration, metrics: &str) -> String {
    let total: usize = outcomes.values().sum();
    let mut text = format!("{total} requests in {:.1} s\n\n", took.as_secs_f64());
    for (outcome, count) in outcomes {
        // Writing to a string does not fail.
        let _ = writeln!(text, "  {count:>4}  {outcome}");
    }
    text.push_str("\nfrom /monitoring/metrics, the classic names:\n\n");
    for name in SHOWN {
        for line in metrics.lines().filter(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with('{'))) {
            let _ = writeln!(text, "  {line}");
        }
    }
    text
}
