//! Variables that are about the SDK as a whole: configuration files, the level of its own log, entities, and the test at the start.

use super::parse::Reader;
use crate::error::Error;

/// With a file, the specification has all other variables ignored; so there is no taking it half.
pub(super) fn refuse_files(read: &Reader<'_>) -> Result<(), Error> {
    const ACCEPTED: &str = "no value, and the other OTEL_* variables in its place (configuration files are not read)";
    let names = ["OTEL_CONFIG_FILE", "OTEL_EXPERIMENTAL_CONFIG_FILE"];
    match names.into_iter().find_map(|name| read.text(name).map(|file| (name, file))) {
        Some((name, file)) => Err(Error::unsupported(name, &file, ACCEPTED)),
        None => Ok(()),
    }
}

/// The directives of `RUST_LOG`, below which `OTEL_LOG_LEVEL` says what is logged by the SDK and by the pipeline themselves.
pub(super) fn log_filter(read: &Reader<'_>) -> Result<String, Error> {
    const NAME: &str = "OTEL_LOG_LEVEL";
    let directives = read.text("RUST_LOG").unwrap_or_else(|| "info".to_owned());
    let level = match read.keyword(NAME).as_deref() {
        None => return Ok(directives),
        Some("none" | "off") => "off",
        Some("error") => "error",
        Some("warn" | "warning") => "warn",
        Some("info") => "info",
        Some("debug") => "debug",
        Some("trace" | "verbose" | "all") => "trace",
        Some(other) => return Err(Error::invalid(NAME, other, "none, error, warn, info, debug, trace")),
    };
    // A directive holds for all targets that begin like it, and the last of two for the same target wins.
    Ok(format!("opentelemetry={level},tachograph_pipeline={level},{directives}"))
}

/// Entities, as a sentence for the operator.
pub(super) fn entities(read: &Reader<'_>) -> Option<String> {
    const NAME: &str = "OTEL_ENTITIES";
    read.text(NAME)
        .map(|_| format!("{NAME} is set, but no entities are sent; give their attributes in OTEL_RESOURCE_ATTRIBUTES"))
}

pub(super) fn self_test(read: &Reader<'_>) -> Result<bool, Error> {
    const NAME: &str = "TACHOGRAPH_SELF_TEST";
    match read.keyword(NAME).as_deref() {
        None | Some("true") => Ok(true),
        Some("false") => Ok(false),
        Some(other) => Err(Error::invalid(NAME, other, "true, false")),
    }
}
