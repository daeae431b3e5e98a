//! The SDK side of Tachograph: from recorded spans, metrics and log events to OTLP and Prometheus.
//!
//! ```text
//!  events of `tracing` ── redacted ─ log records ─> batch queue ──┐
//!                                                                 │
//!  Telemetry (tachograph-core) ──┬── spans ───────> batch queue ──┤
//!                                │                                ├─> guarded exporter ─> export thread ─> OTLP, or disk
//!                                └── metrics ─────> ONE reader ──┬┘   (time-out, panics, accounts)
//!                                                                └──> own encoder ─> Prometheus text
//! ```
//!
//! For application authors: [`Builder`] makes a [`Pipeline`] from code and the `OTEL_*` variables, [`Pipeline::install`] makes it
//! the one of the process, [`Pipeline::shutdown`] ends it within a deadline and reports what was delivered. The crate `tachograph`
//! wraps these three.
//!
//! What the pipeline promises its host: no panic of an exporter, a span processor or a metric callback gets through; no recording
//! waits for an export; a receiver that is slow, dead or hanging changes nothing but the counts in [`TelemetryHealth`]. Everything that
//! talks to the network lives on one thread with a runtime of its own, so it does not matter which runtime the application has.
//!
//! # Processes that fork
//!
//! A child that was forked and goes on without `exec` has the memory of its parent and none of its threads. What it records is queued and
//! never exported, and counted as dropped when the queue is full; the parent's connections are left alone, because nobody is there
//! who uses them. A flush or a shutdown in the child ends at its deadline. If another thread of the parent held a lock of the SDK
//! or of a queue at the moment of the fork, recording in the child waits for it for ever. So build the pipeline after the fork, in
//! each child one of its own. `std::process::Command` is not concerned.
//!
//! # Cargo features
//!
//! The first three are on by default.
//!
//! - `otlp-grpc` and `otlp-http` bring the two forms of OTLP, through tonic and hyper. No client crate of general use is part of
//!   them, so that merged features change nothing in the application's own client.
//! - `tls-ring` brings cryptography for `https` endpoints, which is used unless the application installed a
//!   `rustls::crypto::CryptoProvider` for its process. Nothing is ever installed here.
//! - `prometheus-server` brings a small server for scrapes, for applications that serve no HTTP of their own; see
//!   [`Builder::with_prometheus_server`].
//! - `prometheus-registry` lets our metrics appear in an application's own `prometheus::Registry`, and such a registry's in scrapes.
//! - `otlp-json` adds OTLP over HTTP with JSON bodies, `zstd` that compression, and `spool` a place on disk for spans and log records
//!   whose receiver is away, see [`DiskSpool`].
//! - `sysinfo` watches processors, memory and disk of the machine and the process, within the limits of control groups: as metrics
//!   and by [`Pipeline::system_handle`].
//!
//! One thing cannot be hidden: `tls-ring` switches on the feature `ring` of `rustls` for the whole application. Where something
//! else switches on `aws_lc_rs` as well, `rustls::ClientConfig::builder()` and `ServerConfig::builder()` can no longer tell which is
//! meant, and panic unless a provider was installed. Such an application either calls `install_default()` of its provider at the
//! start of `main`, or leaves `tls-ring` out and does so if it needs `https` for OTLP.

mod accounting;
mod application;
mod builder;
pub mod cardinality;
mod error;
mod exporter;
mod exposition;
mod install;
mod log_records;
mod logs;
mod metrics;
mod observer;
mod otlp;
mod panics;
mod pipeline;
mod presets;
mod processor;
mod propagation;
mod queue;
#[cfg(feature = "prometheus-registry")]
mod registry;
mod resource;
mod runtime;
mod sampling;
mod scrape;
#[cfg(feature = "sentry")]
mod sentry;
mod server;
mod settings;
mod shutdown;
#[cfg(all(feature = "_otlp", feature = "spool"))]
mod spool;
#[cfg(feature = "sysinfo")]
mod system;
mod traces;

pub use accounting::{Dropped, Drops, ExportHandle, Failures, SignalHealth, TelemetryHealth};
pub use application::Application;
pub use builder::Builder;
pub use cardinality::InstrumentCardinality;
pub use error::Error;
pub use exposition::{CONTENT_TYPE, MetricNames, NameTranslation, Profile};
pub use logs::files::{LogFile, LogFiles, LogFilesHealth};
pub use logs::{ContextFields, DetailedFormat, JsonFormat, LogFilter, LogFormat};
pub use metrics::{MeterProvider, MetricsHandle};
pub use opentelemetry_sdk::trace::Sampler;
pub use pipeline::Pipeline;
pub use presets::Preset;
pub use queue::WhenFull;
pub use scrape::ScrapeHandle;
pub use settings::{DiskSpool, ExporterChoice, Fsync, Pem, Propagator, Protocol, Settings};
pub use shutdown::{ShutdownError, ShutdownReport, SignalReport};
pub use tachograph_core::Kind;
