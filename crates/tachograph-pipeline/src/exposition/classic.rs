//! The classic metric names, made from the recorded streams when they are scraped.
//!
//! Nothing is recorded for them. Each entry of [`PROJECTIONS`] says which stream it looks at, what it takes from it, which points
//! it takes, and what its labels are; points that end up with the same labels are added. So a classic counter equals the sum of
//! its source series in the same scrape.
//!
//! Calls to models may be recorded under two generations of names, or under both at once. Projections name the established
//! streams, and [`STAND_INS`] says which of the latest ones stand in for them: in the scopes that have no established one, so that
//! nothing is counted twice. It is decided scope by scope, because every library in the process makes its own choice.

mod table;

use opentelemetry::KeyValue;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::data::{Metric, ScopeMetrics};
use tachograph_core::semconv::attribute;

pub(super) use self::table::PROJECTIONS;
use self::table::STAND_INS;
use super::family::{Arena, Family, Kind, Number, Series, Value};
use super::labels::write_label;
use super::points::{self, Point};
use crate::resource::{ENVIRONMENT, SERVICE_VERSION};

/// The attribute that the SDK puts on the one series into which everything beyond the cardinality limit goes.
const OVERFLOW: &str = "otel.metric.overflow";

/// A classic family as data.
pub(crate) struct Projection {
    pub(super) name: &'static str,
    pub(super) help: &'static str,
    pub(super) source: &'static str,
    take: Take,
    only: Option<Only>,
    labels: &'static [(&'static str, ValueFrom)],
}

/// A stream that says the same as another under a later name.
pub(crate) struct StandIn {
    established: &'static str,
    latest: &'static str,
    /// What the established stream says by an attribute, and the latest one by its name.
    adds: Option<(&'static str, &'static str)>,
}

/// The streams of one scope.
pub(super) struct Library<'a> {
    metrics: &'a ScopeMetrics,
    has_established: bool,
}

/// The attributes of a point, and the one that its stream adds.
struct Attributes<'a> {
    recorded: &'a [&'a KeyValue],
    added: Option<&'a KeyValue>,
}

/// What is taken of each point.
enum Take {
    /// How many times a histogram recorded.
    Count,
    /// The sum of what a histogram recorded, which must never be negative, or of what a counter counted.
    Sum,
    /// The number of a counter.
    Counter,
    /// The number of a gauge or an up-down counter.
    Gauge,
    /// The histogram.
    Histogram,
}

impl Take {
    fn kind(&self) -> Kind {
        match self {
            Self::Count | Self::Sum | Self::Counter => Kind::Counter,
            Self::Gauge => Kind::Gauge,
            Self::Histogram => Kind::Histogram,
        }
    }

    fn of(&self, point: &Point<'_>, arena: &mut Arena) -> Option<Value> {
        match (self, point) {
            (Self::Count, Point::Histogram(histogram)) => Some(Value::Sum(Number::U64(histogram.count()))),
            (Self::Count, Point::Exponential { count, .. }) => Some(Value::Sum(Number::U64(*count))),
            (Self::Sum, Point::Histogram(histogram)) => Some(Value::Sum(histogram.sum())),
            (Self::Sum, Point::Exponential { sum, .. }) => Some(Value::Sum(*sum)),
            (Self::Sum | Self::Counter, Point::Sum(number)) => Some(Value::Sum(*number)),
            // Series are merged over the labels that are left out, which for a gauge means a total.
            (Self::Gauge, Point::Sum(number) | Point::Gauge(number)) => Some(Value::Sum(*number)),
            (Self::Histogram, Point::Histogram(_)) => point.value(arena),
            _ => None,
        }
    }
}

/// Which points are taken.
enum Only {
    Has(&'static str),
    Equals(&'static str, &'static str),
}

/// Where a label's value comes from.
enum ValueFrom {
    Attribute(&'static str),
    /// The first of them that a point has.
    FirstOf(&'static [&'static str]),
    /// `error` if the point has an `error.type`, else `success`.
    Status,
}

/// Whether some classic family is made from this instrument, in its own name or in place of another.
pub(super) fn has_projection(instrument: &str) -> bool {
    let stands_in = STAND_INS.iter().find(|stand_in| stand_in.latest == instrument);
    let source = stands_in.map_or(instrument, |stand_in| stand_in.established);
    PROJECTIONS.iter().any(|projection| projection.source == source)
}

impl<'a> Library<'a> {
    pub(super) fn new(metrics: &'a ScopeMetrics) -> Self {
        let is_established = |metric: &Metric| STAND_INS.iter().any(|stand_in| stand_in.established == metric.name());
        Self { metrics, has_established: metrics.metrics().any(is_established) }
    }

