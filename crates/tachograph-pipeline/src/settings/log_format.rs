//! How lines of the log look.

use super::parse::Reader;
use crate::error::Error;
use crate::logs::LogFormat;

pub(crate) const LOG_FORMAT: &str = "TACHOGRAPH_LOG_FORMAT";

pub(super) fn read(read: &Reader<'_>) -> Result<LogFormat, Error> {
    Ok(match read.keyword(LOG_FORMAT).as_deref() {
        None | Some("text") => LogFormat::Text,
        Some("detailed") => LogFormat::Detailed,
        Some("json") => LogFormat::Json,
        Some(value) => return Err(Error::invalid(LOG_FORMAT, value, "text, detailed, json")),
    })
}
