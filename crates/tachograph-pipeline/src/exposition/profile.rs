//! Other names for what is recorded, made when it is scraped.
//!
//! Nothing is recorded for them. Each [`Projection`] says which streams it looks at, what it takes from them, which points it takes,
//! and what its labels are; points that end up with the same labels are added. So a projected counter equals the sum of its source
//! series in the same scrape.
//!
//! | module | holds |
//! |---|---|
//! | `document` | tables of a TOML text that know where they stand |
//! | `family` | from these tables to projections |
//! | `projection` | families as data |
//! | `rules` | which names are valid, and which cannot stand side by side |
//! | `labels` | from the attributes of a point to the labels of a projected series |
//! | `stand_ins` | streams that say the same under a later name |

mod document;
mod family;
mod labels;
mod projection;
mod rules;
mod stand_ins;

use std::fs;
use std::path::Path;

use tachograph_core::semconv::{attribute, metric};

use crate::cardinality::OVERFLOW;
use crate::error::Error;
pub(crate) use projection::{InfoProjection, Only, Projection, Source, Take, ValueFrom};
pub(crate) use rules::{PREFIX, check_clashes, is_prefix};
pub(crate) use stand_ins::{is_established, stands_in_for};

const CLASSIC: &str = include_str!("../../profiles/classic.toml");
const PLATFORM: &str = include_str!("../../profiles/platform.toml");

/// Streams of tokens, under their established and their latest names.
const TOKENS: [&str; 9] = [
    metric::LLM_TOKEN_USAGE,
    metric::INFERENCE_INPUT_TOKENS,
    metric::INFERENCE_OUTPUT_TOKENS,
    metric::EMBEDDINGS_INPUT_TOKENS,
    metric::USAGE_INPUT_TOKENS,
    metric::USAGE_OUTPUT_TOKENS,
    metric::USAGE_CACHE_READ,
    metric::USAGE_CACHE_WRITE,
    metric::USAGE_REASONING,
];

/// A set of names under which metrics are scraped, beside or in place of those of the OpenTelemetry rules.
///
/// Nothing is recorded for a profile: when metrics are scraped, its families are made from the recorded streams. A counter of a
/// profile equals the sum of the series that it is made from, in the same scrape.
///
/// Two are built in, and both are TOML themselves: [`classic`](Self::classic) and [`platform`](Self::platform). Others are given as
/// TOML, by [`from_file`](Self::from_file), [`from_toml`](Self::from_toml) or the variable `TACHOGRAPH_PROFILES`; which profiles are
/// used is said by [`Builder::with_profiles`](crate::Builder::with_profiles).
///
/// # The format
///
/// Here is a whole profile. Alone it gives its three families; beside `classic` it is refused, because both name two of them.
///
/// ```toml
#[doc = include_str!("../../profiles/http.toml")]
/// ```
///
/// `prefix = "acme"` at the top puts `acme_` before every name. A family is a table of `families`, with these keys:
///
/// | key | says |
/// |---|---|
/// | `help` | what the metric is; Prometheus shows it |
/// | `count = "stream"` | a counter: how often a histogram recorded, or what a counter counted |
/// | `sum = "stream"` | a counter: the sum of what a histogram recorded, or what a counter counted |
/// | `value = "stream"` | a gauge: the number of a gauge or an up-down counter |
/// | `histogram = "stream"` | a histogram with the boundaries of the stream |
/// | `info.label = "attribute"` | a gauge that is 1 and has its labels from the resource |
/// | `labels.label = …` | where a label's value comes from; see below. Labels that are not named are added up over |
/// | `where = { "attribute" = … }` | which points are taken: `true` those that have the attribute, `false` those without it, a text those that have it with this value |
/// | `from = [{ … }, …]` | several sources, each with its own `count` (or `sum`, …), and with `labels` and `where` beside those of the family |
///
/// A family has exactly one of `count`, `sum`, `value`, `histogram`, `info` and `from`. Streams are the names of instruments as they
/// are recorded, such as those of [`semconv::metric`](metric) or an application's own; a list of them is taken together. A stream
/// that nobody records gives no series, and neither does one of another kind. Where calls to models are recorded under their latest names alone, what is made from the
/// established ones stays, except a histogram of tokens.
///
/// A label's value is
///
/// - `"attribute"`, the value of an attribute, or `["one", "another"]`, that of the first which the point has. A point that has none
///   of them is taken without the label;
/// - `{ success = "ok", error = "failed" }`, whether the point has an `error.type`;
/// - `{ constant = "text" }`.
///
/// The one series that the SDK keeps for everything beyond the cardinality limit of an instrument has lost its attributes: it meets
/// no condition of `where`, has no label of an outcome, and is marked `otel_metric_overflow="true"`.
///
/// Counters end in `_total` and nothing else does. A name or label that Prometheus keeps for itself, a key that is not known here, a
/// family without help: each is an [`Error::Profile`] that says where it stands and what is accepted.
#[derive(Debug, Clone, Default)]
pub struct Profile {
    /// The file, or what else it was made from; for messages.
    origin: String,
    pub(crate) projections: Vec<Projection>,
    pub(crate) infos: Vec<InfoProjection>,
}

