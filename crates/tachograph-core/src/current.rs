//! The call that is running here: enriched without threading a handle through.
//!
//! ```
//! use tachograph_core::{Usage, current};
//! fn parse_response() {
//!     // Reaches the innermost running call to a model; outside of any it does nothing.
//!     current::llm_request(|call| call.usage(Usage::new(120, 30)));
//! }
//! ```
//!
//! A function for a kind reaches the innermost running call *of that kind*: inside a tool, [`agent`] is the agent that
//! runs the tool. "Here" follows the OpenTelemetry context: across `.await` by itself, into spawned tasks and threads where
//! the context is carried there.

use opentelemetry::{
    Context,
    trace::{TraceContextExt as _, TraceId},
};

use crate::{
    call::{Call, find},
    operation::{
        AgentExecution, AnyOperation, CacheOperation, CommandExecution, DbQuery, HttpClientRequest, HttpRequest, Kind,
        LlmRequest, RpcClientCall, RpcServerCall, ToolExecution, WorkflowExecution,
    },
};

macro_rules! current {
    ($($(#[$doc:meta])* $name:ident: $operation:ty, $kind:expr;)*) => {
        $(
            $(#[$doc])*
            pub fn $name(enrich: impl FnOnce(&Call<$operation>)) {
                if let Some(context) = innermost($kind) {
                    enrich(&Call::of(Some(context)));
                }
            }
        )*
    };
}

current! {
    /// The innermost running call of any kind.
    operation: AnyOperation, None;
    /// The innermost running agent.
    agent: AgentExecution, Some(Kind::Agent);
    /// The innermost running call to a model.
    llm_request: LlmRequest, Some(Kind::Llm);
    /// The innermost running tool.
    tool: ToolExecution, Some(Kind::Tool);
    /// The innermost running workflow.
    workflow: WorkflowExecution, Some(Kind::Workflow);
    /// The innermost running command.
    command: CommandExecution, Some(Kind::Command);
    /// The HTTP request that is being answered.
    http_request: HttpRequest, Some(Kind::Http);
    /// The innermost running database call.
    db_query: DbQuery, Some(Kind::Db);
    /// The innermost running cache operation.
    cache_operation: CacheOperation, Some(Kind::Cache);
    /// The innermost running request to an HTTP server.
    http_client_request: HttpClientRequest, Some(Kind::HttpClient);
    /// The remote procedure call that is being answered.
    rpc_server_call: RpcServerCall, Some(Kind::Rpc);
    /// The innermost running call of a remote procedure.
    rpc_client_call: RpcClientCall, Some(Kind::RpcClient);
}

/// The id of the trace that is recorded here, for responses and log lines: 32 hexadecimal digits when printed. `None` where no
/// span is current.
#[must_use]
pub fn trace_id() -> Option<TraceId> {
    Context::map_current(|cx| {
        let span = cx.span();
        let span = span.span_context();
        span.is_valid().then(|| span.trace_id())
    })
}

fn innermost(kind: Option<Kind>) -> Option<Context> {
    find(&Context::current(), |call| kind.is_none_or(|kind| call.kind == kind))
}
