//! Registries of the `prometheus` crate.

use prometheus::Registry;

use super::Builder;

/// Registries of the `prometheus` crate, for applications that have one.
impl<P> Builder<P> {
    /// Lets all metrics appear in an application's own registry as well, for as long as the pipeline lives, by
    /// `opentelemetry-prometheus`. Nothing is recorded for it. May be called for several registries.
    ///
    /// The names there are those of that crate, which doubles suffixes that a name has already, and there are no names of profiles. A
    /// registry takes the metrics of one pipeline; a second one is refused when the pipeline is built
    /// ([`Error::Registry`](crate::Error::Registry)).
    pub fn with_prometheus_registry(mut self, registry: Registry) -> Self {
        self.wishes.registries.push(registry);
        self
    }

    /// Lets what an application's own registry has appear in scrapes, after our metrics. May be called for several registries.
    ///
    /// A family whose name is taken is left out and counted ([`Dropped::appended`](crate::Dropped::appended)). It may be a registry
    /// in which our metrics appear: they come once.
    pub fn with_appended_registry(mut self, registry: Registry) -> Self {
        self.wishes.exposition.appended.push(registry);
        self
    }
}
