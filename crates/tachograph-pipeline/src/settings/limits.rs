//! How many attributes, events and links there may be, and how long a text: `OTEL_ATTRIBUTE_*` for all, `OTEL_SPAN_*`,
//! `OTEL_EVENT_*`, `OTEL_LINK_*` and `OTEL_LOGRECORD_*` over it.

use opentelemetry_sdk::trace::SpanLimits;

use super::parse::Reader;
use crate::error::Error;
use crate::processor::TextLimit;

/// What the specification has for everything that is counted.
const COUNT: u32 = 128;

#[derive(Debug, Clone, Copy)]
pub(crate) struct LimitSettings {
    pub(crate) spans: SpanLimits,
    /// Of attributes of spans, their events and their links.
    pub(crate) span_texts: Option<TextLimit>,
    pub(crate) log_attributes: usize,
    pub(crate) log_texts: Option<TextLimit>,
}

impl Default for LimitSettings {
    fn default() -> Self {
        Self { spans: span_limits([COUNT; 5]), span_texts: None, log_attributes: as_count(COUNT), log_texts: None }
    }
}

impl LimitSettings {
    pub(super) fn read(read: &Reader<'_>) -> Result<Self, Error> {
        let attributes = read.limit("OTEL_ATTRIBUTE_COUNT_LIMIT", "attributes")?;
        let length = read.limit("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "characters")?;
        let count =
            |name, unit, general: Option<u32>| read.limit(name, unit).map(|own| own.or(general).unwrap_or(COUNT));
        let texts = |name| {
            let own = read.limit(name, "characters")?;
            Ok::<_, Error>(own.or(length).map(|characters| TextLimit::new(as_count(characters))))
        };
        Ok(Self {
            spans: span_limits([
                count("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "attributes", attributes)?,
                count("OTEL_SPAN_EVENT_COUNT_LIMIT", "events", None)?,
                count("OTEL_SPAN_LINK_COUNT_LIMIT", "links", None)?,
                count("OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", "attributes", attributes)?,
                count("OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", "attributes", attributes)?,
            ]),
            span_texts: texts("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT")?,
            log_attributes: as_count(count("OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT", "attributes", attributes)?),
            log_texts: texts("OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT")?,
        })
    }
}

/// Attributes, events and links of a span, then attributes of an event and of a link.
fn span_limits([attributes, events, links, of_event, of_link]: [u32; 5]) -> SpanLimits {
    SpanLimits {
        max_attributes_per_span: attributes,
        max_events_per_span: events,
        max_links_per_span: links,
        max_attributes_per_event: of_event,
        max_attributes_per_link: of_link,
    }
}

fn as_count(limit: u32) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}
