use tachograph_core::source::ReadMetrics as _;

use super::*;
use crate::stats::tests::metrics::Metrics;

fn read(metrics: &Metrics) -> Reading {
    let mut reading = Reading::default();
    read_into(&mut reading, metrics);
    reading
}

fn read_into(reading: &mut Reading, metrics: &Metrics) {
    reading.clear();
    metrics.read_metrics(&mut |point| reading.point(point)).unwrap();
    reading.finish();
}

fn request<'a>(route: &'a str, status: &'a str) -> [(&'static str, &'a str); 3] {
    [(attr::HTTP_REQUEST_METHOD, "POST"), (attr::HTTP_ROUTE, route), (attr::HTTP_RESPONSE_STATUS_CODE, status)]
}

/// Calls, errors, cancelled, client errors, server errors.
fn counts(tally: &Tally) -> [u64; 5] {
    [tally.calls, tally.errors, tally.cancelled, tally.client_errors, tally.server_errors]
}

#[test]
fn requests_are_sorted_by_how_they_ended() {
    let metrics = Metrics::default();
    metrics.record(metric::HTTP_DURATION, &request("/a", "200"), &[0.1; 5]);
    metrics.record(metric::HTTP_DURATION, &request("/a", "404"), &[0.1; 3]);
    metrics.record(metric::HTTP_DURATION, &[&request("/a", "503")[..], &[(attr::ERROR_TYPE, "503")]].concat(), &[0.1]);
    // A handler that panicked, before there was a status.
    let without = [(attr::HTTP_REQUEST_METHOD, "POST"), (attr::HTTP_ROUTE, "/a"), (attr::ERROR_TYPE, "panic")];
    metrics.record(metric::HTTP_DURATION, &without, &[0.1]);
    // A stream that its client left, after the status was sent.
    let left = [&request("/a", "200")[..], &[(attr::ERROR_TYPE, "cancelled")]].concat();
    metrics.record(metric::HTTP_DURATION, &left, &[0.1; 2]);
    // Whatever the status was.
    let left = [&request("/left", "503")[..], &[(attr::ERROR_TYPE, "cancelled")]].concat();
    metrics.record(metric::HTTP_DURATION, &left, &[0.1]);
    metrics.record(metric::HTTP_DURATION, &[(attr::HTTP_REQUEST_METHOD, "GET")], &[0.2]);

    let reading = read(&metrics);
    assert_eq!(counts(reading.endpoints.get("POST /a").unwrap()), [12, 2, 2, 3, 1]);
    assert_eq!(counts(reading.endpoints.get("GET (no route)").unwrap()), [1, 0, 0, 0, 0]);
    assert_eq!(counts(reading.endpoints.get("POST /left").unwrap()), [1, 0, 1, 0, 0]);
    assert_eq!(counts(&reading.totals.http), [14, 2, 3, 3, 1]);
}

#[test]
fn a_model_is_counted_once_under_either_set_of_names_or_both() {
    let of = |model| [(attr::GEN_AI_PROVIDER_NAME, "openai"), (attr::GEN_AI_REQUEST_MODEL, model)];
    let with = |model, key, value| [&of(model)[..], &[(key, value)]].concat();
    let metrics = Metrics::default();
    for model in ["established", "both"] {
        metrics.record(metric::LLM_DURATION, &of(model), &[1.0, 2.0]);
        metrics.record(metric::LLM_DURATION, &with(model, attr::ERROR_TYPE, "rate_limit"), &[1.0]);
        metrics.record(metric::LLM_TOKEN_USAGE, &with(model, attr::GEN_AI_TOKEN_TYPE, "input"), &[10.0, 20.0]);
        metrics.record(metric::LLM_TOKEN_USAGE, &with(model, attr::GEN_AI_TOKEN_TYPE, "output"), &[5.0]);
    }
    for model in ["latest", "both"] {
        metrics.record(metric::INFERENCE_DURATION, &of(model), &[1.0, 2.0]);
        metrics.record(metric::INFERENCE_DURATION, &with(model, attr::ERROR_TYPE, "rate_limit"), &[1.0]);
        metrics.add(metric::USAGE_INPUT_TOKENS, &of(model), 30.0);
        metrics.add(metric::USAGE_OUTPUT_TOKENS, &of(model), 5.0);
    }
    metrics.record(metric::EMBEDDINGS_DURATION, &of("embedding"), &[0.1]);
    metrics.record(metric::EMBEDDINGS_INPUT_TOKENS, &of("embedding"), &[7.0]);
    for model in ["established", "latest", "both"] {
        metrics.add(metric::LLM_COST, &of(model), 0.25);
    }
    metrics.add(metric::LLM_UNPRICED, &of("embedding"), 1.0);

    let reading = read(&metrics);
    for model in ["established", "latest", "both"] {
        let told = reading.models.get(&format!("openai/{model}")).unwrap();
        assert_eq!((told.provider.as_str(), told.name.as_str()), ("openai", model));
        assert_eq!(counts(&told.calls), [3, 1, 0, 0, 0], "{model}");
        assert_eq!((told.input_tokens, told.output_tokens, told.cost_usd), (30, 5, 0.25), "{model}");
    }
    let embedding = reading.models.get("openai/embedding").unwrap();
    assert_eq!((embedding.calls.calls, embedding.input_tokens, embedding.output_tokens), (1, 7, 0));
    let totals = &reading.totals;
    assert_eq!((totals.models.calls, totals.models.errors, totals.unpriced), (10, 3, 1));
    assert_eq!((totals.input_tokens, totals.output_tokens, totals.cost_usd), (97, 15, 0.75));
}

