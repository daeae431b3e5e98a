//! What was asked, and what must be counted because of it.

use std::collections::{BTreeMap, BTreeSet};

use tests::components::exposition::Samples;

use crate::service::{Answer, Service};

/// Numbers by the values of labels.
pub(crate) type Counts = BTreeMap<String, f64>;

/// Questions with their answers, of a service that started with an empty cache.
#[derive(Default)]
pub(crate) struct Asked {
    whole: Vec<(String, Answer)>,
    streamed: Vec<(String, Answer)>,
}

/// The classic series that follow from what was asked, with the labels to read them by.
const CLASSIC: [(&str, &[&str]); 16] = [
    ("http_requests_total", &["method", "endpoint", "status"]),
    ("http_request_duration_seconds_count", &["method", "endpoint"]),
    ("http_request_size_bytes_count", &["method", "endpoint"]),
    ("http_response_size_bytes_count", &["method", "endpoint"]),
    ("agent_executions_total", &["type", "status"]),
    ("agent_execution_duration_seconds_count", &["type"]),
    ("llm_requests_total", &["provider", "model", "status"]),
    ("llm_request_duration_seconds_count", &["provider", "model"]),
    ("llm_tokens_used_total", &["provider", "model", "type"]),
    ("tool_executions_total", &["tool_name", "status"]),
    ("tool_execution_duration_seconds_count", &["tool_name"]),
    ("db_queries_total", &["operation", "table"]),
    ("db_query_duration_seconds_count", &["operation", "table"]),
    ("cache_hits_total", &["cache_type"]),
    ("cache_misses_total", &["cache_type"]),
    ("agent_errors_total", &["type", "error_type"]),
];

/// The same by the names of OpenTelemetry.
const OPENTELEMETRY: [(&str, &[&str]); 9] = [
    (
        "http_server_request_duration_seconds_count",
        &["http_request_method", "http_route", "http_response_status_code", "url_scheme", "network_protocol_version"],
    ),
    ("http_server_request_body_size_bytes_count", &["http_request_method", "http_route"]),
    ("http_server_response_body_size_bytes_count", &["http_request_method", "http_route"]),
    ("gen_ai_invoke_agent_duration_seconds_count", &["gen_ai_agent_name"]),
    ("gen_ai_client_operation_duration_seconds_count", LLM),
    ("gen_ai_client_token_usage_sum", TOKENS),
    ("gen_ai_execute_tool_duration_seconds_count", &["gen_ai_tool_name", "gen_ai_tool_type", "gen_ai_agent_name"]),
    ("db_client_operation_duration_seconds_count", &["db_system_name", "db_operation_name", "db_collection_name"]),
    (
        "tachograph_cache_operations_total",
        &["tachograph_cache_name", "tachograph_cache_operation", "tachograph_cache_result"],
    ),
];

const LLM: &[&str] =
    &["gen_ai_operation_name", "gen_ai_provider_name", "gen_ai_request_model", "gen_ai_response_model"];
const TOKENS: &[&str] = &["gen_ai_token_type", "gen_ai_provider_name", "gen_ai_request_model"];

impl Asked {
    pub(crate) fn ask(&mut self, service: &Service, question: &str) -> Answer {
        let answer = service.ask(question);
        self.whole.push((question.to_owned(), answer.clone()));
        answer
    }

    pub(crate) fn stream(&mut self, service: &Service, question: &str) -> Answer {
        let answer = service.stream(question);
        self.streamed.push((question.to_owned(), answer.clone()));
        answer
    }

    /// A question of each sort: without tools, with each tool, with both, again (found in the cache), and streamed.
    pub(crate) fn of_each_sort(service: &Service) -> Self {
        let mut asked = Self::default();
        let answer = asked.ask(service, "What is helium used for?");
        assert!(answer.answer.contains("superconducting magnets"), "{answer:?}");
        assert_eq!(answer.tools, ["search"]);
        let answer = asked.ask(service, "What is 12 * (3 + 4)?");
        assert_eq!((answer.answer.as_str(), answer.tools), ("12 * (3 + 4) = 84.", vec!["calculate".to_owned()]));
        asked.ask(service, "What is helium used for?");
        assert_eq!(asked.ask(service, "What is this?").tools, [""; 0]);
        assert_eq!(asked.ask(service, "What is neon, and what is 6 * 7?").tools, ["calculate", "search"]);
        let answer = asked.stream(service, "Tell me about neodymium");
        assert!(answer.answer.starts_with("Neodymium (symbol Nd) is a lanthanide"), "{answer:?}");
        asked
    }

    pub(crate) fn requests(&self) -> usize {
        self.whole.len() + self.streamed.len()
    }

    pub(crate) fn answers(&self) -> impl Iterator<Item = &Answer> {
        self.whole.iter().chain(&self.streamed).map(|(_, answer)| answer)
    }

    fn tool(&self, name: &str) -> usize {
        self.answers().flat_map(|answer| &answer.tools).filter(|tool| *tool == name).count()
    }

    /// Searches for the first time, which the cache cannot know.
    fn misses(&self) -> usize {
        let searched =
            self.whole.iter().chain(&self.streamed).filter(|(_, answer)| answer.tools.iter().any(|t| t == "search"));
        searched.map(|(question, _)| question).collect::<BTreeSet<_>>().len()
    }

