//! From the text of a profile to its families.

use std::collections::BTreeSet;

use tachograph_core::semconv::metric;
use toml::de::DeValue;

use super::document::{Node, Section, Text};
use super::{InfoProjection, Only, PREFIX, Profile, Projection, Source, Take, ValueFrom, is_prefix, rules};
use crate::error::Error;
use crate::exposition::points::Kind;

const KEYS: &str = "help, count, sum, value, histogram, info, from, labels, where";
const ONE: &str = "exactly one of count, sum, value, histogram, info and from";
const SOURCE: &str = "tables such as { count = \"http.server.request.duration\" }";
const SOURCE_KEYS: &str = "count, sum, value, histogram, labels, where";
const STREAM: &str = "the name of a stream, such as \"http.server.request.duration\", or a list of such names";
const ATTRIBUTE: &str = "the name of an attribute, such as \"http.route\"";
const LABEL_VALUE: &str =
    "the name of an attribute, a list of such names, { success = \"…\", error = \"…\" }, or { constant = \"…\" }";
const LABELS: &str = "labels with their values, or no `labels` at all";
const CONDITIONS: &str =
    "attributes with true (has it), false (has it not) or a text (has it with this value), or no `where` at all";

/// The words for what is taken.
const TAKES: [(&str, Take); 4] =
    [("count", Take::Count), ("sum", Take::Sum), ("value", Take::Gauge), ("histogram", Take::Histogram)];

/// What stands beside what is taken: for the whole family, and for each of its sources.
#[derive(Clone, Default)]
struct Terms {
    labels: Vec<(String, ValueFrom)>,
    only: Vec<Only>,
}

/// Reads a whole profile. `origin` is the file, or what else it comes from.
pub(super) fn read(origin: &str, toml: &str) -> Result<Profile, Error> {
    let text = Text { origin, toml };
    let mut document = text.parse()?;
    let prefix = document.take("prefix");
    let families = match document.take("families") {
        Some(families) => families.table("tables such as [families.http_requests_total]")?,
        None => return Err(document.wrong("it has no families", "tables such as [families.http_requests_total]")),
    };
    document.finish("prefix, families")?;

    let mut profile = Profile { origin: origin.to_owned(), ..Profile::default() };
    for node in families.into_entries() {
        let name = node.clone();
        family(node, &mut profile)?;
        if let Some(clash) = rules::first_clash([&profile]) {
            let problem = format!("{} is a line of {} as well", clash.shared, clash.first.1);
            return Err(name.wrong(&problem, "another name for one of the two"));
        }
    }
    match prefix {
        None => Ok(profile),
        Some(node) => match node.text(PREFIX)? {
            prefix if is_prefix(&prefix) => Ok(profile.prefixed(&prefix)),
            _ => Err(node.wrong("this is no prefix of metric names", PREFIX)),
        },
    }
}

fn family(node: Node<'_>, profile: &mut Profile) -> Result<(), Error> {
    let name = node.clone();
    let mut section = node.table(KEYS)?;
    let Some(help) = section.take("help") else {
        return Err(section.wrong("help is missing", "a sentence in `help` that says what the metric is"));
    };
    let help = help.text("a sentence that says what the metric is")?;

    if let Some(info) = section.take("info") {
        check_name(&name, Kind::Gauge)?;
        let labels = info.table("labels with attributes of the resource: version = \"service.version\"")?;
        section.finish("help and info alone, because it is made from the resource")?;
        let labels = labels.into_entries().into_iter().map(|label| {
            check_label(&label)?;
            Ok((label.key.clone(), label.text(ATTRIBUTE)?))
        });
        profile.infos.push(InfoProjection { name: name.key, help, labels: labels.collect::<Result<_, Error>>()? });
        return Ok(());
    }

    let (take, sources) = sources(section)?;
    check_name(&name, take.kind())?;
    check_sources(&name, &sources)?;
    profile.projections.push(Projection { name: name.key, help, take, sources });
    Ok(())
}

/// What a family is made from.
fn sources(mut section: Section<'_>) -> Result<(Take, Vec<Source>), Error> {
    let shared = terms(&mut section, Terms::default())?;
    let mut sources = Vec::new();
    let Some(from) = section.take("from") else {
        let take = source(section, shared, KEYS, &mut sources)?;
        return Ok((take, sources));
    };
    section.finish("help, labels, where beside from; what is taken is said by each source")?;
    let mut first = None;
    for node in from.list(SOURCE)? {
        let place = node.clone();
        let mut section = node.table(SOURCE)?;
        let terms = terms(&mut section, shared.clone())?;
        let take = source(section, terms, SOURCE_KEYS, &mut sources)?;
        if take != *first.get_or_insert(take) {
            let accepted = "one of count, sum, value and histogram, the same for all sources of a family";
            return Err(place.wrong("this source takes something else than the first", accepted));
        }
    }
    // An empty list is refused where it is read.
    Ok((first.unwrap_or(Take::Count), sources))
}

