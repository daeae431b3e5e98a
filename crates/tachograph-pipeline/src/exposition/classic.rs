//! The classic metric names, made from the recorded streams when they are scraped.
//!
//! Nothing is recorded for them. Each entry of [`PROJECTIONS`] says which stream it looks at, what it takes from it, which points
//! it takes, and what its labels are; points that end up with the same labels are added. So a classic counter equals the sum of
//! its source series in the same scrape.

use opentelemetry::KeyValue;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::data::Metric;
use tachograph_core::semconv::{attribute, metric, value};

use super::family::{Arena, Family, Kind, Number, Series, Value};
use super::labels::write_label;
use super::points::{self, Point};
use crate::resource::{ENVIRONMENT, SERVICE_VERSION};

/// The attribute that the SDK puts on the one series into which everything beyond the cardinality limit goes.
const OVERFLOW: &str = "otel.metric.overflow";

/// A classic family as data.
pub(super) struct Projection {
    pub(super) name: &'static str,
    pub(super) help: &'static str,
    pub(super) source: &'static str,
    take: Take,
    only: Option<Only>,
    labels: &'static [(&'static str, From)],
}

/// What is taken of each point.
enum Take {
    /// How many times a histogram recorded.
    Count,
    /// The sum of what a histogram recorded, which must never be negative.
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
            (Self::Counter, Point::Sum(number)) => Some(Value::Sum(*number)),
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
enum From {
    Attribute(&'static str),
    /// The first of them that a point has.
    FirstOf(&'static [&'static str]),
    /// `error` if the point has an `error.type`, else `success`.
    Status,
}

const METHOD: (&str, From) = ("method", From::Attribute(attribute::HTTP_REQUEST_METHOD));
const ENDPOINT: (&str, From) = ("endpoint", From::Attribute(attribute::HTTP_ROUTE));
const AGENT: (&str, From) = ("type", From::Attribute(attribute::GEN_AI_AGENT_NAME));
const PROVIDER: (&str, From) = ("provider", From::Attribute(attribute::GEN_AI_PROVIDER_NAME));
const MODEL: (&str, From) =
    ("model", From::FirstOf(&[attribute::GEN_AI_REQUEST_MODEL, attribute::GEN_AI_RESPONSE_MODEL]));
const TOOL: (&str, From) = ("tool_name", From::Attribute(attribute::GEN_AI_TOOL_NAME));
const OPERATION: (&str, From) = ("operation", From::Attribute(attribute::DB_OPERATION_NAME));
const TABLE: (&str, From) = ("table", From::Attribute(attribute::DB_COLLECTION_NAME));
const CACHE: (&str, From) = ("cache_type", From::Attribute(attribute::CACHE_NAME));
const STATUS: (&str, From) = ("status", From::Status);

/// Every classic family but `app_info`, which comes from the resource.
pub(super) const PROJECTIONS: &[Projection] = &[
    Projection {
        name: "http_requests_total",
        help: "HTTP requests answered, by method, route and status code.",
        source: metric::HTTP_DURATION,
        take: Take::Count,
        only: None,
        labels: &[
            METHOD,
            ENDPOINT,
            // A request that ended without a response has no code, but an error.
            ("status", From::FirstOf(&[attribute::HTTP_RESPONSE_STATUS_CODE, attribute::ERROR_TYPE])),
        ],
    },
    Projection {
        name: "http_request_duration_seconds",
        help: "Time to answer HTTP requests, by method and route.",
        source: metric::HTTP_DURATION,
        take: Take::Histogram,
        only: None,
        labels: &[METHOD, ENDPOINT],
    },
    Projection {
        name: "http_request_size_bytes",
        help: "Size of HTTP request bodies.",
        source: metric::HTTP_REQUEST_SIZE,
        take: Take::Histogram,
        only: None,
        labels: &[METHOD, ENDPOINT],
    },
    Projection {
        name: "http_response_size_bytes",
        help: "Size of HTTP response bodies.",
        source: metric::HTTP_RESPONSE_SIZE,
        take: Take::Histogram,
        only: None,
        labels: &[METHOD, ENDPOINT],
    },
    Projection {
        name: "active_requests",
        help: "HTTP requests being answered.",
        source: metric::HTTP_ACTIVE,
        take: Take::Gauge,
        only: None,
        labels: &[],
    },
    Projection {
        name: "agent_executions_total",
        help: "Agent runs, by agent and outcome.",
        source: metric::AGENT_DURATION,
        take: Take::Count,
        only: None,
        labels: &[AGENT, STATUS],
    },
    Projection {
        name: "agent_execution_duration_seconds",
        help: "Duration of agent runs.",
        source: metric::AGENT_DURATION,
        take: Take::Histogram,
        only: None,
        labels: &[AGENT],
    },
    Projection {
        name: "agent_errors_total",
        help: "Agent runs that ended with an error, by class of error.",
        source: metric::AGENT_DURATION,
        take: Take::Count,
        only: Some(Only::Has(attribute::ERROR_TYPE)),
        labels: &[AGENT, ("error_type", From::Attribute(attribute::ERROR_TYPE))],
    },
    Projection {
        name: "active_agents",
        help: "Agent runs in flight.",
        source: metric::OPERATIONS_ACTIVE,
        take: Take::Gauge,
        only: Some(Only::Equals(attribute::OPERATION_KIND, "agent")),
        labels: &[],
    },
    Projection {
        name: "llm_requests_total",
        help: "Calls to models, by provider, model and outcome.",
        source: metric::LLM_DURATION,
        take: Take::Count,
        only: None,
        labels: &[PROVIDER, MODEL, STATUS],
    },
    Projection {
        name: "llm_request_duration_seconds",
        help: "Duration of calls to models.",
        source: metric::LLM_DURATION,
        take: Take::Histogram,
        only: None,
        labels: &[PROVIDER, MODEL],
    },
    Projection {
        name: "llm_tokens_used_total",
        help: "Tokens used by calls to models, by type.",
        source: metric::LLM_TOKEN_USAGE,
        take: Take::Sum,
        only: None,
        labels: &[PROVIDER, MODEL, ("type", From::Attribute(attribute::GEN_AI_TOKEN_TYPE))],
    },
    Projection {
        name: "llm_cost_usd_total",
        help: "Cost of calls to models, in US dollars.",
        source: metric::LLM_COST,
        take: Take::Counter,
        only: None,
        labels: &[PROVIDER, MODEL],
    },
    Projection {
        name: "tool_executions_total",
        help: "Tool executions, by tool and outcome.",
        source: metric::TOOL_DURATION,
        take: Take::Count,
        only: None,
        labels: &[TOOL, STATUS],
    },
    Projection {
        name: "tool_execution_duration_seconds",
        help: "Duration of tool executions.",
        source: metric::TOOL_DURATION,
        take: Take::Histogram,
        only: None,
        labels: &[TOOL],
    },
    Projection {
        name: "db_queries_total",
        help: "Database operations, by operation and table.",
        source: metric::DB_DURATION,
        take: Take::Count,
        only: None,
        labels: &[OPERATION, TABLE],
    },
    Projection {
        name: "db_query_duration_seconds",
        help: "Duration of database operations.",
        source: metric::DB_DURATION,
        take: Take::Histogram,
        only: None,
        labels: &[OPERATION, TABLE],
    },
    Projection {
        name: "cache_hits_total",
        help: "Cache look-ups that found a value.",
        source: metric::CACHE_OPERATIONS,
        take: Take::Counter,
        only: Some(Only::Equals(attribute::CACHE_RESULT, value::HIT)),
        labels: &[CACHE],
    },
    Projection {
        name: "cache_misses_total",
        help: "Cache look-ups that found nothing.",
        source: metric::CACHE_OPERATIONS,
        take: Take::Counter,
        only: Some(Only::Equals(attribute::CACHE_RESULT, value::MISS)),
        labels: &[CACHE],
    },
    Projection {
        name: "memory_usage_bytes",
        help: "Memory that the process uses.",
        source: "process.memory.usage",
        take: Take::Gauge,
        only: None,
        labels: &[],
    },
];

/// Whether some classic family is made from this instrument.
pub(super) fn has_projection(instrument: &str) -> bool {
    PROJECTIONS.iter().any(|projection| projection.source == instrument)
}

impl Projection {
    /// The family without its series.
    pub(super) fn family(&self) -> Family {
        Family { name: self.name.to_owned(), kind: self.take.kind(), help: self.help.into(), series: Vec::new() }
    }