#[test]
fn a_model_that_nobody_asked_for_by_name_is_the_one_that_answered() {
    let metrics = Metrics::default();
    metrics.record(metric::LLM_DURATION, &[(attr::GEN_AI_RESPONSE_MODEL, "a/b")], &[1.0]);
    let reading = read(&metrics);
    let model = reading.models.get("unknown/a/b").unwrap();
    assert_eq!((model.provider.as_str(), model.name.as_str()), ("unknown", "a/b"));
}

#[test]
fn costs_go_to_the_agent_as_well() {
    let metrics = Metrics::default();
    let model = [(attr::GEN_AI_PROVIDER_NAME, "openai"), (attr::GEN_AI_REQUEST_MODEL, "m")];
    metrics.add(metric::LLM_COST, &[&model[..], &[(attr::GEN_AI_AGENT_NAME, "clerk")]].concat(), 0.5);
    metrics.add(metric::LLM_COST, &model, 0.25);
    metrics.record(metric::AGENT_DURATION, &[(attr::GEN_AI_AGENT_NAME, "clerk")], &[3.0]);
    let reading = read(&metrics);
    let agent = reading.agents.get("clerk").unwrap();
    assert_eq!((agent.calls.calls, agent.cost_usd), (1, 0.5));
    assert_eq!((reading.models.get("openai/m").unwrap().cost_usd, reading.totals.cost_usd), (0.75, 0.75));
}

#[test]
fn everything_else_has_a_name_too() {
    let metrics = Metrics::default();
    metrics.record(metric::TOOL_DURATION, &[(attr::GEN_AI_TOOL_NAME, "search")], &[0.1]);
    metrics.record(metric::WORKFLOW_DURATION, &[(attr::GEN_AI_WORKFLOW_NAME, "nightly")], &[0.1]);
    metrics.record(metric::COMMAND_DURATION, &[(attr::COMMAND_NAME, "deploy")], &[0.1]);
    metrics.record(metric::RPC_SERVER_DURATION, &[(attr::RPC_METHOD, "a.B/C")], &[0.1]);
    metrics.record(metric::RPC_CLIENT_DURATION, &[(attr::RPC_METHOD, "a.B/D")], &[0.1]);
    metrics.record(
        metric::HTTP_CLIENT_DURATION,
        &[(attr::HTTP_REQUEST_METHOD, "GET"), (attr::SERVER_ADDRESS, "example.com"), (attr::ERROR_TYPE, "404")],
        &[0.1],
    );
    let query =
        [(attr::DB_SYSTEM_NAME, "sqlite"), (attr::DB_OPERATION_NAME, "SELECT"), (attr::DB_COLLECTION_NAME, "articles")];
    metrics.record(metric::DB_DURATION, &query, &[0.1]);
    metrics.record(metric::DB_DURATION, &query[..2], &[0.1]);
    metrics.record(metric::DB_DURATION, &query[..1], &[0.1]);
    metrics.record(metric::DB_DURATION, &[&query[..], &[(attr::DB_QUERY_SUMMARY, "SELECT a b")]].concat(), &[0.1]);
    let reading = read(&metrics);
    for (names, name) in [
        (&reading.tools, "search"),
        (&reading.workflows, "nightly"),
        (&reading.commands, "deploy"),
        (&reading.rpc, "a.B/C"),
        (&reading.rpc_clients, "a.B/D"),
    ] {
        assert_eq!(
            names.iter().map(|(name, tally)| (name, counts(tally))).collect::<Vec<_>>(),
            [(name, [1, 0, 0, 0, 0])]
        );
    }
    assert_eq!(counts(reading.http_clients.get("GET example.com").unwrap()), [1, 1, 0, 0, 0]);
    for name in ["SELECT articles", "SELECT", "sqlite", "SELECT a b"] {
        let database = reading.databases.get(name).unwrap();
        assert_eq!((database.system.as_str(), database.calls.calls), ("sqlite", 1), "{name}");
    }
    assert_eq!((reading.totals.tools.calls, reading.totals.databases.calls), (1, 4));
}

