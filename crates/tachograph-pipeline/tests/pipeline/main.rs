//! The pipeline from outside, over real sockets.

#![allow(clippy::unwrap_used, clippy::panic, reason = "in tests an unwrap is the assertion")]

mod cardinality;
mod classic;
mod collector;
mod delivery;
mod dependencies;
mod faults;
mod profile_mistakes;
mod profiles;
mod recording;
#[cfg(feature = "prometheus-registry")]
mod registry;
mod scrape;
#[cfg(feature = "prometheus-server")]
mod server;
mod shutdown;
mod tls;

use std::time::Duration;

use opentelemetry::trace::{Span as _, Tracer as _, TracerProvider as _};
use tachograph_pipeline::{Builder, Pipeline, Settings};

/// Far more than anything here needs: only a test that hangs ever sees it.
const LONG: Duration = Duration::from_secs(30);

/// Data points that every collection has about the pipeline itself: callbacks that panicked, scrapes that failed.
const OWN_POINTS: u64 = 2;

/// A builder that reads these variables in place of the environment.
fn builder(variables: &[(&str, &str)]) -> Builder {
    let settings = Settings::from_lookup(|name| {
        variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
    });
    Builder::new().with_settings(settings.unwrap()).with_service_name("test")
}

fn end_spans(pipeline: &Pipeline, count: usize) {
    let tracer = pipeline.tracer_provider().unwrap().tracer("test");
    for index in 0..count {
        tracer.start(format!("span {index}")).end();
    }
}
