//! What the application records, and the numbers that must be found.

use std::time::Duration;

use opentelemetry::{KeyValue, Value};
use tachograph::{
    DbQuery, Outcome, Telemetry, Usage,
    custom::{Counter, Histogram, UpDownCounter},
    record_agent_execution, record_api_request, record_cache_hit, record_cache_miss, record_error, record_llm_request,
    record_tool_execution, set_active_users, set_database_connections, set_system_health,
};

use crate::expected::Numbers;

/// An odd number above 2⁵³, where floating point has even ones only.
const LARGE: u64 = (1 << 53) + 1;

const BASKET_BOUNDS: &[f64] = &[1.0, 2.5, 10.0];
/// On the bounds, between them, and above.
const BASKETS: &[f64] = &[1.0, 2.5, 2.5, 10.0, 3.0, 10.5, 0.0];

/// What an application may measure. The SDK leaves the first three out: they are no measurements.
const MEASURED: &[(&str, f64)] = &[
    ("nan", f64::NAN),
    ("inf", f64::INFINITY),
    ("negative_inf", f64::NEG_INFINITY),
    ("largest", f64::MAX),
    ("smallest", 5e-324),
    ("third", 1.0 / 3.0),
    ("negative", -1.5e-7),
];

/// What sums may come to all the same.
const SUMS: &[(&str, f64)] = &[("above", f64::INFINITY), ("below", f64::NEG_INFINITY), ("1", f64::NAN)];

// The boundaries that the conventions advise, and those of this project where they advise none.
const SECONDS_OF_GEN_AI: &[f64] =
    &[0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
const SECONDS_OF_AGENTS: &[f64] = &[0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 51.2, 102.4, 204.8, 409.6];
const SECONDS_OF_HTTP: &[f64] = &[0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];
const SECONDS_OF_DB: &[f64] = &[0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0];
const TOKENS: &[f64] = &[
    1.0,
    4.0,
    16.0,
    64.0,
    256.0,
    1024.0,
    4096.0,
    16_384.0,
    65_536.0,
    262_144.0,
    1_048_576.0,
    4_194_304.0,
    16_777_216.0,
    67_108_864.0,
];

/// Records one of everything, through the functions that applications have.
pub(crate) fn record(telemetry: &Telemetry) {
    telemetry.scope(|| {
        for (milliseconds, outcome) in [(200, Outcome::Success), (1500, Outcome::error("timeout"))] {
            record_agent_execution("researcher", Duration::from_millis(milliseconds), outcome);
        }
        for milliseconds in [500, 640] {
            let usage = Usage::new(4096, 1024);
            record_llm_request("acme", "large", Duration::from_millis(milliseconds), usage, Outcome::Success);
        }
        record_llm_request("acme", "large", Duration::from_millis(10), Usage::default(), Outcome::error("rate_limit"));
        for milliseconds in [250, 320] {
            record_tool_execution("search", Duration::from_millis(milliseconds), Outcome::Success);
        }
        record_tool_execution("search", Duration::from_millis(125), Outcome::error("not_found"));
        for (status, milliseconds) in [(200, 250), (200, 500), (500, 2500), (404, 5000)] {
            record_api_request("GET", "/users/{id}", status, Duration::from_millis(milliseconds));
        }
        for microseconds in [1000, 500_000] {
            let query = DbQuery::new("SELECT", "users").system("postgresql");
            query.record(Duration::from_micros(microseconds), Outcome::Success);
        }
        (0..3).for_each(|_| record_cache_hit("prices"));
        record_cache_miss("prices");
        record_error("timeout", "billing");
        set_system_health("database", 0.5);
        set_active_users(12);
        set_database_connections(7);
        record_own(telemetry);
    });
}

/// Instruments of the application.
fn record_own(telemetry: &Telemetry) {
    static ORDERS: Counter = Counter::new("shop.orders").with_unit("{order}").with_description("Orders placed.");
    static BASKET: Histogram =
        Histogram::new("shop.basket").with_unit("EUR").with_description("Value.").with_boundaries(BASKET_BOUNDS);
    static WAITING: UpDownCounter = UpDownCounter::new("shop.waiting").with_description("Orders less couriers.");
    ORDERS.add(LARGE, &[KeyValue::new("shop.channel", "web")]);
    ORDERS.add(1, &[KeyValue::new("shop.channel", "phone")]);
    BASKETS.iter().for_each(|value| BASKET.record(*value, &[]));
    WAITING.add(-3, &[]);

    let revenue = telemetry.meter().f64_counter("shop.revenue").with_unit("EUR").with_description("Paid.").build();
    revenue.add(0.1, &[]);
    revenue.add(0.2, &[]);
    let balance = telemetry.meter().f64_up_down_counter("shop.balance").with_description("Beyond all bounds.").build();
    let overflow = |kind: Value, amount: f64| {
        (0..2).for_each(|_| balance.add(amount, &[KeyValue::new("kind", kind.clone())]));
    };
    overflow("above".into(), f64::MAX);
    overflow("below".into(), f64::MIN);
    // Two series whose labels are the same text are added: infinity less infinity.
    overflow("1".into(), f64::MAX);
    overflow(1.into(), f64::MIN);
    // Registered with the meter, which keeps the callback.
    let _limits = telemetry
        .meter()
        .f64_observable_gauge("shop.limit")
        .with_description("Numbers at the edges.")
        .with_callback(|observer| {
            for (kind, value) in MEASURED {
                observer.observe(*value, &[KeyValue::new("kind", *kind)]);
            }
        })
        .build();
}

/// Every number that a scrape has then, but those that Tachograph says of itself.
pub(crate) fn numbers() -> Numbers {
    let mut numbers = Numbers::default();
    by_convention(&mut numbers);
    by_latest_convention(&mut numbers);
    classic(&mut numbers);
    own(&mut numbers);
    numbers
}

const MODEL: [(&str, &str); 3] =
    [("gen_ai_operation_name", "chat"), ("gen_ai_provider_name", "acme"), ("gen_ai_request_model", "large")];

fn with<'a>(labels: &[(&'a str, &'a str)], more: (&'a str, &'a str)) -> Vec<(&'a str, &'a str)> {
    labels.iter().copied().chain([more]).collect()
}