impl Profile {
    /// The names that dashboards and alerts have used for long: `http_requests_total`, `llm_requests_total` and their kin. It is what
    /// is used where nothing else is asked for.
    #[must_use]
    pub fn classic() -> Self {
        built_in("classic", CLASSIC)
    }

    /// The names of a platform that runs agents, commands and workflows, with its own name before each:
    /// `acme_agent_executions_total`, `acme_agent_tokens_total`, `acme_errors_total` and their kin for `acme`.
    ///
    /// Tokens by agent need the agent on the streams of tokens, which a pipeline switches on where such a profile is used.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidValue`] for a prefix that is not letters, digits and underscores, begins with anything but a letter, or ends
    /// in an underscore.
    pub fn platform(prefix: &str) -> Result<Self, Error> {
        if !is_prefix(prefix) {
            return Err(Error::invalid("Profile::platform", prefix, PREFIX));
        }
        Ok(built_in(&format!("platform:{prefix}"), PLATFORM).prefixed(prefix))
    }

    /// A profile from TOML; [see above](Self#the-format) for the format.
    ///
    /// # Errors
    ///
    /// [`Error::Profile`] for the first mistake, with its line.
    pub fn from_toml(toml: &str) -> Result<Self, Error> {
        family::read("the profile", toml)
    }

    /// A profile from a TOML file.
    ///
    /// # Errors
    ///
    /// [`Error::ProfileFile`] when the file cannot be read, else the same as [`from_toml`](Self::from_toml), with the file's name.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::from_file_named_by("Profile::from_file", path.as_ref())
    }

    /// The same for a file that was named by a variable.
    pub(crate) fn from_file_named_by(source_name: &str, path: &Path) -> Result<Self, Error> {
        let unreadable = |source| Error::ProfileFile {
            source_name: source_name.to_owned(),
            path: path.display().to_string(),
            source,
        };
        let toml = fs::read_to_string(path).map_err(unreadable)?;
        family::read(&path.display().to_string(), &toml)
    }

    /// The same families with `prefix` and an underscore before their names; before a prefix that they have already.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidValue`] for a prefix that [`platform`](Self::platform) would refuse.
    pub fn with_prefix(self, prefix: &str) -> Result<Self, Error> {
        if !is_prefix(prefix) {
            return Err(Error::invalid("Profile::with_prefix", prefix, PREFIX));
        }
        Ok(self.prefixed(prefix))
    }

    /// The same families without some, by their names as they are scraped: for a profile that names a few of them in another way.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidValue`] for a name that no family has.
    pub fn without<'a>(mut self, families: impl IntoIterator<Item = &'a str>) -> Result<Self, Error> {
        for name in families {
            if !self.names().any(|family| family == name) {
                let known: Vec<&str> = self.names().collect();
                return Err(Error::invalid("Profile::without", name, known.join(", ")));
            }
            self.projections.retain(|family| family.name != name);
            self.infos.retain(|family| family.name != name);
        }
        Ok(self)
    }

    /// The names of its families as they are scraped.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let projections = self.projections.iter().map(|family| family.name.as_str());
        projections.chain(self.infos.iter().map(|family| family.name.as_str()))
    }

    /// Whether some family is made from this instrument, in its own name or in place of another.
    pub(crate) fn reads(&self, instrument: &str) -> bool {
        let is_source = |name: &str| self.sources().any(|source| source.stream == name);
        is_source(instrument) || stands_in_for(instrument).any(|(established, _)| is_source(established))
    }

    /// Whether some family tells tokens apart by agent, which they do not say unless they are told to.
    pub(crate) fn reads_agent_of_tokens(&self) -> bool {
        let mut of_tokens = self.sources().filter(|source| TOKENS.contains(&source.stream.as_str()));
        of_tokens.any(|source| source.looks_at(attribute::GEN_AI_AGENT_NAME))
    }

    /// Whether some family tells requests in flight apart by route, which they do not say unless they are told to.
    pub(crate) fn reads_route_of_active_requests(&self) -> bool {
        let mut active = self.sources().filter(|source| source.stream == metric::HTTP_ACTIVE);
        active.any(|source| source.looks_at(attribute::HTTP_ROUTE))
    }

    fn sources(&self) -> impl Iterator<Item = &Source> {
        self.projections.iter().flat_map(|family| &family.sources)
    }

    fn prefixed(mut self, prefix: &str) -> Self {
        let projections = self.projections.iter_mut().map(|family| &mut family.name);
        for name in projections.chain(self.infos.iter_mut().map(|family| &mut family.name)) {
            *name = format!("{prefix}_{name}");
        }
        self
    }
}

/// A profile of this crate. Nobody could mend a mistake in it at run time, and a test reads them all: one that cannot be read has no
/// families.
fn built_in(origin: &str, toml: &str) -> Profile {
    family::read(origin, toml).unwrap_or_default()
}

#[cfg(test)]
mod tests;
