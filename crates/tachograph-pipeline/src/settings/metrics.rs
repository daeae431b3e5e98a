//! What is asked of metrics beside where they go: temporality, histograms and exemplars.

use super::parse::Reader;
use crate::error::Error;

const EXEMPLARS: &str = "OTEL_METRICS_EXEMPLAR_FILTER";

/// One cumulative reader serves OTLP and scrapes; delta would need a second one, which doubles the cost of every measurement.
pub(super) fn refuse_delta(read: &Reader<'_>) -> Result<(), Error> {
    const NAME: &str = "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE";
    match read.keyword(NAME).as_deref() {
        None | Some("cumulative") => Ok(()),
        Some(value @ ("delta" | "lowmemory")) => {
            Err(Error::unsupported(NAME, value, "cumulative (scrapes and OTLP share one cumulative reader)"))
        }
        Some(value) => Err(Error::invalid(NAME, value, "cumulative")),
    }
}

/// Scrapes are text, which has no exponential histograms.
pub(super) fn refuse_exponential(read: &Reader<'_>) -> Result<(), Error> {
    const NAME: &str = "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION";
    const ACCEPTED: &str = "explicit_bucket_histogram";
    match read.keyword(NAME).as_deref() {
        None | Some(ACCEPTED) => Ok(()),
        Some(value @ "base2_exponential_bucket_histogram") => Err(Error::unsupported(
            NAME,
            value,
            format!("{ACCEPTED} (scrapes and OTLP share one reader, and scrapes have no exponential histograms)"),
        )),
        Some(value) => Err(Error::invalid(NAME, value, ACCEPTED)),
    }
}

/// Exemplars that are asked for, as a sentence for the operator: the SDK records none.
pub(super) fn exemplars(read: &Reader<'_>) -> Result<Option<String>, Error> {
    match read.keyword(EXEMPLARS).as_deref() {
        None | Some("always_off") => Ok(None),
        Some(value @ ("always_on" | "trace_based")) => {
            Ok(Some(format!("{EXEMPLARS}={value}: this version records no exemplars; always_off is what happens")))
        }
        Some(value) => Err(Error::invalid(EXEMPLARS, value, "always_on, always_off, trace_based")),
    }
}
