//! The operations that can be tracked, each a typed builder.
//!
//! An operation is described by what is known before it runs. `start()` turns the description into a running call.

mod agent;
mod cache;
mod command;
mod db;
mod http;
mod http_client;
mod llm;
mod rpc;
mod server;
mod tool;
mod workflow;

use std::borrow::Cow;

use opentelemetry::{KeyValue, StringValue, trace::SpanKind};

pub use self::{
    agent::AgentExecution,
    cache::CacheOperation,
    command::CommandExecution,
    db::DbQuery,
    http::HttpRequest,
    http_client::HttpClientRequest,
    llm::LlmRequest,
    rpc::{RpcClientCall, RpcServerCall},
    tool::ToolExecution,
    workflow::WorkflowExecution,
};
use crate::{
    semconv::{attribute as attr, event},
    series::Identity,
};

/// What is being tracked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// A run of an agent.
    Agent,
    /// A call to a model.
    Llm,
    /// An execution of a tool.
    Tool,
    /// A run of a workflow.
    Workflow,
    /// A command of the application.
    Command,
    /// A request that an HTTP server answers.
    Http,
    /// A call to a database.
    Db,
    /// An operation on a cache.
    Cache,
    /// A request to an HTTP server.
    HttpClient,
    /// A remote procedure call that a server answers.
    Rpc,
    /// A call of a remote procedure.
    RpcClient,
}

impl Kind {
    pub(crate) const COUNT: usize = 11;

    /// All kinds.
    pub const ALL: &'static [Self] = &[
        Self::Agent,
        Self::Llm,
        Self::Tool,
        Self::Workflow,
        Self::Command,
        Self::Http,
        Self::Db,
        Self::Cache,
        Self::HttpClient,
        Self::Rpc,
        Self::RpcClient,
    ];

    /// The value of `tachograph.operation.kind`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Llm => "llm",
            Self::Tool => "tool",
            Self::Workflow => "workflow",
            Self::Command => "command",
            Self::Http => "http",
            Self::Db => "db",
            Self::Cache => "cache",
            Self::HttpClient => "http_client",
            Self::Rpc => "rpc",
            Self::RpcClient => "rpc_client",
        }
    }

    /// Names of the events of a call that ended well, and of one that failed.
    pub(crate) const fn event_names(self) -> [&'static str; 2] {
        match self {
            Self::Agent => [event::AGENT_COMPLETED, event::AGENT_FAILED],
            Self::Llm => [event::LLM_COMPLETED, event::LLM_FAILED],
            Self::Tool => [event::TOOL_COMPLETED, event::TOOL_FAILED],
            Self::Workflow => [event::WORKFLOW_COMPLETED, event::WORKFLOW_FAILED],
            Self::Command => [event::COMMAND_COMPLETED, event::COMMAND_FAILED],
            Self::Http => [event::REQUEST_COMPLETED, event::REQUEST_FAILED],
            Self::Db => [event::DB_COMPLETED, event::DB_FAILED],
            Self::Cache => [event::CACHE_COMPLETED, event::CACHE_FAILED],
            Self::HttpClient => [event::HTTP_CLIENT_COMPLETED, event::HTTP_CLIENT_FAILED],
            Self::Rpc => [event::RPC_COMPLETED, event::RPC_FAILED],
            Self::RpcClient => [event::RPC_CLIENT_COMPLETED, event::RPC_CLIENT_FAILED],
        }
    }

    /// Keys of the metric attributes that are known at the start, in the order of [`Identity::parts`].
    pub(crate) const fn identity_keys(self) -> &'static [&'static str] {
        match self {
            Self::Agent => &[attr::GEN_AI_AGENT_NAME],
            Self::Llm => &[
                attr::GEN_AI_OPERATION_NAME,
                attr::GEN_AI_PROVIDER_NAME,
                attr::GEN_AI_REQUEST_MODEL,
                attr::SERVER_ADDRESS,
                // On spans and on the cost; on the tokens where the policy says so.
                attr::GEN_AI_AGENT_NAME,
            ],
            Self::Tool => &[attr::GEN_AI_TOOL_NAME, attr::GEN_AI_TOOL_TYPE, attr::GEN_AI_AGENT_NAME],
            Self::Workflow => &[attr::GEN_AI_WORKFLOW_NAME],
            Self::Command => &[attr::COMMAND_NAME],
            Self::Http => {
                &[attr::HTTP_REQUEST_METHOD, attr::URL_SCHEME, attr::HTTP_ROUTE, attr::NETWORK_PROTOCOL_VERSION]
            }
            Self::Db => &[
                attr::DB_SYSTEM_NAME,
                attr::DB_OPERATION_NAME,
                attr::DB_COLLECTION_NAME,
                attr::DB_QUERY_SUMMARY,
                attr::DB_NAMESPACE,
                attr::SERVER_ADDRESS,
            ],
            Self::Cache => &[attr::CACHE_NAME, attr::CACHE_OPERATION],
            Self::HttpClient => &[attr::HTTP_REQUEST_METHOD, attr::SERVER_ADDRESS, attr::URL_TEMPLATE],
            Self::Rpc => &[attr::RPC_SYSTEM_NAME, attr::RPC_METHOD],
            Self::RpcClient => &[attr::RPC_SYSTEM_NAME, attr::RPC_METHOD, attr::SERVER_ADDRESS],
        }
    }

    /// Key of the code that a call of this kind ended with.
    pub(crate) const fn code_key(self) -> &'static str {
        match self {
            Self::Db => attr::DB_RESPONSE_STATUS_CODE,
            _ => attr::RPC_STATUS_CODE,
        }
    }

    /// Whether the errors of such calls are the peer's about the call itself, and never handed on from a call inside.
    pub(crate) const fn has_errors_of_its_own(self) -> bool {
        matches!(self, Self::Db | Self::Cache | Self::HttpClient | Self::RpcClient)
    }

    /// What this process serves or runs by itself; the others it asks somebody for.
    pub(crate) const fn is_own(self) -> bool {
        matches!(self, Self::Agent | Self::Workflow | Self::Command | Self::Http | Self::Rpc)
    }

    /// Requests that this process answers: what they set off is counted on them.
    pub(crate) const fn is_served(self) -> bool {
        matches!(self, Self::Http | Self::Rpc)
    }
}

