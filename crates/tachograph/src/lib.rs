//! Tachograph: OpenTelemetry-native instrumentation for Rust applications that run AI agents.
//!
//! One attribute on a function gives a span and metrics; `init()` exports them by OTLP and exposes them as Prometheus text.
//!
//! # In applications
//!
//! ```no_run
//! use tachograph::{track_agent_execution, track_llm_request, track_tool_execution};
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let telemetry = tachograph::init()?; // OTEL_* variables; OTLP out, Prometheus in
//!     let app = axum::Router::new()
//!         .route("/api/chat", axum::routing::post(chat))
//!         .layer(tachograph::tower::HttpServerLayer::new())
//!         .merge(telemetry.monitoring().router()); // /health, /monitoring/…
//!     let listener = tokio::net::TcpListener::bind("127.0.0.1:8000").await?;
//!     axum::serve(listener, app).await?;
//!     telemetry.shutdown(std::time::Duration::from_secs(5)).await.into_result()?;
//!     Ok(())
//! }
//!
//! async fn chat(question: String) -> Result<String, String> {
//!     research(&question).await.map_err(|error| error.to_string())
//! }
//!
//! #[track_agent_execution("researcher")]
//! async fn research(question: &str) -> std::io::Result<String> {
//!     let hits = search(question)?;
//!     Ok(ask(&format!("{question}: {hits:?}")).await?["text"].to_string())
//! }
//!
//! #[track_llm_request("groq", "mixtral-8x7b")] // tokens, finish reasons and cost come from the answer
//! async fn ask(prompt: &str) -> std::io::Result<serde_json::Value> {
//!     Ok(serde_json::json!({ "text": prompt, "usage": { "prompt_tokens": 12, "completion_tokens": 3 } }))
//! }
//!
//! #[track_tool_execution("web_search")]
//! fn search(query: &str) -> std::io::Result<Vec<String>> {
//!     Ok(vec![query.to_owned()])
//! }
//! ```
//!
//! # In libraries
//!
//! Depend on `tachograph` with `default-features = false`: attributes, functions and builders, and no SDK, no tokio, no tonic.
//! Until an application installs telemetry nothing happens, and nothing is allocated.
//!
//! # Three ways to track a call
//!
//! | way | looks like |
//! |---|---|
//! | attribute | `#[track_llm_request("openai", "gpt-4o")]` on any function, `async` or not, of a value, a future or a stream |
//! | function | `track_llm_request("openai", "gpt-4o", async { … }).await` |
//! | builder and guard | `let call = LlmRequest::new("openai", "gpt-4o").temperature(0.2).start(); … call.succeed();` |
//!
//! All three end in the same place: a call is recorded exactly once, whether it returns, fails, panics or is dropped. Inside of it
//! [`current`] reaches the running call; [`record_llm_request`] and its kin record what was measured elsewhere; [`custom`] has an
//! application's own instruments. [`capture_error`] and [`capture_message`] report what people should look at, with the
//! [`breadcrumb`]s that led to it.
//!
//! # Cargo features
//!
//! | feature | brings | default |
//! |---|---|---|
//! | `otlp-grpc` | OTLP over gRPC (tonic) | yes |
//! | `otlp-http` | OTLP over HTTP with protobuf (hyper) | yes |
//! | `prometheus-server` | a server of its own for scrapes, where code or `OTEL_EXPORTER_PROMETHEUS_HOST`/`_PORT` asks for one | yes |
//! | `prometheus-registry` | our metrics in the application's `prometheus::Registry`, and such a registry's in scrapes | |
//! | `sentry` | captured errors, messages, panics and `ERROR` events to Sentry, where `SENTRY_DSN` or code says so | |
//! | `sysinfo` | figures of the process and the machine: `process.*`, `system.*`, and what the monitoring endpoints tell of them | yes |
//! | `tls-ring` | https for OTLP with ring; without it, the rustls provider that the application installed | yes |
//! | `pipeline` | `init`, `builder`: the SDK, scrapes, shutdown; part of the two above | yes |
//! | `llm` | answers of models are read: tokens, finish reasons, cost, content where it is allowed | yes |
//! | `monitor` | the monitoring endpoints: health, statistics, traces, a page (axum) | yes |
//! | `monitor-grpc` | the same as gRPC services, with `grpc.health.v1` (tonic) | |
//! | `tower` | layers for HTTP and gRPC, servers and clients | yes |
//! | `reqwest` | the same for `reqwest`, by `reqwest-middleware`; with `llm`, calls to models are recognised | |
//! | `genai`, `rig-core`, `async-openai` | answers of these clients tell their call by themselves | |
//! | `sqlx-postgres`, `sqlx-sqlite`, `sqlx-any` | pools of `sqlx` | |
//! | `redis` | connections of `redis` | |
//! | `moka` | caches of `moka` | |

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "pipeline")]
mod application;