#[test]
fn caches_and_what_is_in_flight() {
    let metrics = Metrics::default();
    let lookup = |result| [(attr::CACHE_NAME, "c"), (attr::CACHE_OPERATION, "get"), (attr::CACHE_RESULT, result)];
    metrics.add(metric::CACHE_OPERATIONS, &lookup("hit"), 3.0);
    metrics.add(metric::CACHE_OPERATIONS, &lookup("miss"), 1.0);
    metrics.add(metric::CACHE_OPERATIONS, &[(attr::CACHE_NAME, "c"), (attr::CACHE_OPERATION, "set")], 1.0);
    metrics.set(metric::CACHE_SIZE, &[(attr::CACHE_NAME, "c")], 9.0);
    metrics.set(metric::HTTP_ACTIVE, &[(attr::HTTP_REQUEST_METHOD, "GET")], 2.0);
    metrics.set(metric::HTTP_ACTIVE, &[(attr::HTTP_REQUEST_METHOD, "POST")], 1.0);
    metrics.set(metric::OPERATIONS_ACTIVE, &[(attr::OPERATION_KIND, "agent")], 4.0);
    metrics.set(metric::USERS_ACTIVE, &[], 17.0);
    metrics.set(metric::DATABASE_CONNECTIONS, &[], 5.0);
    metrics.add(metric::RATE_LIMITED, &[(attr::HTTP_ROUTE, "/a")], 6.0);
    let mut reading = read(&metrics);
    // A second reading is no sum of two.
    read_into(&mut reading, &metrics);
    let cache = Cache { hits: 3, misses: 1, operations: 5, entries: Some(9.0) };
    assert_eq!(reading.caches.get("c"), Some(&cache));
    assert_eq!((reading.totals.cache_hits, reading.totals.cache_misses, reading.totals.rate_limited), (3, 1, 6));
    assert_eq!((reading.totals.active_requests, reading.active_operations["agent"]), (3, 4));
    assert_eq!((reading.active_users, reading.database_connections), (Some(17.0), Some(5.0)));
}

#[test]
fn reading_again_gives_the_same() {
    let metrics = Metrics::default();
    metrics.record(metric::HTTP_DURATION, &request("/a", "200"), &[0.1, 2.0]);
    metrics.record(
        metric::LLM_DURATION,
        &[(attr::GEN_AI_PROVIDER_NAME, "p"), (attr::GEN_AI_REQUEST_MODEL, "m")],
        &[0.1],
    );
    metrics.add(metric::LLM_COST, &[(attr::GEN_AI_PROVIDER_NAME, "p"), (attr::GEN_AI_REQUEST_MODEL, "m")], 1.0);
    let once = read(&metrics);
    let mut twice = read(&metrics);
    read_into(&mut twice, &metrics);
    assert_eq!((&once.totals, &once.endpoints, &once.models), (&twice.totals, &twice.endpoints, &twice.models));
}

#[test]
fn what_there_is_no_room_for_is_in_the_sums() {
    let metrics = Metrics::default();
    for route in 0..1010 {
        metrics.record(metric::HTTP_DURATION, &request(&format!("/{route}"), "200"), &[0.1]);
    }
    let reading = read(&metrics);
    assert_eq!((reading.endpoints.iter().count(), reading.totals.http.calls), (1000, 1010));
    assert!(reading.omitted().contains(&("endpoints", 10)));
}
