//! How metrics are given to those who ask.

use std::net::SocketAddr;

use super::Builder;

impl<P> Builder<P> {
    /// Serves the metrics by a small HTTP server of its own, for applications that have none to mount them in: `GET /metrics` at this
    /// address. Port 0 takes a free one, which [`prometheus_address`](crate::Pipeline::prometheus_address) tells. Needs the cargo
    /// feature `prometheus-server`. Default: `OTEL_EXPORTER_PROMETHEUS_HOST` (`localhost`) and `OTEL_EXPORTER_PROMETHEUS_PORT` (9464)
    /// if one of the two is set, else no server; `OTEL_METRICS_EXPORTER=prometheus` alone starts none.
    ///
    /// There is no access control: an address other than loopback shows the metrics to whoever reaches it.
    ///
    /// The server has a thread and a tokio runtime of its own. It serves from `build` on, after a shutdown as well, so that a last
    /// scrape finds the final numbers, and ends when the pipeline is dropped. Then the port is free.
    pub fn with_prometheus_server(mut self, address: SocketAddr) -> Self {
        self.wishes.prometheus_server = Some(address);
        self
    }

    /// Whether scrapes are compressed with gzip for those who accept it, from a size on where it pays (1400 bytes). Default: `true`.
    /// Without it a scrape takes about a millisecond of the processor less for each megabyte, and twenty times the bytes.
    pub fn with_scrape_compression(mut self, on: bool) -> Self {
        self.wishes.no_scrape_compression = !on;
        self
    }
}
