//! Which kind of operation a span is of, by the attributes that it has at its start.

use opentelemetry::trace::SpanKind;
use opentelemetry::{KeyValue, Value};
use tachograph_core::Kind;
use tachograph_core::semconv::{attribute as attr, value};

/// The kind, of spans of other libraries as well, where they follow the conventions.
pub(super) fn of(span_kind: &SpanKind, attributes: &[KeyValue]) -> Option<Kind> {
    let is_server = *span_kind == SpanKind::Server;
    attributes.iter().find_map(|attribute| {
        Some(match attribute.key.as_str() {
            attr::GEN_AI_OPERATION_NAME => of_gen_ai(&attribute.value),
            attr::CACHE_NAME => Kind::Cache,
            attr::COMMAND_NAME => Kind::Command,
            attr::DB_SYSTEM_NAME => Kind::Db,
            attr::HTTP_REQUEST_METHOD if is_server => Kind::Http,
            attr::HTTP_REQUEST_METHOD => Kind::HttpClient,
            attr::RPC_SYSTEM_NAME if is_server => Kind::Rpc,
            attr::RPC_SYSTEM_NAME => Kind::RpcClient,
            _ => return None,
        })
    })
}

fn of_gen_ai(operation: &Value) -> Kind {
    match operation.as_str().as_ref() {
        value::INVOKE_AGENT => Kind::Agent,
        value::EXECUTE_TOOL => Kind::Tool,
        value::INVOKE_WORKFLOW => Kind::Workflow,
        _ => Kind::Llm,
    }
}
