//! Which values of attributes metrics keep apart.
//!
//! The name of a model may be chosen by an end user, the name of a tool by a model, a host by whoever wrote a link. Each new value
//! would be a series for ever, here and in every Prometheus that scrapes. So the first values of each attribute are kept, and the
//! others are one series, `_OTHER`. Spans have the true value.
//!
//! Looked at where a series is made, never where a known one is found.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    sync::{PoisonError, RwLock},
};

use opentelemetry::StringValue;

use crate::{
    operation::Kind,
    semconv::{attribute as attr, value},
};

/// Values kept of an attribute.
const MAX_VALUES: usize = 200;
/// Values kept of an attribute that the source code names: there are as many as somebody wrote.
const MAX_WRITTEN: usize = 1000;
const WRITTEN: [&str; 5] =
    [attr::HTTP_ROUTE, attr::URL_TEMPLATE, attr::RPC_METHOD, attr::DB_COLLECTION_NAME, attr::DB_QUERY_SUMMARY];

/// Longest value, in bytes, the mark of a cut one included.
const MAX_BYTES: usize = 256;
const CUT: &str = "…";

/// Whose values: calls of one kind do not fill the room of another.
type Owner = (Option<Kind>, &'static str);

/// The values that metrics of one telemetry keep apart.
#[derive(Debug, Default)]
pub(crate) struct KnownValues {
    /// In place of the two limits above.
    limit: Option<usize>,
    values: RwLock<HashMap<Owner, HashSet<Box<str>>>>,
}

impl KnownValues {
    pub(crate) fn with_limit(limit: Option<usize>) -> Self {
        Self { limit, values: RwLock::default() }
    }

    /// What metrics show for this value of a call's attribute. Of what is shown once, the same is shown again.
    pub(crate) fn shown<'a>(
        &self,
        kind: Option<Kind>,
        key: &'static str,
        value: &'a StringValue,
    ) -> Cow<'a, StringValue> {
        if value.as_str() == value::OTHER {
            return Cow::Borrowed(value);
        }
        let shown = match cut(value.as_str()) {
            Some(cut) => Cow::Owned(StringValue::from(cut)),
            None => Cow::Borrowed(value),
        };
        // An agent is the same in its run and in the calls that it makes.
        let kind = if key == attr::GEN_AI_AGENT_NAME { Some(Kind::Agent) } else { kind };
        if self.keeps((kind, key), shown.as_str()) { shown } else { Cow::Owned(value::OTHER.into()) }
    }

    /// Whether the value is kept apart; a new one is, as long as there is room.
    fn keeps(&self, owner: Owner, value: &str) -> bool {
        let limit = self.limit.unwrap_or(if WRITTEN.contains(&owner.1) { MAX_WRITTEN } else { MAX_VALUES });
        {
            let values = self.values.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(kept) = values.get(&owner) {
                if kept.contains(value) {
                    return true;
                }
                if kept.len() >= limit {
                    return false;
                }
            }
        }
        let mut values = self.values.write().unwrap_or_else(PoisonError::into_inner);
        let kept = values.entry(owner).or_default();
        if kept.contains(value) {
            return true;
        }
        let has_room = kept.len() < limit;
        if has_room {
            kept.insert(value.into());
        }
        has_room
    }
}

/// The beginning of a value that is too long, marked.
fn cut(value: &str) -> Option<String> {
    (value.len() > MAX_BYTES).then(|| {
        let end = value.floor_char_boundary(MAX_BYTES - CUT.len());
        [&value[..end], CUT].concat()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(known: &KnownValues, kind: Kind, key: &'static str, value: &str) -> String {
        known.shown(Some(kind), key, &StringValue::from(value.to_owned())).as_str().to_owned()
    }

    #[test]
    fn the_first_values_are_kept_and_stay_kept() {
        let known = KnownValues::with_limit(Some(2));
        let model = |name: &str| shown(&known, Kind::Llm, attr::GEN_AI_REQUEST_MODEL, name);
        assert_eq!(["a", "b", "c", "a", "c", "b"].map(model), ["a", "b", "_OTHER", "a", "_OTHER", "b"]);
    }

    #[test]
    fn attributes_and_kinds_do_not_fill_the_room_of_each_other_but_an_agent_is_one() {
        let known = KnownValues::with_limit(Some(1));
        assert_eq!(shown(&known, Kind::HttpClient, attr::SERVER_ADDRESS, "a"), "a");
        assert_eq!(shown(&known, Kind::HttpClient, attr::SERVER_ADDRESS, "b"), "_OTHER");
        assert_eq!(shown(&known, Kind::Db, attr::SERVER_ADDRESS, "b"), "b");
        assert_eq!(shown(&known, Kind::Db, attr::DB_NAMESPACE, "c"), "c");
        assert_eq!(shown(&known, Kind::Tool, attr::GEN_AI_AGENT_NAME, "a"), "a");
        assert_eq!(shown(&known, Kind::Llm, attr::GEN_AI_AGENT_NAME, "b"), "_OTHER");
    }

    #[test]
    fn what_the_source_code_names_has_more_room() {
        let known = KnownValues::default();
        let kept = |key| (0..2000).filter(|i| shown(&known, Kind::Http, key, &format!("{i}")) != "_OTHER").count();
        assert_eq!(kept(attr::HTTP_ROUTE), 1000);
        assert_eq!(kept(attr::GEN_AI_TOOL_NAME), 200);
    }

    #[test]
    fn the_substitute_takes_no_room() {
        let known = KnownValues::with_limit(Some(1));
        assert_eq!(
            ["_OTHER", "a"].map(|name| shown(&known, Kind::Tool, attr::GEN_AI_TOOL_NAME, name)),
            ["_OTHER", "a"]
        );
    }

    #[test]
    fn long_values_are_cut_between_characters_and_what_is_cut_alike_is_one() {
        let known = KnownValues::with_limit(Some(1));
        let tool = |name: &str| shown(&known, Kind::Tool, attr::GEN_AI_TOOL_NAME, name);
        let long = "é".repeat(500_000);
        let cut = tool(&long);
        assert_eq!(cut, format!("{}…", "é".repeat(126)));
        assert_eq!(tool(&(long + "!")), cut);
        assert_eq!(tool(&cut), cut);
        let whole = "x".repeat(256);
        assert_eq!(shown(&KnownValues::default(), Kind::Tool, attr::GEN_AI_TOOL_NAME, &whole), whole);
    }
}