    /// Calls to the model: one that answers or wants tools, and one after the tools.
    fn llm_calls(&self) -> usize {
        self.answers().map(|answer| if answer.tools.is_empty() { 1 } else { 2 }).sum()
    }

    /// Spans of all requests: request, agent, calls to the model, tools, cache and database.
    pub(crate) fn spans(&self) -> usize {
        let (searches, misses) = (self.tool("search"), self.misses());
        2 * self.requests() + self.llm_calls() + self.tool("calculate") + searches + searches + 2 * misses
    }

    /// Input and output tokens by the answers.
    pub(crate) fn tokens(&self) -> (f64, f64) {
        let sum = |of: fn(&Answer) -> u64| self.answers().map(of).sum::<u64>() as f64;
        (sum(|answer| answer.tokens.input), sum(|answer| answer.tokens.output))
    }

    /// What the classic series must show.
    pub(crate) fn classic(&self) -> BTreeMap<&'static str, Counts> {
        let (whole, streamed, all) = (self.whole.len(), self.streamed.len(), self.requests());
        let (input, output) = self.tokens();
        let (hits, misses) = (self.tool("search") - self.misses(), self.misses());
        let http = || counts([("POST /api/chat", whole), ("POST /api/chat/stream", streamed)]);
        let tools = || [("calculate", self.tool("calculate")), ("search", self.tool("search"))];
        let success = |counts: Counts| counts.into_iter().map(|(key, count)| (key + " success", count)).collect();
        // The articles are written once, at the start.
        let db = || counts([("INSERT element_articles", 1), ("SELECT element_articles", misses)]);
        BTreeMap::from([
            ("http_requests_total", http().into_iter().map(|(key, count)| (key + " 200", count)).collect()),
            ("http_request_duration_seconds_count", http()),
            ("http_request_size_bytes_count", http()),
            ("http_response_size_bytes_count", http()),
            ("agent_executions_total", success(counts([("researcher", all)]))),
            ("agent_execution_duration_seconds_count", counts([("researcher", all)])),
            ("llm_requests_total", success(counts([("stand-in stand-in-1", self.llm_calls())]))),
            ("llm_request_duration_seconds_count", counts([("stand-in stand-in-1", self.llm_calls())])),
            (
                "llm_tokens_used_total",
                [("input", input), ("output", output)]
                    .map(|(kind, n)| (format!("stand-in stand-in-1 {kind}"), n))
                    .into(),
            ),
            ("tool_executions_total", success(counts(tools()))),
            ("tool_execution_duration_seconds_count", counts(tools())),
            ("db_queries_total", db()),
            ("db_query_duration_seconds_count", db()),
            ("cache_hits_total", counts([("searches", hits)])),
            ("cache_misses_total", counts([("searches", misses)])),
            ("agent_errors_total", Counts::new()),
        ])
    }

    /// What the series by the names of OpenTelemetry must show.
    pub(crate) fn opentelemetry(&self, db_system: &str) -> BTreeMap<&'static str, Counts> {
        let (whole, streamed, all) = (self.whole.len(), self.streamed.len(), self.requests());
        let (input, output) = self.tokens();
        let (hits, misses) = (self.tool("search") - self.misses(), self.misses());
        let bodies = || counts([("POST /api/chat", whole), ("POST /api/chat/stream", streamed)]);
        let tools = [
            ("calculate function researcher", self.tool("calculate")),
            ("search datastore researcher", self.tool("search")),
        ];
        let db = [("INSERT", 1), ("SELECT", misses)];
        BTreeMap::from([
            (
                "http_server_request_duration_seconds_count",
                counts([("POST /api/chat 200 http 1.1", whole), ("POST /api/chat/stream 200 http 1.1", streamed)]),
            ),
            ("http_server_request_body_size_bytes_count", bodies()),
            ("http_server_response_body_size_bytes_count", bodies()),
            ("gen_ai_invoke_agent_duration_seconds_count", counts([("researcher", all)])),
            (
                "gen_ai_client_operation_duration_seconds_count",
                counts([("chat stand-in stand-in-1 stand-in-1", self.llm_calls())]),
            ),
            (
                "gen_ai_client_token_usage_sum",
                [("input", input), ("output", output)]
                    .map(|(kind, n)| (format!("{kind} stand-in stand-in-1"), n))
                    .into(),
            ),
            ("gen_ai_execute_tool_duration_seconds_count", counts(tools)),
            (
                "db_client_operation_duration_seconds_count",
                db.map(|(operation, n)| (format!("{db_system} {operation} element_articles"), n as f64)).into(),
            ),
            (
                "tachograph_cache_operations_total",
                counts([("searches get hit", hits), ("searches get miss", misses), ("searches set ", misses)]),
            ),
        ])
    }
}

/// The classic series of a scrape.
pub(crate) fn classic(samples: &Samples) -> BTreeMap<&'static str, Counts> {
    CLASSIC.map(|(name, labels)| (name, samples.by(name, labels))).into()
}

/// The series of a scrape by the names of OpenTelemetry.
pub(crate) fn opentelemetry(samples: &Samples) -> BTreeMap<&'static str, Counts> {
    OPENTELEMETRY.map(|(name, labels)| (name, samples.by(name, labels))).into()
}

/// Without what never happened, for which there is no series.
fn counts<const N: usize>(entries: [(&str, usize); N]) -> Counts {
    entries.into_iter().filter(|(_, count)| *count > 0).map(|(key, count)| (key.to_owned(), count as f64)).collect()
}