    /// Adds what this projection takes from `metric` to `family`.
    pub(super) fn project(&self, metric: &Metric, family: &mut Family, arena: &mut Arena) {
        points::for_each(metric, |attributes, point| {
            if !self.takes(attributes) {
                return;
            }
            let Some(value) = self.take.of(&point, arena) else { return };
            let labels = self.write_labels(attributes, &mut arena.text);
            family.series.push(Series { labels, value });
        });
    }

    fn takes(&self, attributes: &[&KeyValue]) -> bool {
        match &self.only {
            None => true,
            Some(Only::Has(key)) => find(attributes, key).is_some(),
            Some(Only::Equals(key, wanted)) => find(attributes, key).is_some_and(|kv| kv.value.as_str() == *wanted),
        }
    }

    fn write_labels(&self, attributes: &[&KeyValue], text: &mut String) -> std::ops::Range<usize> {
        let start = text.len();
        // The overflow series has lost its attributes, the outcome included; it must not pass for a success.
        let overflow = find(attributes, OVERFLOW);
        for (label, from) in self.labels {
            let attribute = match from {
                From::Attribute(key) => find(attributes, key),
                From::FirstOf(keys) => keys.iter().find_map(|key| find(attributes, key)),
                From::Status if overflow.is_some() => None,
                From::Status => {
                    let status = if find(attributes, attribute::ERROR_TYPE).is_some() { "error" } else { "success" };
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

fn find<'a>(attributes: &[&'a KeyValue], key: &str) -> Option<&'a KeyValue> {
    attributes.iter().copied().find(|kv| kv.key.as_str() == key)
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
