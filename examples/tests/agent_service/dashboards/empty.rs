//! Queries that have no answer while all is well: each with what it would be about, and when there is one.

use serde_json::Value;
use tachograph::semconv::metric;
use tests::operations::grafana::all;

use super::array;

/// A query without an answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Empty {
    /// The end of the dashboard's `uid`.
    dashboard: &'static str,
    panel: &'static str,
    /// What the query has and the others of the panel have not.
    part: &'static str,
    why: Why,
}

/// Why it has none.
#[derive(Clone, Copy, Debug)]
enum Why {
    /// The instrument of this name records nothing of the sort, but when.
    NotRecorded(&'static str, &'static str),
    /// The Collector has nothing of the sort, but when.
    NotInCollector(&'static str),
    /// Nothing was recorded so long ago.
    TooEarly,
}

impl Empty {
    /// Whether it is that query.
    pub(super) fn is_about(&self, uid: &str, panel: &str, expr: &str) -> bool {
        uid.rsplit('-').next() == Some(self.dashboard) && panel == self.panel && expr.contains(self.part)
    }
}

use Why::{NotInCollector, NotRecorded, TooEarly};

const fn empty(dashboard: &'static str, panel: &'static str, part: &'static str, why: Why) -> Empty {
    Empty { dashboard, panel, part, why }
}

const WORKFLOW: Why = NotRecorded(metric::WORKFLOW_DURATION, "the application has workflows; the example has none");
const COMMAND: Why = NotRecorded(metric::COMMAND_DURATION, "the application has commands; the example has none");
const NO_SPOOL: &str = "there is a spool; the example has none";
const FULL: Why = NotInCollector("a queue of it is full");

pub(super) const EMPTY: [Empty; 24] = [
    empty("agents", "Workflows", "", WORKFLOW),
    empty("agents", "Time of workflows (p95)", "", WORKFLOW),
    empty("agents", "Commands", "", COMMAND),
    empty("agents", "Time of commands (p95)", "", COMMAND),
    empty("llm", "Tokens, and what is usual", "offset 1h", TooEarly),
    empty("llm", "Retries", "", NotRecorded(metric::LLM_RETRIES, "a middleware tries again; the example does not")),
    empty("llm", "Waits before retries (p95)", "", NotRecorded(metric::LLM_RETRY_WAIT, "a middleware tries again")),
    empty(
        "llm",
        "Calls without a price",
        "",
        NotRecorded(metric::LLM_UNPRICED, "a model has no price; the stand-in has one"),
    ),
    empty(
        "operations",
        "Evictions",
        "",
        NotRecorded(metric::CACHE_EVICTIONS, "a cache is full, or an entry is too old"),
    ),
    empty(
        "errors",
        "Errors that applications report",
        "",
        NotRecorded(metric::ERRORS, "the application calls record_error or capture_error"),
    ),
    empty("errors", "Databases", "", NotRecorded(metric::DB_DURATION, "a database fails; SQLite does not")),
    empty("errors", "Caches", "", NotRecorded(metric::CACHE_DURATION, "a cache fails; one in memory does not")),
    empty("business", "Users", "", NotRecorded(metric::USERS_ACTIVE, "the application calls set_active_users")),
    empty(
        "business",
        "Connections to databases",
        "",
        NotRecorded(metric::DATABASE_CONNECTIONS, "the application calls set_database_connections"),
    ),
    empty(
        "telemetry",
        "Left out",
        "",
        NotRecorded(metric::SCRAPE_DROPPED, "an instrument has the name of another one"),
    ),
    empty(
        "telemetry",
        "Instruments at their limit",
        "",
        NotRecorded(metric::METRICS_OVERFLOW, "an instrument has more attribute sets than its limit"),
    ),
    empty("telemetry", "Sentry", "sentry_sent", NotRecorded(metric::SENTRY_SENT, "there is a DSN")),
    empty("telemetry", "Sentry", "sentry_dropped", NotRecorded(metric::SENTRY_DROPPED, "there is a DSN")),
    empty("telemetry", "On disk", "spool_items", NotRecorded(metric::SPOOL_ITEMS, NO_SPOOL)),
    empty("telemetry", "On disk", "spool_recovered", NotRecorded(metric::SPOOL_RECOVERED, NO_SPOOL)),
    empty("telemetry", "Disk of the spool", "", NotRecorded(metric::SPOOL_SIZE, NO_SPOOL)),
    empty("telemetry", "Lost", "spans", FULL),
    empty("telemetry", "Lost", "metric_points", FULL),
    empty("telemetry", "Lost", "log_records", FULL),
];

/// What is on the list is in the product: the query asks for the instrument that it names.
#[test]
fn what_is_empty_is_about_an_instrument_of_the_product_or_the_collector() {
    for made in all() {
        for (panel, target) in array(&made.json["panels"])
            .iter()
            .flat_map(|panel| panel["targets"].as_array().into_iter().flatten().map(move |target| (panel, target)))
        {
            let (uid, title, expr) = (text(&made.json["uid"]), text(&panel["title"]), text(&target["expr"]));
            for empty in EMPTY.iter().filter(|empty| empty.is_about(uid, title, expr)) {
                match empty.why {
                    NotRecorded(metric, when) => {
                        assert!(expr.contains(&metric.replace('.', "_")) && when.len() > 10, "{empty:?}: {expr}");
                    }
                    NotInCollector(when) => assert!(expr.contains("otelcol_") && when.len() > 10, "{empty:?}: {expr}"),
                    TooEarly => assert!(expr.contains(" offset "), "{empty:?}: {expr}"),
                }
            }
        }
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
