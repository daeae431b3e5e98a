//! `OTEL_TRACES_SAMPLER` and its argument.

use opentelemetry_sdk::trace::Sampler;

use super::parse::Reader;
use crate::error::Error;

const SAMPLER: &str = "OTEL_TRACES_SAMPLER";
const ARGUMENT: &str = "OTEL_TRACES_SAMPLER_ARG";

pub(super) fn sampler(read: &Reader<'_>) -> Result<Sampler, Error> {
    const ACCEPTED: &str =
        "always_on, always_off, traceidratio, parentbased_always_on, parentbased_always_off, parentbased_traceidratio";
    let parent_based = |root| Sampler::ParentBased(Box::new(root));
    let ratio = || read.ratio(ARGUMENT).map(|ratio| Sampler::TraceIdRatioBased(ratio.unwrap_or(1.0)));
    Ok(match read.keyword(SAMPLER).as_deref() {
        None | Some("parentbased_always_on") => parent_based(Sampler::AlwaysOn),
        Some("parentbased_always_off") => parent_based(Sampler::AlwaysOff),
        Some("parentbased_traceidratio") => parent_based(ratio()?),
        Some("always_on") => Sampler::AlwaysOn,
        Some("always_off") => Sampler::AlwaysOff,
        Some("traceidratio") => ratio()?,
        Some(value @ ("jaeger_remote" | "parentbased_jaeger_remote" | "xray")) => {
            return Err(Error::unsupported(SAMPLER, value, ACCEPTED));
        }
        Some(value) => return Err(Error::invalid(SAMPLER, value, ACCEPTED)),
    })
}

/// The argument where nobody takes it, as a sentence for the operator.
pub(super) fn unmet(read: &Reader<'_>) -> Option<String> {
    let argument = read.text(ARGUMENT)?;
    let sampler = read.keyword(SAMPLER).unwrap_or_else(|| "parentbased_always_on".to_owned());
    (!sampler.ends_with("traceidratio")).then(|| {
        format!(
            "{ARGUMENT}={argument}: {SAMPLER} is {sampler}, which takes no ratio; traceidratio and parentbased_traceidratio do"
        )
    })
}