    /// The metrics that are read as `source`, each with what is added to its attributes.
    fn streams(&self, source: &str) -> impl Iterator<Item = (&'a Metric, Option<KeyValue>)> {
        self.metrics.metrics().filter_map(move |metric| {
            if metric.name() == source {
                return Some((metric, None));
            }
            let mut stand_ins = STAND_INS.iter().filter(|_| !self.has_established);
            let stand_in = stand_ins.find(|it| it.established == source && it.latest == metric.name())?;
            Some((metric, stand_in.adds.map(|(key, value)| KeyValue::new(key, value))))
        })
    }
}

impl Projection {
    /// The family without its series.
    pub(super) fn family(&self) -> Family {
        Family { name: self.name.to_owned(), kind: self.take.kind(), help: self.help.into(), series: Vec::new() }
    }

    /// Adds what this projection takes from `library` to `family`.
    pub(super) fn project(&self, library: &Library<'_>, family: &mut Family, arena: &mut Arena) {
        for (metric, added) in library.streams(self.source) {
            points::for_each(metric, |recorded, point| {
                let attributes = Attributes { recorded, added: added.as_ref() };
                if !self.takes(&attributes) {
                    return;
                }
                let Some(value) = self.take.of(&point, arena) else { return };
                let labels = self.write_labels(&attributes, &mut arena.text);
                family.series.push(Series { labels, value });
            });
        }
    }

    fn takes(&self, attributes: &Attributes<'_>) -> bool {
        match &self.only {
            None => true,
            Some(Only::Has(key)) => attributes.find(key).is_some(),
            Some(Only::Equals(key, wanted)) => attributes.find(key).is_some_and(|kv| kv.value.as_str() == *wanted),
        }
    }

    fn write_labels(&self, attributes: &Attributes<'_>, text: &mut String) -> std::ops::Range<usize> {
        let start = text.len();
        // The overflow series has lost its attributes, the outcome included; it must not pass for a success.
        let overflow = attributes.find(OVERFLOW);
        for (label, from) in self.labels {
            let attribute = match from {
                ValueFrom::Attribute(key) => attributes.find(key),
                ValueFrom::FirstOf(keys) => keys.iter().find_map(|key| attributes.find(key)),
                ValueFrom::Status if overflow.is_some() => None,
                ValueFrom::Status => {
                    let status = if attributes.find(attribute::ERROR_TYPE).is_some() { "error" } else { "success" };
                    write_label(label, status, start, text);
                    continue;
                }
            };
            if let Some(attribute) = attribute {
                write_label(label, &attribute.value.as_str(), start, text);
            }
        }
        if overflow.is_some() {
            write_label("otel_metric_overflow", "true", start, text);
        }
        start..text.len()
    }
}

impl Attributes<'_> {
    fn find(&self, key: &str) -> Option<&KeyValue> {
        self.recorded.iter().copied().chain(self.added).find(|kv| kv.key.as_str() == key)
    }
}

/// `app_info`, which joins version and environment to other series.
pub(super) fn app_info(resource: &Resource, arena: &mut Arena) -> Family {
    let text = |key: &'static str| {
        resource.get_ref(&opentelemetry::Key::from_static_str(key)).map(|value| value.as_str()).unwrap_or_default()
    };
    let start = arena.text.len();
    write_label("version", &text(SERVICE_VERSION), start, &mut arena.text);
    write_label("environment", &text(ENVIRONMENT), start, &mut arena.text);
    let labels = start..arena.text.len();
    Family {
        name: "app_info".to_owned(),
        kind: Kind::Gauge,
        help: "Version and environment of the application.".into(),
        series: vec![Series { labels, value: Value::Gauge(Number::U64(1)) }],
    }
}