#[doc(hidden)]
pub mod __private {
    pub use tachograph_core::private::*;
    #[cfg(feature = "llm")]
    pub use tachograph_llm::private as answer;
}
#[doc(inline)]
pub use tachograph_core::{
    AgentExecution, AnswerReader, AnyOperation, Attempt, Billed, Breadcrumb, CacheCounter, CacheOperation, Call,
    CallError, CallEvents, CallGuard, CallSite, Capture, CommandExecution, ContentKind, ContentPolicy, ContentRoom,
    DbQuery, ErrorType, ExceptionSignal, GenAiNames, HttpClientRequest, HttpRequest, Ids, Kind, LlmRequest, Observe,
    Operation, Outcome, Policy, Pricing, Redact, RpcClientCall, RpcServerCall, Share, SlowCalls, Telemetry,
    TelemetryBuilder, ToolExecution, Usage, Work, WorkflowExecution, breadcrumb, breadcrumbs, capture, capture_error,
    capture_message, context, current, custom, event, future, log_performance, log_security_event, opentelemetry,
    propagation, record_agent_execution, record_api_request, record_cache_hit, record_cache_miss,
    record_command_execution, record_db_query, record_error, record_llm_request, record_tool_execution,
    record_workflow_execution, semconv, set_active_users, set_database_connections, set_system_health, source, stream,
    track_agent_execution, track_cache_operation, track_command, track_db_query, track_http_request, track_llm_request,
    track_tool_execution, track_workflow,
};
pub use tachograph_macros::{
    track_agent_execution, track_cache_operation, track_command, track_db_query, track_http_request, track_llm_request,
    track_tool_execution, track_workflow,
};

#[cfg(feature = "pipeline")]
pub use self::application::{Tachograph, builder, init};
/// Database clients and caches.
#[cfg(any(
    feature = "moka",
    feature = "redis",
    feature = "sqlx-any",
    feature = "sqlx-postgres",
    feature = "sqlx-sqlite"
))]
pub use tachograph_db as db;
/// Answers of models: what reads them, prices, content.
#[cfg(feature = "llm")]
pub use tachograph_llm as llm;
#[cfg(feature = "llm")]
#[doc(inline)]
pub use tachograph_llm::LlmResponse;
/// The monitoring endpoints.
#[cfg(feature = "monitor")]
pub use tachograph_monitor as monitor;
/// The pipeline crate, for what is rarely named.
#[cfg(feature = "pipeline")]
pub use tachograph_pipeline as pipeline;
#[cfg(feature = "pipeline")]
#[doc(inline)]
pub use tachograph_pipeline::{
    DetailedFormat, DiskSpool, Error, ExporterChoice, Fsync, JsonFormat, LogFile, LogFiles, LogFilter, LogFormat,
    MetricNames, NameTranslation, Pipeline, Preset, Profile, Propagator, Protocol, Sampler, Settings, ShutdownReport,
    TelemetryHealth, WhenFull,
};
/// Layers for HTTP and gRPC, servers and clients.
#[cfg(feature = "tower")]
pub use tachograph_tower as tower;

/// Builds the telemetry of the process; see [`builder`].
#[cfg(feature = "pipeline")]
pub type Builder = tachograph_pipeline::Builder<Tachograph>;