fn by_convention(numbers: &mut Numbers) {
    let agents = "gen_ai_invoke_agent_duration_seconds";
    let researcher = [("gen_ai_agent_name", "researcher")];
    numbers.histogram(agents, &researcher, SECONDS_OF_AGENTS, &[0.2]);
    numbers.histogram(agents, &with(&researcher, ("error_type", "timeout")), SECONDS_OF_AGENTS, &[1.5]);

    let models = "gen_ai_client_operation_duration_seconds";
    numbers.histogram(models, &MODEL, SECONDS_OF_GEN_AI, &[0.5, 0.64]);
    numbers.histogram(models, &with(&MODEL, ("error_type", "rate_limit")), SECONDS_OF_GEN_AI, &[0.01]);
    let tokens = "gen_ai_client_token_usage";
    numbers.histogram(tokens, &with(&MODEL, ("gen_ai_token_type", "input")), TOKENS, &[4096.0; 2]);
    numbers.histogram(tokens, &with(&MODEL, ("gen_ai_token_type", "output")), TOKENS, &[1024.0; 2]);
    let computed = with(&MODEL, ("tachograph_llm_cost_source", "computed"));
    numbers.number("tachograph_llm_cost_USD_total", &computed, 4.096);

    let tools = "gen_ai_execute_tool_duration_seconds";
    let search = [("gen_ai_tool_name", "search")];
    numbers.histogram(tools, &search, SECONDS_OF_GEN_AI, &[0.25, 0.32]);
    numbers.histogram(tools, &with(&search, ("error_type", "not_found")), SECONDS_OF_GEN_AI, &[0.125]);

    let requests = "http_server_request_duration_seconds";
    let route = [("http_request_method", "GET"), ("http_route", "/users/{id}"), ("url_scheme", "http")];
    let with_status = |status| with(&route, ("http_response_status_code", status));
    numbers.histogram(requests, &with_status("200"), SECONDS_OF_HTTP, &[0.25, 0.5]);
    numbers.histogram(requests, &with_status("404"), SECONDS_OF_HTTP, &[5.0]);
    numbers.histogram(requests, &with(&with_status("500"), ("error_type", "500")), SECONDS_OF_HTTP, &[2.5]);

    let select = [("db_collection_name", "users"), ("db_operation_name", "SELECT"), ("db_system_name", "postgresql")];
    numbers.histogram("db_client_operation_duration_seconds", &select, SECONDS_OF_DB, &[0.001, 0.5]);

    let cache = [("tachograph_cache_name", "prices"), ("tachograph_cache_operation", "get")];
    let lookups = "tachograph_cache_operations_total";
    numbers.number(lookups, &with(&cache, ("tachograph_cache_result", "hit")), 3.0);
    numbers.number(lookups, &with(&cache, ("tachograph_cache_result", "miss")), 1.0);
    numbers.number("tachograph_errors_total", &[("error_type", "timeout"), ("tachograph_component", "billing")], 1.0);
    numbers.number("tachograph_system_health", &[("tachograph_component", "database")], 0.5);
    numbers.number("tachograph_users_active", &[], 12.0).number("tachograph_database_connections", &[], 7.0);
}

