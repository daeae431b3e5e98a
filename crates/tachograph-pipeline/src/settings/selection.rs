//! `OTEL_*_EXPORTER` and `OTEL_PROPAGATORS`: which of the known ones are taken.

use super::parse::Reader;
use super::{ExporterChoice, Propagator, Settings};
use crate::error::Error;

pub(super) fn exporter(read: &Reader<'_>, name: &str, accepted: &[&str]) -> Result<ExporterChoice, Error> {
    let Some(names) = read.list(name) else { return Ok(ExporterChoice::Otlp) };
    if let Some(unknown) = names.iter().find(|entry| !accepted.contains(&entry.as_str())) {
        let accepted = accepted.join(", ");
        return Err(match unknown.as_str() {
            "console" | "logging" | "zipkin" | "jaeger" | "prometheus" => Error::unsupported(name, unknown, accepted),
            _ => Error::invalid(name, unknown, accepted),
        });
    }
    let none = names.iter().any(|entry| entry == "none");
    if none && names.iter().any(|entry| entry != "none") {
        return Err(Error::invalid(name, &names.join(","), "none alone, or a list of exporters without none"));
    }
    Ok(if names.iter().any(|entry| entry == "otlp") { ExporterChoice::Otlp } else { ExporterChoice::None })
}

pub(super) fn propagators(read: &Reader<'_>) -> Result<Vec<Propagator>, Error> {
    const NAME: &str = "OTEL_PROPAGATORS";
    const ACCEPTED: &str = "tracecontext, baggage, none";
    let Some(names) = read.list(NAME) else { return Ok(Settings::default().propagators) };
    let mut propagators = Vec::new();
    for name in &names {
        let propagator = match name.as_str() {
            "tracecontext" => Propagator::TraceContext,
            "baggage" => Propagator::Baggage,
            "none" if names.iter().all(|other| other == "none") => continue,
            "none" => return Err(Error::invalid(NAME, &names.join(","), "none alone, or a list without none")),
            "b3" | "b3multi" | "jaeger" | "xray" | "ottrace" => return Err(Error::unsupported(NAME, name, ACCEPTED)),
            _ => return Err(Error::invalid(NAME, name, ACCEPTED)),
        };
        if !propagators.contains(&propagator) {
            propagators.push(propagator);
        }
    }
    Ok(propagators)
}
