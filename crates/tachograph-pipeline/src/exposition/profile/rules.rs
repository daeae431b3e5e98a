//! Which names are valid, and which cannot stand side by side.

use std::collections::HashMap;

use super::{Profile, Take};
use crate::error::Error;
use crate::exposition::points::Kind;

/// What a prefix may be.
pub(crate) const PREFIX: &str =
    "letters, digits and underscores, beginning with a letter and not ending in an underscore";
/// What the name of a family may be.
pub(super) const FAMILY: &str = "letters, digits and underscores, not beginning with a digit or two underscores";
/// What the name of a label may be.
pub(super) const LABEL: &str = "letters, digits and underscores, not beginning with a digit";

pub(crate) fn is_prefix(prefix: &str) -> bool {
    prefix.starts_with(|c: char| c.is_ascii_alphabetic()) && !prefix.ends_with('_') && is_word(prefix)
}

/// What is wrong with the name of a family, and what is accepted in its place.
pub(super) fn of_family(name: &str, kind: Kind) -> Result<(), (&'static str, String)> {
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) || name.starts_with("__") || !is_word(name) {
        return Err(("this is no name of a metric", FAMILY.to_owned()));
    }
    if name == "target_info" {
        return Err(("this is the name of the resource", "another name".to_owned()));
    }
    match (kind, name.strip_suffix("_total")) {
        (Kind::Counter, None) => Err(("the name of a counter ends in `_total`", format!("{name}_total"))),
        (Kind::Gauge | Kind::Histogram, Some(rest)) => {
            Err(("only the name of a counter ends in `_total`", format!("{rest}, or `count` or `sum` of a stream")))
        }
        _ => Ok(()),
    }
}

/// What is wrong with the name of a label, and what is accepted in its place.
pub(super) fn of_label(name: &str) -> Result<(), (&'static str, &'static str)> {
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) || !is_word(name) {
        return Err(("this is no name of a label", LABEL));
    }
    match name {
        "le" | "quantile" => Err(("Prometheus needs this label for histograms and summaries", "another name")),
        "otel_metric_overflow" => Err(("this label marks what is beyond a cardinality limit", "another name")),
        _ if name.starts_with("__") => Err(("Prometheus keeps names with two underscores for itself", "another name")),
        _ => Ok(()),
    }
}

fn is_word(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Two families that cannot stand side by side.
pub(super) struct Clash<'a> {
    /// What both have: a name, or a line of a histogram.
    pub(super) shared: String,
    pub(super) first: (&'a Profile, &'a str),
    pub(super) second: (&'a Profile, &'a str),
}

/// The first two families of these profiles of which one has a name, or a line, of the other.
pub(super) fn first_clash<'a>(profiles: impl IntoIterator<Item = &'a Profile>) -> Option<Clash<'a>> {
    let mut taken: HashMap<String, (&Profile, &str)> = HashMap::new();
    for profile in profiles {
        let projections = profile.projections.iter().map(|family| (family.name.as_str(), family.take));
        for (name, take) in projections.chain(profile.infos.iter().map(|family| (family.name.as_str(), Take::Gauge))) {
            for shared in lines(name, take) {
                if let Some(&first) = taken.get(&shared) {
                    return Some(Clash { shared, first, second: (profile, name) });
                }
                taken.insert(shared, (profile, name));
            }
        }
    }
    None
}

/// The name, and what the lines of a histogram begin with.
fn lines(name: &str, take: Take) -> Vec<String> {
    let parts: &[&str] = if take == Take::Histogram { &["", "_bucket", "_count", "_sum"] } else { &[""] };
    parts.iter().map(|part| format!("{name}{part}")).collect()
}

/// Refuses profiles that name the same family.
pub(crate) fn check_clashes(profiles: &[Profile]) -> Result<(), Error> {
    match first_clash(profiles) {
        None => Ok(()),
        Some(clash) => Err(Error::ProfileClash {
            name: clash.shared,
            first: clash.first.0.origin.clone(),
            second: clash.second.0.origin.clone(),
        }),
    }
}
