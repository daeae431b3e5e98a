//! Registries of the `prometheus` crate, which applications had before: our metrics in theirs, and theirs in our scrape.

use std::cell::Cell;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use opentelemetry_prometheus::PrometheusExporter;
use prometheus::Registry;
use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;

use crate::error::Error;

thread_local! {
    /// Whether this thread gathers for our own scrape.
    static APPENDING: Cell<bool> = const { Cell::new(false) };
}

/// What `registry` has, and whether all of it could be had: a collector that panics empties its registry and nothing else. Metrics of
/// ours that are exposed there are left out, because the scrape has them already.
pub(crate) fn gather(registry: &Registry) -> (Vec<MetricFamily>, bool) {
    APPENDING.set(true);
    let gathered = catch_unwind(AssertUnwindSafe(|| registry.gather()));
    APPENDING.set(false);
    let all = gathered.is_ok();
    (gathered.unwrap_or_default(), all)
}

/// A reader whose metrics appear in `registry`. It reads from the pipeline that it is registered with, and nothing is recorded for it.
pub(crate) fn expose_in(registry: &Registry) -> Result<PrometheusExporter, Error> {
    let refused = |reason: String| Error::Registry { reason };
    // In a registry of its own, so that `Exposed` can stand between the two.
    let own = Registry::new();
    let exporter = opentelemetry_prometheus::exporter()
        .with_registry(own.clone())
        .build()
        .map_err(|error| refused(error.to_string()))?;
    registry.register(Box::new(Exposed { own })).map_err(|error| {
        refused(match error {
            // A collector without descriptions, as this one is, can stand in a registry once.
            prometheus::Error::AlreadyReg => "another pipeline, or an exporter of OpenTelemetry, is in it".to_owned(),
            other => other.to_string(),
        })
    })?;
    Ok(exporter)
}

/// Gives the metrics of a pipeline to the registry of an application.
struct Exposed {
    own: Registry,
}

impl Collector for Exposed {
    /// None: instruments come and go.
    fn desc(&self) -> Vec<&Desc> {
        Vec::new()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        if APPENDING.get() {
            return Vec::new();
        }
        catch_unwind(AssertUnwindSafe(|| self.own.gather())).unwrap_or_default()
    }
}

impl fmt::Debug for Exposed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exposed").finish_non_exhaustive()
    }
}
