//! OTLP in its JSON form, read without the code that sent it.

use std::collections::BTreeMap;

use serde_json::Value;

/// Attributes by key.
pub type Attributes = BTreeMap<String, Value>;

/// One span.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    /// 32 hexadecimal digits.
    pub trace_id: String,
    /// 16 hexadecimal digits.
    pub span_id: String,
    /// The parent's; empty for a root.
    pub parent_id: String,
    /// Its name.
    pub name: String,
    /// `internal`, `server`, `client`, `producer`, `consumer`.
    pub kind: &'static str,
    /// Nanoseconds since 1970.
    pub start: u64,
    /// Nanoseconds since 1970.
    pub end: u64,
    /// Its attributes.
    pub attributes: Attributes,
    /// Its events, in their order.
    pub events: Vec<SpanEvent>,
    /// Whether its status is an error.
    pub is_error: bool,
    /// Attributes of what sent it.
    pub resource: Attributes,
    /// Who made it.
    pub scope: Scope,
}

/// One event of a span.
#[derive(Clone, Debug, PartialEq)]
pub struct SpanEvent {
    /// Its name.
    pub name: String,
    /// Its attributes.
    pub attributes: Attributes,
}

/// The instrumentation scope.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scope {
    /// Name of the library.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// One data point with what it belongs to.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// Name of the metric.
    pub name: String,
    /// Its unit.
    pub unit: String,
    /// Attributes of the series.
    pub attributes: Attributes,
    /// Nanoseconds since 1970.
    pub time: u64,
    /// Its numbers.
    pub data: Data,
    /// Attributes of what sent it.
    pub resource: Attributes,
    /// Who recorded it.
    pub scope: Scope,
}

/// One log record.
#[derive(Clone, Debug, PartialEq)]
pub struct LogRecord {
    /// Nanoseconds since 1970.
    pub time: u64,
    /// Nanoseconds since 1970: when it was noticed.
    pub observed: u64,
    /// From 1 to 24.
    pub severity: u64,
    /// Its name.
    pub severity_text: String,
    /// Name of the event; empty for one that has none.
    pub event_name: String,
    /// What it says.
    pub body: Value,
    /// 32 hexadecimal digits; empty outside of a trace.
    pub trace_id: String,
    /// 16 hexadecimal digits; empty outside of a span.
    pub span_id: String,
    /// Its attributes.
    pub attributes: Attributes,
    /// Attributes of what sent it.
    pub resource: Attributes,
    /// Who wrote it.
    pub scope: Scope,
}

/// The numbers of a data point.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// A gauge, or a sum that goes up and down.
    Gauge(f64),
    /// A sum that only goes up.
    Counter(f64),
    /// A histogram with explicit boundaries.
    Histogram {
        /// How many were recorded.
        count: u64,
        /// What they add up to.
        sum: f64,
        /// Upper boundaries; the last bucket has none.
        bounds: Vec<f64>,
        /// One more than boundaries, not cumulative.
        buckets: Vec<u64>,
    },
}

/// The spans of one request to the Collector.
pub(super) fn spans(request: &Value) -> Vec<Span> {
    scoped(request, "resourceSpans", "scopeSpans", "spans")
        .map(|(resource, scope, value)| span(value, resource, scope))
        .collect()
}

/// The data points of one request to the Collector.
pub(super) fn points(request: &Value) -> Vec<Point> {
    scoped(request, "resourceMetrics", "scopeMetrics", "metrics")
        .flat_map(|(resource, scope, metric)| points_of(metric, &resource, &scope))
        .collect()
}

/// The log records of one request to the Collector.
pub(super) fn records(request: &Value) -> Vec<LogRecord> {
    scoped(request, "resourceLogs", "scopeLogs", "logRecords")
        .map(|(resource, scope, value)| LogRecord {
            time: integer(&value["timeUnixNano"]),
            observed: integer(&value["observedTimeUnixNano"]),
            severity: value["severityNumber"].as_u64().unwrap_or_default(),
            severity_text: text(&value["severityText"]),
            event_name: text(&value["eventName"]),
            body: any_value(&value["body"]),
            trace_id: text(&value["traceId"]),
            span_id: text(&value["spanId"]),
            attributes: attributes(value),
            resource,
            scope,
        })
        .collect()
}