/// Which operation a call is: one of the typed builders, or [`AnyOperation`].
///
/// Sealed: the kinds of operation are Tachograph's.
pub trait Operation: sealed::Describe + Sized + Send + Sync + 'static {}

/// Stands for an operation of any kind, in [`current::operation`](crate::current::operation).
#[derive(Debug)]
pub struct AnyOperation(());

/// Room for the attributes that a span has at its start. More, for those of its end, costs more than growing does: the vector
/// waits in the export queue as it is.
const SPAN_ATTRIBUTES: usize = 5;

pub(crate) mod sealed {
    use super::{Cow, Identity, KeyValue, Kind, SPAN_ATTRIBUTES, SpanKind, StringValue};

    /// What the recorder asks of an operation.
    pub trait Describe {
        const KIND: Kind;

        /// Name of the span: made of the identity alone, so that it is made once for each series.
        fn span_name(&self) -> Cow<'static, str>;

        fn span_kind(&self) -> SpanKind {
            SpanKind::Internal
        }

        /// Metric attributes known at the start. `agent` is the name of the agent that the call runs in.
        fn identity<'a>(&'a self, agent: Option<&'a StringValue>) -> Identity<'a>;

        /// Whether `identity` looks at the agent.
        const NEEDS_AGENT: bool = false;

        /// Attributes of the conventions that spans alone carry, as far as they are gathered already.
        fn details(&mut self) -> Vec<KeyValue> {
            Vec::with_capacity(SPAN_ATTRIBUTES)
        }

        /// Identifier of a request that is served.
        fn request_id(&mut self) -> Option<StringValue> {
            None
        }

        /// Puts the attributes of the conventions, known at the start, into `out`, and gives those back that the caller chose:
        /// they are set at the end, so that a later value of the same key can take their place.
        fn span_attributes(self, out: &mut Vec<KeyValue>) -> Vec<KeyValue>;
    }
}

/// `{a} {b}` in one allocation.
pub(crate) fn two_words(first: &str, second: &str) -> Cow<'static, str> {
    let mut name = String::with_capacity(first.len() + 1 + second.len());
    name.push_str(first);
    name.push(' ');
    name.push_str(second);
    Cow::Owned(name)
}

/// The methods that every operation has: start, track, record.
macro_rules! operation_methods {
    ($operation:ty) => {
        impl $crate::operation::Operation for $operation {}

        impl $operation {
            /// Adds an attribute to the span. Metrics never carry it, and samplers do not see it: it is set when the call ends.
            pub fn with_attribute(
                mut self,
                key: impl Into<opentelemetry::Key>,
                value: impl Into<opentelemetry::Value>,
            ) -> Self {
                self.attributes.push(opentelemetry::KeyValue::new(key, value));
                self
            }

            /// Starts the call now. It ends when the guard is finished, or as cancelled when the guard is dropped.
            ///
            /// Does nothing, and allocates nothing, where no telemetry is installed.
            pub fn start(self) -> $crate::CallGuard<Self> {
                $crate::CallGuard::start(self, None)
            }

            /// Starts the call now below `parent`, which need not be current: for layers. `site` is the layer's own, one for each
            /// route or peer, and a short cut to the metrics of the identity that it met first.
            pub fn start_in_layer(
                self,
                site: &$crate::CallSite,
                parent: &opentelemetry::Context,
            ) -> $crate::CallGuard<Self> {
                $crate::CallGuard::start_in_layer(self, site, parent)
            }

            /// Tracks a future: the call starts at its first poll and ends with its output, or when it is dropped.
            pub fn track<F>(self, future: F) -> $crate::future::Tracked<F, Self>
            where
                F: Future,
                F::Output: $crate::Observe,
            {
                $crate::future::Tracked::new(self, future)
            }

            /// Tracks a stream: the call starts at its first poll and ends when the stream ends or is dropped.
            pub fn track_stream<S>(self, stream: S) -> $crate::stream::ObservedStream<S, Self>
            where
                S: futures_core::Stream,
                S::Item: $crate::Observe,
            {
                $crate::stream::observed(self, stream)
            }

            /// Tracks a closure.
            pub fn run<R: $crate::Observe>(self, body: impl FnOnce() -> R) -> R {
                let guard = self.start();
                let result = {
                    let _context = guard.enter();
                    body()
                };
                guard.finish($crate::Observe::outcome(&result));
                result
            }

            /// Records a call that was measured elsewhere and ended now: metrics, and a span that began `duration` ago
            /// below the current one. It was never in flight.
            pub fn record(self, duration: std::time::Duration, outcome: $crate::Outcome) {
                $crate::CallGuard::started_before(self, duration).finish(outcome);
            }
        }
    };
}
pub(crate) use operation_methods;
