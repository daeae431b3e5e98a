//! The SDK side of Tachograph: from recorded spans and metrics to OTLP and Prometheus.
//!
//! ```text
//!  Telemetry (tachograph-core) ──┬── spans ──> batch queue ──┐
//!                                │                            ├─> guarded exporter ─> export thread ─> OTLP
//!                                └── metrics ─> ONE reader ──┬┘   (time-out, panics, accounts)
//!                                                            └──> own encoder ─> Prometheus text
//! ```
//!
//! For application authors: [`Builder`] makes a [`Pipeline`] from code and the `OTEL_*` variables, [`Pipeline::install`] makes it
//! the one of the process, [`Pipeline::shutdown`] ends it within a deadline and reports what was delivered. The crate `tachograph`
//! wraps these three.
//!
//! What the pipeline promises its host: no panic of an exporter, a span processor or a metric callback gets through; no recording
//! waits for an export; a receiver that is slow, dead or hanging changes nothing but the counts in [`Health`]. Everything that
//! talks to the network lives on one thread with a runtime of its own, so it does not matter which runtime the application has.
//!
//! # Cargo features
//!
//! `otlp-grpc` and `otlp-http`, both on by default, bring the two forms of OTLP.

mod accounting;
mod builder;
mod error;
mod exporter;
mod exposition;
mod install;
mod metrics;
mod otlp;
mod pipeline;
mod processor;
mod propagation;
mod resource;
mod runtime;
mod scrape;
mod settings;
mod shutdown;
mod traces;

pub use accounting::{Dropped, Failures, Health, SignalHealth};
pub use builder::Builder;
pub use error::Error;
pub use exposition::{CONTENT_TYPE, MetricNames};
pub use metrics::MeterProvider;
pub use opentelemetry_sdk::trace::Sampler;
pub use pipeline::Pipeline;
pub use scrape::ScrapeHandle;
pub use settings::{ExporterChoice, Propagator, Protocol, Settings};
pub use shutdown::{ShutdownError, ShutdownReport, SignalReport};
