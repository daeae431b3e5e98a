//! The meter provider: one cumulative reader for OTLP and for scrapes.
//!
//! A second reader would repeat every look-up and aggregation of every measurement, and feed observable callbacks twice.

mod callbacks;
mod handle;
pub(crate) mod own;
mod periodic;
mod reader;

use std::sync::Arc;

use opentelemetry::InstrumentationScope;
use opentelemetry::metrics::Meter;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::SdkMeterProvider;

pub use handle::MetricsHandle;
pub(crate) use periodic::{PeriodicExport, PushError};
pub(crate) use reader::{Collector, SharedReader};

use crate::accounting::Accounting;
use crate::cardinality::Rules;

/// The meter provider of a pipeline.
///
/// It is the SDK's provider with two differences that concern callbacks of observable instruments: one that panics is counted and
/// skipped, where the SDK would never collect again; and panics do not reach the thread that scrapes.
///
/// Cloning is cheap. To flush or shut down use the [`Pipeline`](crate::Pipeline), which bounds both in time.
#[derive(Debug, Clone)]
pub struct MeterProvider {
    sdk: SdkMeterProvider,
    accounting: Arc<Accounting>,
}

impl MeterProvider {
    /// Builds the provider over one reader.
    pub(crate) fn new(
        resource: Resource,
        reader: SharedReader,
        rules: Arc<Rules>,
        accounting: Arc<Accounting>,
    ) -> Self {
        let sdk = SdkMeterProvider::builder()
            .with_resource(resource)
            .with_reader(reader)
            // One view for all: of several that match, each would make a stream of its own.
            .with_view(move |instrument: &opentelemetry_sdk::metrics::Instrument| rules.stream(instrument))
            .build();
        Self { sdk, accounting }
    }

    pub(crate) fn shutdown(&self) -> Result<(), opentelemetry_sdk::error::OTelSdkError> {
        self.sdk.shutdown()
    }
}

impl opentelemetry::metrics::MeterProvider for MeterProvider {
    fn meter_with_scope(&self, scope: InstrumentationScope) -> Meter {
        callbacks::walled_meter(self.sdk.meter_with_scope(scope), Arc::clone(&self.accounting))
    }
}