/// Reads what is taken and from which streams, and nothing else.
fn source(mut section: Section<'_>, terms: Terms, keys: &str, sources: &mut Vec<Source>) -> Result<Take, Error> {
    let mut taken = Vec::new();
    for (word, take) in TAKES {
        taken.extend(section.take(word).map(|node| (node, take)));
    }
    let (streams, take) = match taken.pop() {
        Some(one) if taken.is_empty() => one,
        Some((other, _)) => return Err(other.wrong("something else is taken already", ONE)),
        None => return Err(section.wrong("it does not say what it is made from", ONE)),
    };
    section.finish(keys)?;
    for stream in streams.texts(STREAM)? {
        if take == Take::Count && stream == metric::LLM_TOKEN_USAGE {
            // The latest names have counters of tokens in its place, which cannot tell how often they were added to.
            return Err(streams.wrong("tokens are added up, not counted", "sum"));
        }
        let Terms { labels, only } = terms.clone();
        sources.push(Source { stream, only, labels });
    }
    Ok(take)
}

/// Reads labels and conditions, beside those that hold already.
fn terms(section: &mut Section<'_>, mut terms: Terms) -> Result<Terms, Error> {
    if let Some(labels) = section.take("labels") {
        for label in labels.table(LABELS)?.into_entries() {
            check_label(&label)?;
            if terms.labels.iter().any(|(known, _)| *known == label.key) {
                return Err(label.wrong("the whole family has this label already", "it in one of the two places"));
            }
            terms.labels.push((label.key.clone(), label_value(label)?));
        }
    }
    if let Some(conditions) = section.take("where") {
        for condition in conditions.table(CONDITIONS)?.into_entries() {
            terms.only.push(only(&condition)?);
        }
    }
    Ok(terms)
}

fn only(condition: &Node<'_>) -> Result<Only, Error> {
    let key = condition.key.clone();
    match condition.value() {
        _ if key.trim().is_empty() => Err(condition.wrong("this is no name of an attribute", ATTRIBUTE)),
        DeValue::Boolean(true) => Ok(Only::Has(key)),
        DeValue::Boolean(false) => Ok(Only::Lacks(key)),
        // `where.error.type` is TOML for a table in a table.
        DeValue::Table(_) => {
            Err(condition.wrong("this is a table", "dots in quotes: where = { \"error.type\" = true }"))
        }
        _ => Ok(Only::Equals(key, condition.text(CONDITIONS)?)),
    }
}

fn label_value(label: Node<'_>) -> Result<ValueFrom, Error> {
    if !matches!(label.value(), DeValue::Table(_)) {
        return Ok(ValueFrom::FirstOf(label.texts(LABEL_VALUE)?));
    }
    let mut value = label.table(LABEL_VALUE)?;
    let mut text = |key: &str| value.take(key).map(|node| node.text("a text")).transpose();
    let told = (text("constant")?, text("success")?, text("error")?);
    let wrong = value.wrong("this is no value of a label", LABEL_VALUE);
    value.finish(LABEL_VALUE)?;
    match told {
        (Some(constant), None, None) => Ok(ValueFrom::Constant(constant)),
        (None, Some(success), Some(error)) => Ok(ValueFrom::Outcome { success, error }),
        _ => Err(wrong),
    }
}

fn check_name(name: &Node<'_>, kind: Kind) -> Result<(), Error> {
    rules::of_family(&name.key, kind).map_err(|(problem, accepted)| name.wrong(problem, &accepted))
}

fn check_label(label: &Node<'_>) -> Result<(), Error> {
    rules::of_label(&label.key).map_err(|(problem, accepted)| label.wrong(problem, accepted))
}

/// Refuses sources whose series would not have the same labels, or that take the same points.
fn check_sources(family: &Node<'_>, sources: &[Source]) -> Result<(), Error> {
    let names = |source: &Source| source.labels.iter().map(|(label, _)| label.clone()).collect::<BTreeSet<_>>();
    for (index, source) in sources.iter().enumerate() {
        for before in sources.iter().take(index) {
            if names(before) != names(source) {
                return Err(family.wrong("its sources have different labels", "the same labels for every source"));
            }
            if before.stream == source.stream && before.only == source.only {
                let problem = format!("it takes the same points of {} twice", source.stream);
                return Err(family.wrong(&problem, "each stream once, or under conditions that no point meets twice"));
            }
        }
    }
    Ok(())
}
