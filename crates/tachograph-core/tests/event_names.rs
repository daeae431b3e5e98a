//! The names of events are a contract with whoever reads the log.

use tachograph_core::semconv::event;

#[test]
fn the_names_of_events_are_these() {
    let names = [
        (event::REQUEST_COMPLETED, "request_completed"),
        (event::REQUEST_FAILED, "request_failed"),
        (event::AGENT_COMPLETED, "agent_execution_completed"),
        (event::AGENT_FAILED, "agent_execution_failed"),
        (event::LLM_COMPLETED, "llm_request_completed"),
        (event::LLM_FAILED, "llm_request_failed"),
        (event::TOOL_COMPLETED, "tool_execution_completed"),
        (event::TOOL_FAILED, "tool_execution_failed"),
        (event::WORKFLOW_COMPLETED, "workflow_execution_completed"),
        (event::WORKFLOW_FAILED, "workflow_execution_failed"),
        (event::COMMAND_COMPLETED, "command_execution_completed"),
        (event::COMMAND_FAILED, "command_execution_failed"),
        (event::DB_COMPLETED, "db_query_completed"),
        (event::DB_FAILED, "db_query_failed"),
        (event::CACHE_COMPLETED, "cache_operation_completed"),
        (event::CACHE_FAILED, "cache_operation_failed"),
        (event::HTTP_CLIENT_COMPLETED, "http_client_request_completed"),
        (event::HTTP_CLIENT_FAILED, "http_client_request_failed"),
        (event::RPC_COMPLETED, "rpc_server_call_completed"),
        (event::RPC_FAILED, "rpc_server_call_failed"),
        (event::RPC_CLIENT_COMPLETED, "rpc_client_call_completed"),
        (event::RPC_CLIENT_FAILED, "rpc_client_call_failed"),
        (event::SLOW_REQUEST, "slow_request"),
        (event::SLOW_OPERATION, "slow_operation"),
        (event::PERFORMANCE, "performance"),
    ];
    for (name, expected) in names {
        assert_eq!(name, expected);
    }
    // None is left out of this list.
    let source = include_str!("../src/semconv.rs");
    let (_, events) = source.split_once("pub mod event {").unwrap_or_default();
    assert_eq!(events.matches("pub const ").count(), names.len());
}
