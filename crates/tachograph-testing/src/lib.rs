//! Telemetry of one test, in memory: spans and metrics recorded inside a scope, seen at once, and by nobody else.
//!
//! Nothing global is touched, so tests run in parallel and do not see each other.
//!
//! ```
//! use tachograph_core::{AgentExecution, LlmRequest, Outcome, Usage};
//! use tachograph_testing::TestTelemetry;
//!
//! let test = TestTelemetry::new();
//! test.scope(|| {
//!     AgentExecution::new("researcher").run(|| {
//!         let call = LlmRequest::new("openai", "gpt-4o").start();
//!         call.usage(Usage::new(120, 30));
//!         call.succeed();
//!         LlmRequest::new("openai", "gpt-4o").start().finish(Outcome::error("rate_limit_exceeded"));
//!     });
//! });
//!
//! assert_eq!(
//!     test.tree(),
//!     "\
//! invoke_agent researcher
//!   chat gpt-4o (client) gen_ai.usage.input_tokens=120 gen_ai.usage.output_tokens=30
//!   chat gpt-4o (client) error.type=rate_limit_exceeded [error]
//! "
//! );
//! let metrics = test.metrics();
//! assert_eq!(metrics.count("gen_ai.client.operation.duration", &[("gen_ai.request.model", "gpt-4o")]), 2);
//! assert_eq!(metrics.sum("gen_ai.client.token.usage", &[("gen_ai.token.type", "input")]), 120.0);
//! assert_eq!(metrics.value("tachograph.operations.active", &[]), 0.0);
//! ```
//!
//! Futures take the scope along:
//!
//! ```
//! use opentelemetry::trace::FutureExt as _;
//! # use tachograph_core::track_tool_execution;
//! # use tachograph_testing::TestTelemetry;
//! let test = TestTelemetry::new();
//! # let search = async { Ok::<u32, std::io::Error>(3) };
//! # let block_on = futures_executor::block_on;
//! block_on(track_tool_execution("search", search).with_context(test.context()))?;
//! assert_eq!(test.span("execute_tool search").span_context.is_sampled(), true);
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! | module | holds |
//! |---|---|
//! | `harness` | [`TestTelemetry`] and its builder |
//! | `spans` | where spans end up; look-ups of attributes and events |
//! | `reader` | the metric reader that is asked on demand |
//! | [`metrics`] | the snapshot of metrics and its look-ups |
//! | [`tree`] | span trees as text, for tests and for programs |
//! | [`collector`] | a span processor that gives whole traces, bounded |
//! | `otlp` | an OTLP server that fails as it is told (cargo feature `otlp-server`) |

// A failed look-up is a failed assertion: this crate runs inside tests, where panicking with a message is the interface.
#![allow(clippy::panic, reason = "look-ups that fail are failed assertions of the calling test")]

pub mod collector;
mod harness;
pub mod metrics;
#[cfg(feature = "otlp-server")]
pub mod otlp;
mod reader;
mod spans;
pub mod tree;

pub use collector::TraceCollector;
pub use harness::{TestTelemetry, TestTelemetryBuilder};
pub use metrics::Metrics;
pub use opentelemetry::trace::Event;
pub use opentelemetry_sdk::trace::SpanData;
pub use spans::{Attributed, attribute, events, number};
