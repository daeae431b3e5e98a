//! Under which names metrics are scraped.

use std::path::Path;

use super::parse::Reader;
use crate::error::Error;
use crate::exposition::{MetricNames, PREFIX, Profile, is_prefix};

pub(crate) const METRIC_NAMES: &str = "TACHOGRAPH_METRIC_NAMES";
pub(crate) const PROFILES: &str = "TACHOGRAPH_PROFILES";

/// A profile that the environment names. A file is read when the profile is needed: code may choose others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ProfileChoice {
    Classic,
    Platform(String),
    File(String),
}

impl ProfileChoice {
    pub(crate) fn profile(&self) -> Result<Profile, Error> {
        match self {
            Self::Classic => Ok(Profile::classic()),
            Self::Platform(prefix) => Profile::platform(prefix),
            Self::File(path) => Profile::from_file_named_by(PROFILES, Path::new(path)),
        }
    }

    fn of(entry: &str) -> Result<Self, Error> {
        if entry.contains('/') || entry.ends_with(".toml") {
            return Ok(Self::File(entry.to_owned()));
        }
        match entry.split_once(':') {
            None if entry.eq_ignore_ascii_case("classic") => Ok(Self::Classic),
            Some((word, prefix)) if word.eq_ignore_ascii_case("platform") && is_prefix(prefix) => {
                Ok(Self::Platform(prefix.to_owned()))
            }
            _ => {
                let accepted = format!(
                    "a list of classic, platform:PREFIX (a prefix is {PREFIX}) and TOML files (with a / or ending in .toml)"
                );
                Err(Error::invalid(PROFILES, entry, accepted))
            }
        }
    }
}

pub(super) fn metric_names(read: &Reader<'_>) -> Result<MetricNames, Error> {
    Ok(match read.keyword(METRIC_NAMES).as_deref() {
        None | Some("both") => MetricNames::Both,
        Some("otel") => MetricNames::OpenTelemetry,
        Some("classic") => MetricNames::Classic,
        Some(value) => return Err(Error::invalid(METRIC_NAMES, value, "otel, classic, both")),
    })
}

/// The profiles of the list; those of the default where there is none.
pub(super) fn profiles(read: &Reader<'_>) -> Result<Vec<ProfileChoice>, Error> {
    let text = read.text(PROFILES).unwrap_or_default();
    let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
    let chosen = entries.map(ProfileChoice::of).collect::<Result<Vec<_>, _>>()?;
    Ok(if chosen.is_empty() { default_profiles() } else { chosen })
}

pub(super) fn default_profiles() -> Vec<ProfileChoice> {
    vec![ProfileChoice::Classic]
}
