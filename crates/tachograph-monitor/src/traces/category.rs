//! What a span is about, by the attributes of the conventions: so that spans of other libraries are told as well.

use opentelemetry::{KeyValue, trace::SpanKind};
use serde::Serialize;
use tachograph_core::semconv::{attribute as attr, value};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Category {
    Http,
    HttpClient,
    Rpc,
    RpcClient,
    Agent,
    Llm,
    Tool,
    Workflow,
    Command,
    Db,
    Cache,
    Other,
}

impl Category {
    pub(super) fn of(kind: &SpanKind, attributes: &[KeyValue]) -> Self {
        let get = |key: &str| attributes.iter().rev().find(|it| it.key.as_str() == key).map(|it| &it.value);
        let is_client = *kind == SpanKind::Client;
        if let Some(operation) = get(attr::GEN_AI_OPERATION_NAME) {
            return match &*operation.as_str() {
                value::INVOKE_AGENT | "create_agent" => Self::Agent,
                value::EXECUTE_TOOL => Self::Tool,
                value::INVOKE_WORKFLOW => Self::Workflow,
                _ => Self::Llm,
            };
        }
        // A span of Redis has no method, and one of HTTP no database: the order matters only where two conventions meet.
        if get(attr::DB_SYSTEM_NAME).is_some() || get("db.system").is_some() {
            Self::Db
        } else if get(attr::CACHE_NAME).is_some() {
            Self::Cache
        } else if get(attr::COMMAND_NAME).is_some() {
            Self::Command
        } else if get(attr::RPC_SYSTEM_NAME).is_some() || get("rpc.system").is_some() {
            if is_client { Self::RpcClient } else { Self::Rpc }
        } else if get(attr::HTTP_REQUEST_METHOD).is_some() {
            if is_client { Self::HttpClient } else { Self::Http }
        } else {
            Self::Other
        }
    }

    /// Whether what goes wrong in it may quote a prompt or an answer.
    pub(super) fn may_quote(self) -> bool {
        !matches!(self, Self::Db | Self::Cache | Self::HttpClient | Self::RpcClient)
    }
}
