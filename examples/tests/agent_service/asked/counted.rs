//! The series that a scrape must show after what was asked, under both families of names.

use std::collections::BTreeMap;

use tests::components::exposition::Samples;

use super::{Asked, Stores};

/// Labels of a remote procedure call.
const RPC: [&str; 3] = ["rpc_method", "rpc_system_name", "rpc_status_code"];

/// Numbers by the values of labels, joined by blanks.
type Counts = BTreeMap<String, f64>;

/// Series with the labels to read them by.
type Series = (&'static str, &'static [&'static str], Counts);

impl Asked {
    /// Asserts that the scrape shows what was asked, each number exactly and nothing beside it.
    pub(crate) fn assert_counted(&self, samples: &Samples, stores: Stores) {
        for (name, labels, expected) in self.classic(stores).into_iter().chain(self.opentelemetry(stores)) {
            assert_eq!(samples.by(name, labels), expected, "{name} by {labels:?}");
        }
        for idle in ["active_requests", "active_agents", "http_server_active_requests", "tachograph_operations_active"]
        {
            assert_eq!(samples.sum(idle, &[]), Some(0.0), "{idle}");
        }
    }

    fn classic(&self, stores: Stores) -> Vec<Series> {
        let (whole, streamed) = (self.whole.len(), self.streamed.len());
        let routes = || counts([("POST /api/chat", whole), ("POST /api/chat/stream", streamed)]);
        let tools = || counts(["calculate", "convert", "search", "tabulate"].map(|tool| (tool, self.runs_of(tool))));
        let db = || self.queries(stores).into_iter().map(|(query, _, count)| (query, count)).collect::<Counts>();
        let runs = || counts([("researcher", self.requests())]);
        let calls = || counts([("stand-in stand-in-1", self.llm_calls())]);
        vec![
            ("http_requests_total", &["method", "endpoint", "status"], each_with(routes(), "200")),
            ("http_request_duration_seconds_count", &["method", "endpoint"], routes()),
            ("http_request_size_bytes_count", &["method", "endpoint"], routes()),
            ("http_response_size_bytes_count", &["method", "endpoint"], routes()),
            ("agent_executions_total", &["type", "status"], each_with(runs(), "success")),
            ("agent_execution_duration_seconds_count", &["type"], runs()),
            ("agent_errors_total", &["type", "error_type"], Counts::new()),
            ("llm_requests_total", &["provider", "model", "status"], each_with(calls(), "success")),
            ("llm_request_duration_seconds_count", &["provider", "model"], calls()),
            ("llm_tokens_used_total", &["provider", "model", "type"], self.by_token_type("stand-in stand-in-1 ")),
            ("tool_executions_total", &["tool_name", "status"], each_with(tools(), "success")),
            ("tool_execution_duration_seconds_count", &["tool_name"], tools()),
            ("db_queries_total", &["operation", "table"], db()),
            ("db_query_duration_seconds_count", &["operation", "table"], db()),
            ("cache_hits_total", &["cache_type"], counts([("searches", self.hits())])),
            ("cache_misses_total", &["cache_type"], counts([("searches", self.misses())])),
        ]
    }

    fn opentelemetry(&self, stores: Stores) -> Vec<Series> {
        let (whole, streamed) = (self.whole.len(), self.streamed.len());
        let bodies = || counts([("POST /api/chat", whole), ("POST /api/chat/stream", streamed)]);
        let [calculations, conversions, searches, tables] =
            ["calculate", "convert", "search", "tabulate"].map(|tool| self.runs_of(tool));
        let calls = || {
            let (convert, tabulate) = ("tools.v1.ToolService/Convert", "tools.v1.ToolService/Tabulate");
            each_with(each_with(counts([(convert, conversions), (tabulate, tables)]), "grpc"), "OK")
        };
        vec![
            (
                "http_server_request_duration_seconds_count",
                &[
                    "http_request_method",
                    "http_route",
                    "http_response_status_code",
                    "url_scheme",
                    "network_protocol_version",
                ],
                counts([("POST /api/chat 200 http 1.1", whole), ("POST /api/chat/stream 200 http 1.1", streamed)]),
            ),
            ("http_server_request_body_size_bytes_count", &["http_request_method", "http_route"], bodies()),
            ("http_server_response_body_size_bytes_count", &["http_request_method", "http_route"], bodies()),
            (
                "gen_ai_invoke_agent_duration_seconds_count",
                &["gen_ai_agent_name"],
                counts([("researcher", self.requests())]),
            ),
            (
                "gen_ai_client_operation_duration_seconds_count",
                &["gen_ai_operation_name", "gen_ai_provider_name", "gen_ai_request_model", "gen_ai_response_model"],
                counts([("chat stand-in stand-in-1 stand-in-1", self.llm_calls())]),
            ),
            (
                "gen_ai_client_token_usage_sum",
                &["gen_ai_provider_name", "gen_ai_request_model", "gen_ai_token_type"],
                self.by_token_type("stand-in stand-in-1 "),
            ),
            (
                "gen_ai_execute_tool_duration_seconds_count",
                &["gen_ai_tool_name", "gen_ai_tool_type", "gen_ai_agent_name"],
                counts([
                    ("calculate function researcher", calculations),
                    ("convert extension researcher", conversions),
                    ("search datastore researcher", searches),
                    ("tabulate extension researcher", tables),
                ]),
            ),
            (
                "http_client_request_duration_seconds_count",
                &["http_request_method", "url_template", "http_response_status_code"],
                counts([("POST /v1/chat/completions 200", self.llm_calls())]),
            ),
            ("rpc_client_call_duration_seconds_count", &RPC, calls()),
            ("rpc_server_call_duration_seconds_count", &RPC, calls()),
            (
                "db_client_operation_duration_seconds_count",
                &["db_operation_name", "db_collection_name", "db_system_name"],
                self.queries(stores)
                    .into_iter()
                    .map(|(query, system, count)| (format!("{query} {system}"), count))
                    .collect(),
            ),
            (
                "tachograph_cache_operations_total",
                &["tachograph_cache_name", "tachograph_cache_operation", "tachograph_cache_result"],
                counts([
                    ("searches get hit", self.hits()),
                    ("searches get miss", self.misses()),
                    ("searches set ", self.misses()),
                ]),
            ),
        ]
    }

    /// Operation and table, database, and how often. The articles are written once, at the start; Redis has no tables.
    fn queries(&self, stores: Stores) -> Vec<(String, &'static str, f64)> {
        let articles = [("INSERT element_articles", 1), ("SELECT element_articles", self.misses())];
        let commands = [("GET ", self.runs_of("search")), ("SETEX ", self.misses())];
        let of = |queries, system| counts(queries).into_iter().map(move |(query, count)| (query, system, count));
        match stores {
            Stores::Embedded => of(articles, "sqlite").collect(),
            Stores::Servers => of(articles, "postgresql").chain(of(commands, "redis")).collect(),
        }
    }

    fn by_token_type(&self, labels: &str) -> Counts {
        let (input, output) = self.tokens();
        [("input", input), ("output", output)].map(|(kind, tokens)| (format!("{labels}{kind}"), tokens)).into()
    }
}

/// Without what never happened, for which there is no series.
fn counts<const N: usize>(entries: [(&str, usize); N]) -> Counts {
    entries.into_iter().filter(|(_, count)| *count > 0).map(|(key, count)| (key.to_owned(), count as f64)).collect()
}

/// The same with one more label.
fn each_with(counts: Counts, label: &str) -> Counts {
    counts.into_iter().map(|(key, count)| (format!("{key} {label}"), count)).collect()
}
