//! Data points of OTLP as Prometheus samples, by the compatibility section of the OpenTelemetry specification: what a scrape of the
//! same state has to show.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Data, Point};
use crate::components::exposition::{Labels, Sample};

/// Of each series the point that came last.
pub fn latest(points: &[Point]) -> Vec<Point> {
    let key = |point: &Point| (point.scope.name.clone(), point.name.clone(), format!("{:?}", point.attributes));
    let latest: BTreeMap<_, _> = points.iter().map(|point| (key(point), point.clone())).collect();
    latest.into_values().collect()
}

/// The samples that a scrape shows for this point.
pub fn as_scraped(point: &Point) -> Vec<Sample> {
    let name = name(point);
    let mut labels: Labels = point.attributes.iter().map(|(key, value)| (escaped(key), text(value))).collect();
    labels.insert("otel_scope_name".to_owned(), point.scope.name.clone());
    labels.insert("otel_scope_version".to_owned(), point.scope.version.clone());
    let sample = |suffix: &str, value: f64| Sample { name: format!("{name}{suffix}"), labels: labels.clone(), value };
    match &point.data {
        Data::Gauge(value) => vec![sample("", *value)],
        Data::Counter(value) => vec![sample("_total", *value)],
        Data::Histogram { count, sum, bounds, buckets } => {
            let bounds = bounds.iter().map(ToString::to_string).chain(["+Inf".to_owned()]);
            let cumulative = buckets.iter().scan(0, |total, bucket| {
                *total += bucket;
                Some(*total as f64)
            });
            let bucket = |(bound, value): (String, f64)| {
                let mut sample = sample("_bucket", value);
                sample.labels.insert("le".to_owned(), bound);
                sample
            };
            let buckets = bounds.zip(cumulative).map(bucket);
            buckets.chain([sample("_sum", *sum), sample("_count", *count as f64)]).collect()
        }
    }
}

/// The name without the suffix of its kind.
fn name(point: &Point) -> String {
    let name = escaped(&point.name);
    let unit = match point.unit.as_str() {
        "s" => "_seconds",
        "By" => "_bytes",
        "USD" => "_USD",
        unit if unit.is_empty() || unit == "1" || unit.starts_with('{') => "",
        unit => panic!("no name for the unit {unit} of {}", point.name),
    };
    if name.ends_with(unit) { name } else { name + unit }
}

fn escaped(name: &str) -> String {
    name.replace(|c: char| !c.is_ascii_alphanumeric() && c != '_', "_")
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