/// The items below all resources and scopes, with these.
fn scoped<'a>(
    request: &'a Value,
    by_resource: &str,
    by_scope: &'a str,
    items: &'a str,
) -> impl Iterator<Item = (Attributes, Scope, &'a Value)> {
    array(&request[by_resource]).iter().flat_map(move |by_resource| {
        let resource = attributes(&by_resource["resource"]);
        array(&by_resource[by_scope]).iter().flat_map(move |by_scope| {
            let (name, version) = (text(&by_scope["scope"]["name"]), text(&by_scope["scope"]["version"]));
            let (resource, scope) = (resource.clone(), Scope { name, version });
            array(&by_scope[items]).iter().map(move |item| (resource.clone(), scope.clone(), item))
        })
    })
}

fn span(value: &Value, resource: Attributes, scope: Scope) -> Span {
    Span {
        trace_id: text(&value["traceId"]),
        span_id: text(&value["spanId"]),
        parent_id: text(&value["parentSpanId"]),
        name: text(&value["name"]),
        kind: match value["kind"].as_u64() {
            Some(1) => "internal",
            Some(2) => "server",
            Some(3) => "client",
            Some(4) => "producer",
            Some(5) => "consumer",
            _ => "unspecified",
        },
        start: integer(&value["startTimeUnixNano"]),
        end: integer(&value["endTimeUnixNano"]),
        attributes: attributes(value),
        events: array(&value["events"])
            .iter()
            .map(|event| SpanEvent { name: text(&event["name"]), attributes: attributes(event) })
            .collect(),
        is_error: value["status"]["code"] == 2,
        resource,
        scope,
    }
}

fn points_of(metric: &Value, resource: &Attributes, scope: &Scope) -> Vec<Point> {
    let kind = ["sum", "gauge", "histogram"].into_iter().find(|kind| !metric[kind].is_null());
    let kind = kind.unwrap_or_else(|| panic!("neither sum nor gauge nor histogram: {metric}"));
    let monotonic = metric[kind]["isMonotonic"] == true;
    let point = |value: &Value| Point {
        name: text(&metric["name"]),
        unit: text(&metric["unit"]),
        attributes: attributes(value),
        time: integer(&value["timeUnixNano"]),
        data: match kind {
            "histogram" => histogram(value),
            _ if monotonic => Data::Counter(number(value)),
            _ => Data::Gauge(number(value)),
        },
        resource: resource.clone(),
        scope: scope.clone(),
    };
    array(&metric[kind]["dataPoints"]).iter().map(point).collect()
}

fn histogram(point: &Value) -> Data {
    Data::Histogram {
        count: integer(&point["count"]),
        sum: point["sum"].as_f64().unwrap_or_default(),
        bounds: array(&point["explicitBounds"]).iter().filter_map(Value::as_f64).collect(),
        buckets: array(&point["bucketCounts"]).iter().map(integer).collect(),
    }
}

fn number(point: &Value) -> f64 {
    match point["asInt"].as_str() {
        Some(integer) => integer.parse().expect("asInt is an integer in quotes"),
        None => point["asDouble"].as_f64().unwrap_or_default(),
    }
}

fn attributes(of: &Value) -> Attributes {
    array(&of["attributes"]).iter().map(|entry| (text(&entry["key"]), any_value(&entry["value"]))).collect()
}

fn any_value(value: &Value) -> Value {
    match value.as_object().and_then(|value| value.iter().next()) {
        Some((kind, value)) => match kind.as_str() {
            // 64 bits do not fit into a number of JSON, hence the quotes.
            "intValue" => value.as_str().and_then(|value| value.parse::<i64>().ok()).map_or(value.clone(), Value::from),
            "arrayValue" => array(&value["values"]).iter().map(any_value).collect(),
            _ => value.clone(),
        },
        None => Value::Null,
    }
}

fn array(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// In quotes, and left out where it is 0.
fn integer(value: &Value) -> u64 {
    value.as_str().map_or(0, |value| value.parse().expect("an integer in quotes"))
}
