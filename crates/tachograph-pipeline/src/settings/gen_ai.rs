//! What is recorded of calls to models: where their content goes, and under which names their metrics are.

use tachograph_core::GenAiNames;

use super::parse::Reader;
use crate::error::Error;

pub(crate) const CAPTURE_CONTENT: &str = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT";

/// Where content may be recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum ContentDestination {
    #[default]
    Nowhere,
    Spans,
    Events,
    SpansAndEvents,
}

impl ContentDestination {
    pub(super) fn read(read: &Reader<'_>) -> Result<Self, Error> {
        const ACCEPTED: &str =
            "NO_CONTENT, SPAN_ONLY, EVENT_ONLY, SPAN_AND_EVENT, true (SPAN_ONLY), false (NO_CONTENT)";
        Ok(match read.keyword(CAPTURE_CONTENT).as_deref() {
            None | Some("no_content" | "false") => Self::Nowhere,
            Some("span_only" | "true") => Self::Spans,
            Some("event_only") => Self::Events,
            Some("span_and_event") => Self::SpansAndEvents,
            Some(value) => return Err(Error::invalid(CAPTURE_CONTENT, value, ACCEPTED)),
        })
    }

    /// Where a decision between all and nothing puts it: events are not recorded yet.
    pub(crate) fn of(open: bool) -> Self {
        if open { Self::Spans } else { Self::Nowhere }
    }

    pub(crate) fn has_spans(self) -> bool {
        matches!(self, Self::Spans | Self::SpansAndEvents)
    }

    /// What is asked for and does not happen, as a sentence for the operator.
    pub(crate) fn unmet(self) -> Option<String> {
        let (value, instead) = match self {
            Self::Nowhere | Self::Spans => return None,
            Self::Events => ("EVENT_ONLY", "content is recorded nowhere; SPAN_ONLY records it on spans"),
            Self::SpansAndEvents => ("SPAN_AND_EVENT", "content is recorded on spans alone"),
        };
        Some(format!("{CAPTURE_CONTENT}={value}: this version records no events with content, so {instead}"))
    }
}

/// The names that the convention's opt-in asks for. It is a list for all conventions together: what it says of others, or in words
/// of other versions, is not for us and no mistake.
pub(super) fn names(read: &Reader<'_>) -> GenAiNames {
    let opted_in = read.list("OTEL_SEMCONV_STABILITY_OPT_IN").unwrap_or_default();
    let has = |token: &str| opted_in.iter().any(|entry| entry == token);
    if has("gen_ai_latest_experimental/dup") {
        GenAiNames::Both
    } else if has("gen_ai_latest_experimental") {
        GenAiNames::Latest
    } else {
        GenAiNames::Established
    }
}
