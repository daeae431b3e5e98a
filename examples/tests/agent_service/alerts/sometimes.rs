//! Names that rules ask for and a service that is well does not emit: each with the reason, and the constant that it comes from.

use tachograph::semconv::{attribute, metric};

/// A series, or labels of it, that is there only at times.
pub(crate) struct Sometimes {
    /// As it is scraped.
    pub(crate) series: &'static str,
    /// The instrument.
    pub(crate) metric: &'static str,
    /// Its attributes that rules ask for.
    pub(crate) attributes: &'static [&'static str],
    /// Whether the series is there without them.
    pub(crate) labels_alone: bool,
    /// When it is there.
    pub(crate) when: &'static str,
}

const fn series(
    series: &'static str,
    metric: &'static str,
    attributes: &'static [&'static str],
    when: &'static str,
) -> Sometimes {
    Sometimes { series, metric, attributes, labels_alone: false, when }
}

pub(crate) const SOMETIMES: [Sometimes; 5] = [
    series(
        "tachograph_llm_unpriced_total",
        metric::LLM_UNPRICED,
        &[attribute::GEN_AI_PROVIDER_NAME, attribute::GEN_AI_REQUEST_MODEL],
        "a model has no price; the stand-in has one",
    ),
    series(
        "tachograph_cache_evictions_total",
        metric::CACHE_EVICTIONS,
        &[attribute::CACHE_NAME, attribute::CACHE_EVICTION_CAUSE],
        "a cache is full, or an entry is too old",
    ),
    series(
        "tachograph_scrape_dropped",
        metric::SCRAPE_DROPPED,
        &[attribute::REASON],
        "an instrument of the application has the name of another one",
    ),
    series(
        "tachograph_metrics_overflow",
        metric::METRICS_OVERFLOW,
        &[attribute::INSTRUMENT_NAME],
        "an instrument has more attribute sets than its limit",
    ),
    Sometimes {
        series: "tachograph_requests_rate_limited_total",
        metric: metric::RATE_LIMITED,
        attributes: &[attribute::RPC_METHOD],
        labels_alone: true,
        when: "a gRPC server refuses; the example's own does not",
    },
];

/// What the Collector tells of itself, by the names that it has where it is scraped. No application emits them.
pub(crate) const OF_COLLECTOR: [&str; 11] = [
    "otelcol_receiver_refused_spans(_total)?",
    "otelcol_receiver_refused_metric_points(_total)?",
    "otelcol_receiver_refused_log_records(_total)?",
    "otelcol_exporter_send_failed_spans(_total)?",
    "otelcol_exporter_send_failed_metric_points(_total)?",
    "otelcol_exporter_send_failed_log_records(_total)?",
    "otelcol_exporter_enqueue_failed_spans(_total)?",
    "otelcol_exporter_enqueue_failed_metric_points(_total)?",
    "otelcol_exporter_enqueue_failed_log_records(_total)?",
    "otelcol_exporter_queue_size",
    "otelcol_exporter_queue_capacity",
];

/// Labels of those.
pub(crate) const LABELS_OF_COLLECTOR: [&str; 3] = ["receiver", "exporter", "data_type"];

/// Series that Prometheus makes with every scrape.
pub(crate) const OF_PROMETHEUS: [&str; 3] = ["up", "scrape_samples_scraped", "scrape_duration_seconds"];

/// Labels that Prometheus gives to every series.
pub(crate) const LABELS_OF_PROMETHEUS: [&str; 2] = ["job", "instance"];
