//! The heart of Tachograph: operations, the recorder of calls, context. It needs the OpenTelemetry API alone.
//!
//! A library depends on this crate (or on `tachograph` without default features) and tracks its calls; nothing happens,
//! and nothing is allocated, until an application installs telemetry.
//!
//! # The way of a call
//!
//! ```text
//! operation (what is known before)  ->  CallGuard (running)  ->  finish(outcome), or drop
//!                                                                   |            |
//!                                                              instruments      span
//! ```
//!
//! | module | holds |
//! |---|---|
//! | `operation` | the typed descriptions: [`AgentExecution`], [`LlmRequest`], [`ToolExecution`], … |
//! | `recorder`, `call` | the guard and the handle of a running call |
//! | `completion` | the one place where a call is recorded |
//! | `series`, `bound`, `instruments` | metric series, bound once and kept |
//! | [`telemetry`](Telemetry) | telemetry as a value; install and scope |
//! | [`Ids`], [`context`] | ids for every span below, and taking the context along |
//! | [`propagation`] | W3C trace context on the wire |
//! | [`current`] | the running call, without threading a handle |
//! | `track`, `record` | functions beside the attributes |
//! | [`event`] | named events for logs, and who prints them |
//! | [`capture`], [`breadcrumbs`] | errors and messages that the application reports, and what led to them |
//! | `call_events`, `slow_calls` | of which calls there are events |
//! | `log` | what an application measures and guards, as events |
//! | [`custom`] | an application's own instruments |
//! | [`semconv`] | every name that is emitted |

#![cfg_attr(docsrs, feature(doc_cfg))]

mod answer;
mod attempts;
mod bound;
pub mod breadcrumbs;
mod cache_counter;
mod call;
mod call_events;
pub mod capture;
mod chunks;
mod completion;
mod content;
pub mod context;
pub mod current;
pub mod custom;
pub mod event;
pub mod future;
mod ids;
mod instruments;
mod llm_call;
mod log;
mod operation;
mod outcome;
mod policy;
mod pricing;
#[doc(hidden)]
pub mod private;
pub mod propagation;
mod record;
mod recorder;
pub mod semconv;
mod series;
mod slow_calls;
pub mod source;
mod span_names;
pub mod stream;
mod telemetry;
mod track;
mod usage;
mod work;

pub use answer::AnswerReader;
pub use attempts::Attempt;
pub use breadcrumbs::{Breadcrumb, breadcrumb};
pub use cache_counter::CacheCounter;
pub use call::Call;
pub use call_events::CallEvents;
pub use capture::{Capture, capture_error, capture_message};
pub use content::{ContentKind, ContentPolicy, ContentRoom, Redact, WITHHELD};
pub use ids::Ids;
pub use log::{log_performance, log_security_event};
pub use opentelemetry;
pub use operation::{
    AgentExecution, AnyOperation, CacheOperation, CommandExecution, DbQuery, HttpClientRequest, HttpRequest, Kind,
    LlmRequest, Operation, RpcClientCall, RpcServerCall, ToolExecution, WorkflowExecution,
};
pub use outcome::{CallError, ErrorType, Observe, Outcome};
pub use policy::{ExceptionSignal, GenAiNames, Policy};
pub use pricing::{Billed, Pricing};
pub use record::{
    record_agent_execution, record_api_request, record_cache_hit, record_cache_miss, record_command_execution,
    record_db_query, record_error, record_llm_request, record_tool_execution, record_workflow_execution,
    set_active_users, set_database_connections, set_system_health,
};
pub use recorder::CallGuard;
pub use series::CallSite;
pub use slow_calls::SlowCalls;
pub use telemetry::{Telemetry, TelemetryBuilder};
pub use track::{
    track_agent_execution, track_cache_operation, track_command, track_db_query, track_http_request, track_llm_request,
    track_tool_execution, track_workflow,
};
pub use usage::Usage;
pub use work::{Share, Work};