fn by_latest_convention(numbers: &mut Numbers) {
    let inferences = "gen_ai_client_inference_duration_seconds";
    numbers.histogram(inferences, &MODEL, SECONDS_OF_GEN_AI, &[0.5, 0.64]);
    numbers.histogram(inferences, &with(&MODEL, ("error_type", "rate_limit")), SECONDS_OF_GEN_AI, &[0.01]);
    let counted = with(&MODEL, ("gen_ai_token_modality", "unknown"));
    for (kind, tokens) in [("input", 4096.0), ("output", 1024.0)] {
        let family = format!("gen_ai_client_inference_operation_{kind}_tokens");
        numbers.histogram(&family, &MODEL, TOKENS, &[tokens; 2]);
        numbers.number(&format!("gen_ai_client_inference_usage_{kind}_tokens_total"), &counted, 2.0 * tokens);
    }
}

fn classic(numbers: &mut Numbers) {
    let agent = [("type", "researcher")];
    numbers.histogram("agent_execution_duration_seconds", &agent, SECONDS_OF_AGENTS, &[0.2, 1.5]);
    for status in ["success", "error"] {
        numbers.number("agent_executions_total", &with(&agent, ("status", status)), 1.0);
    }
    numbers.number("agent_errors_total", &with(&agent, ("error_type", "timeout")), 1.0);

    let model = [("provider", "acme"), ("model", "large")];
    numbers.histogram("llm_request_duration_seconds", &model, SECONDS_OF_GEN_AI, &[0.5, 0.64, 0.01]);
    for (status, count) in [("success", 2.0), ("error", 1.0)] {
        numbers.number("llm_requests_total", &with(&model, ("status", status)), count);
    }
    for (kind, tokens) in [("input", 8192.0), ("output", 2048.0)] {
        numbers.number("llm_tokens_used_total", &with(&model, ("type", kind)), tokens);
    }
    numbers.number("llm_cost_usd_total", &model, 4.096);

    let tool = [("tool_name", "search")];
    numbers.histogram("tool_execution_duration_seconds", &tool, SECONDS_OF_GEN_AI, &[0.25, 0.32, 0.125]);
    for (status, count) in [("success", 2.0), ("error", 1.0)] {
        numbers.number("tool_executions_total", &with(&tool, ("status", status)), count);
    }

    let route = [("method", "GET"), ("endpoint", "/users/{id}")];
    numbers.histogram("http_request_duration_seconds", &route, SECONDS_OF_HTTP, &[0.25, 0.5, 5.0, 2.5]);
    for (status, count) in [("200", 2.0), ("404", 1.0), ("500", 1.0)] {
        numbers.number("http_requests_total", &with(&route, ("status", status)), count);
    }

    let select = [("operation", "SELECT"), ("table", "users")];
    numbers.histogram("db_query_duration_seconds", &select, SECONDS_OF_DB, &[0.001, 0.5]);
    numbers.number("db_queries_total", &select, 2.0);
    numbers.number("cache_hits_total", &[("cache_type", "prices")], 3.0);
    numbers.number("cache_misses_total", &[("cache_type", "prices")], 1.0);
    numbers.number("app_info", &[("version", "1.2.3"), ("environment", "test")], 1.0);
}

fn own(numbers: &mut Numbers) {
    numbers.number("shop_orders_total", &[("shop_channel", "web")], LARGE as f64);
    numbers.number("shop_orders_total", &[("shop_channel", "phone")], 1.0);
    numbers.histogram("shop_basket_EUR", &[], BASKET_BOUNDS, BASKETS);
    numbers.number("shop_waiting", &[], -3.0).number("shop_revenue_EUR_total", &[], 0.1 + 0.2);
    for (kind, value) in MEASURED.iter().filter(|(_, value)| value.is_finite()) {
        numbers.number("shop_limit", &[("kind", kind)], *value);
    }
    for (kind, value) in SUMS {
        numbers.number("shop_balance", &[("kind", kind)], *value);
    }
}
