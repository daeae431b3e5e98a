//! What the two encoders make of a collection.

use opentelemetry::{InstrumentationScope, Value};
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, Metric, MetricData, ResourceMetrics};

use super::family::{Family, Number, Point};
use super::names::{clean, our_unit, sanitize_label, their_name, their_unit};
use super::rules::Rule;
use super::strict::Labels;
use super::{BTreeMap, BTreeSet, Dropped};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Theirs,
    Ours,
}

#[derive(Default)]
pub(super) struct Model {
    /// The rules that made a difference.
    pub(super) applied: BTreeSet<Rule>,
    /// What ours counts as left out.
    pub(super) dropped: Dropped,
}

/// What is known of a stream before its numbers are looked at.
struct Stream<'a> {
    scope: &'a InstrumentationScope,
    metric: &'a Metric,
    kind: &'static str,
    /// Of the points, not the stream: an up-down counter is a gauge that can be added.
    is_sum: bool,
    points: Vec<Point>,
}

impl Model {
    /// Each family by its name: more than one where it cannot be known which the other keeps, none where it makes nothing of use.
    pub(super) fn of(&mut self, metrics: &ResourceMetrics, side: Side) -> BTreeMap<String, Vec<Family>> {
        self.dropped = Dropped::default();
        let mut by_name: BTreeMap<String, Vec<Stream<'_>>> = BTreeMap::new();
        for scope in metrics.scope_metrics() {
            for metric in scope.metrics() {
                let Some(kind) = kind(metric) else {
                    self.dropped.exponential_histograms += 1;
                    continue;
                };
                let name = self.name(metric.name(), metric.unit(), kind == "counter", side);
                let points = self.points(metric, scope.scope(), side);
                let stream = Stream {
                    scope: scope.scope(),
                    metric,
                    kind,
                    is_sum: points.iter().any(|point| point.is_sum),
                    points,
                };
                by_name.entry(name).or_default().push(stream);
            }
        }
        let target = self.target(metrics, side);
        match side {
            Side::Theirs => Self::theirs(&by_name, target),
            Side::Ours => self.ours(by_name, target),
        }
    }

    /// The other's families: by each type that wants the name.
    fn theirs(by_name: &BTreeMap<String, Vec<Stream<'_>>>, target: Option<Family>) -> BTreeMap<String, Vec<Family>> {
        let mut families: BTreeMap<String, Vec<Family>> = BTreeMap::new();
        for (name, streams) in by_name {
            for kind in streams.iter().map(|stream| stream.kind).collect::<BTreeSet<_>>() {
                let of_kind = || streams.iter().filter(|stream| stream.kind == kind);
                for help in of_kind().map(|stream| stream.metric.description()).collect::<BTreeSet<_>>() {
                    let mut family = Family { kind: kind.to_owned(), help: help.to_owned(), samples: BTreeMap::new() };
                    for point in of_kind().flat_map(|stream| &stream.points) {
                        match kind {
                            "histogram" => family.add_histogram(name, point, 0.0),
                            _ => family.add(name, &point.labels, point.value.float(), 0.0),
                        }
                    }
                    families.entry(name.clone()).or_default().push(family);
                }
            }
        }
        // It mixes the resource and an instrument of that name, under the type of one of them.
        if let Some(target) = target {
            let mixed = families.contains_key("target_info");
            families.insert("target_info".to_owned(), if mixed { Vec::new() } else { vec![target] });
        }
        families
    }

    fn ours(
        &mut self,
        by_name: BTreeMap<String, Vec<Stream<'_>>>,
        target: Option<Family>,
    ) -> BTreeMap<String, Vec<Family>> {
        let mut first_of: Vec<(String, Vec<Stream<'_>>)> = Vec::new();
        for (name, mut streams) in by_name {
            streams.sort_by_key(|it| {
                let of = it.metric;
                let scope = (it.scope.name(), it.scope.version(), it.scope.schema_url());
                (scope, of.name(), of.unit(), it.kind, of.description(), !it.is_sum)
            });
            let kind = streams[0].kind;
            let before = streams.len();
            streams.retain(|stream| stream.kind == kind);
            self.left_out(Rule::OneType, before - streams.len());
            first_of.push((name, streams));
        }
        let before = first_of.len();
        first_of.retain(|(name, _)| name != "target_info");
        self.left_out(Rule::TargetFirst, before - first_of.len());
        let histograms = first_of.iter().filter(|(_, streams)| streams[0].kind == "histogram");
        let lines: BTreeSet<String> =
            histograms.flat_map(|(name, _)| ["bucket", "sum", "count"].map(|line| format!("{name}_{line}"))).collect();
        let before = first_of.len();
        first_of.retain(|(name, _)| !lines.contains(name));
        self.left_out(Rule::LinesOfHistograms, before - first_of.len());

        let mut families = BTreeMap::new();
        for (name, streams) in first_of {
            let family = self.our_family(&name, &streams);
            if !family.samples.is_empty() {
                families.insert(name, vec![family]);
            }
        }
        families.extend(target.map(|target| ("target_info".to_owned(), vec![target])));
        families
    }

    fn left_out(&mut self, rule: Rule, families: usize) {
        self.dropped.type_conflicts += families as u64;
        self.apply(rule, families > 0);
    }

    fn our_family(&mut self, name: &str, streams: &[Stream<'_>]) -> Family {
        let first = &streams[0];
        let mut help = first.metric.description().to_owned();
        self.apply(Rule::FixedHelp, streams.iter().any(|stream| stream.metric.description() != help));
        self.apply(Rule::HelpAlways, help.is_empty());
        if help.is_empty() {
            help = format!("OpenTelemetry instrument {}, without a description.", first.metric.name());
        }
        let mut rows: BTreeMap<&Labels, Vec<&Point>> = BTreeMap::new();
        for point in streams.iter().flat_map(|stream| &stream.points) {
            rows.entry(&point.labels).or_default().push(point);
        }
        let mut family = Family { kind: first.kind.to_owned(), help, samples: BTreeMap::new() };
        for (labels, points) in rows {
            self.apply(Rule::SeriesOnce, points.len() > 1);
            let (value, within) = self.merged(&points);
            match first.kind {
                "histogram" => family.add_histogram(name, &histogram(labels, &points, value), within),
                "counter" if value < 0.0 => {
                    self.dropped.negative_counters += 1;
                    self.apply(Rule::NoNegativeCounter, true);
                }
                _ => family.add(name, labels, value, within),
            }
        }
        family
    }

    /// Sums are added up, of gauges the largest stays: in the order of the streams, which matters only where both meet.
    fn merged(&mut self, points: &[&Point]) -> (f64, f64) {
        let (mut whole, mut float, mut all) = (Some(0_i128), 0.0_f64, 0.0_f64);
        for (index, point) in points.iter().enumerate() {
            let value = point.value.float();
            if point.is_sum || index == 0 {
                all += value.abs();
                float += value;
                whole = match (whole, point.value) {
                    (Some(sum), Number::Whole(number)) => Some(sum + number),
                    _ => None,
                };
            } else {
                self.dropped.duplicate_series += 1;
                if value > float {
                    (float, whole) = (value, None);
                }
            }
        }
        match whole {
            Some(whole) => (whole as f64, 0.0),
            None => (float, if points.len() > 1 { all * 1e-14 } else { 0.0 }),
        }
    }

    /// The resource. The other shows it only where it has attributes.
    fn target(&mut self, metrics: &ResourceMetrics, side: Side) -> Option<Family> {
        let attributes: Vec<(String, Value)> =
            metrics.resource().iter().map(|(key, value)| (key.as_str().to_owned(), value.clone())).collect();
        self.apply(Rule::TargetHelp, true);
        self.apply(Rule::TargetAlways, attributes.is_empty());
        let help = match side {
            Side::Theirs if attributes.is_empty() => return None,
            Side::Theirs => "Target metadata",
            Side::Ours => "The resource: what produces these metrics.",
        };
        let mut family = Family { kind: "gauge".to_owned(), help: help.to_owned(), samples: BTreeMap::new() };
        let labels = self.labels(&attributes, &[], side);
        family.add("target_info", &labels, 1.0, 0.0);
        Some(family)
    }

    fn name(&mut self, name: &str, unit: &str, is_counter: bool, side: Side) -> String {
        let cleaned = self.choose(Rule::CleanName, their_name(name), clean(name, true), side);
        let unit_rule = if unit == "1" { Rule::NoRatio } else { Rule::UnitInWords };
        let unit = self.choose(unit_rule, their_unit(unit).unwrap_or_default(), our_unit(unit), side);
        let join = |name: &str, unit: &str| if unit.is_empty() { name.to_owned() } else { format!("{name}_{unit}") };
        let mut twice = join(&cleaned, &unit);
        let mut once = cleaned.clone();
        if is_counter {
            twice.push_str("_total");
            once.truncate(once.strip_suffix("_total").unwrap_or(&once).len());
        }
        if once != unit && !once.ends_with(&format!("_{unit}")) {
            once = join(&once, &unit);
        }
        if is_counter {
            once.push_str("_total");
        }
        self.choose(Rule::SuffixOnce, twice, once, side)
    }

    fn points(&mut self, metric: &Metric, scope: &InstrumentationScope, side: Side) -> Vec<Point> {
        let scope = self.scope(scope, side);
        let mut read = Vec::new();
        macro_rules! read {
            ($data:expr, $number:expr) => {{
                let is_sum = !matches!($data, MetricData::Gauge(_));
                let mut add = |attributes: Vec<(String, Value)>, value, count, bounds, buckets| {
                    let labels = self.labels(&attributes, &scope, side);
                    read.push(Point { labels, value, is_sum, count, bounds, buckets });
                };
                macro_rules! attributes {
                    ($point:expr) => {
                        $point.attributes().map(|kv| (kv.key.as_str().to_owned(), kv.value.clone())).collect()
                    };
                }
                match $data {
                    MetricData::Sum(sum) => sum.data_points().for_each(|it| {
                        add(attributes!(it), $number(it.value()), 0, vec![], vec![]);
                    }),
                    MetricData::Gauge(gauge) => gauge.data_points().for_each(|it| {
                        add(attributes!(it), $number(it.value()), 0, vec![], vec![]);
                    }),
                    MetricData::Histogram(histogram) => histogram.data_points().for_each(|it| {
                        let (bounds, mut buckets): (Vec<f64>, Vec<u64>) =
                            (it.bounds().collect(), it.bucket_counts().collect());
                        if bounds.is_empty() {
                            buckets = vec![it.count()];
                        }
                        add(attributes!(it), $number(it.sum()), it.count(), bounds, buckets);
                    }),
                    MetricData::ExponentialHistogram(_) => {}
                }
            }};
        }
        match metric.data() {
            AggregatedMetrics::F64(data) => read!(data, Number::Float),
            AggregatedMetrics::U64(data) => read!(data, |number| Number::Whole(i128::from(number))),
            AggregatedMetrics::I64(data) => read!(data, |number| Number::Whole(i128::from(number))),
        }
        read
    }

    /// The labels of a scope, without the rule for those that are empty.
    fn scope(&mut self, scope: &InstrumentationScope, side: Side) -> Vec<(String, String)> {
        const OWN: [&str; 3] = ["otel_scope_name", "otel_scope_version", "otel_scope_schema_url"];
        let own = OWN.into_iter().zip([Some(scope.name()), scope.version(), scope.schema_url()]);
        let own = own.filter_map(|(name, value)| value.map(|value| (name.to_owned(), value.to_owned())));
        let mut labels: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for kv in scope.attributes().filter(|kv| !["name", "version", "schema_url"].contains(&kv.key.as_str())) {
            let theirs = sanitize_label(&format!("otel_scope_{}", kv.key));
            let ours = format!("otel_scope_{}", clean(kv.key.as_str(), false).trim_start_matches('_'));
            let name = self.choose(Rule::CleanScopeLabel, theirs, ours, side);
            if !OWN.contains(&name.as_str()) {
                labels.entry(name).or_default().push(kv.value.to_string());
            }
        }
        own.chain(labels.into_iter().map(|(name, values)| (name, values.join(";")))).collect()
    }

    fn labels(&mut self, attributes: &[(String, Value)], scope: &[(String, String)], side: Side) -> Labels {
        // By name: the keys that became it, with their values.
        let mut found: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
        for (name, value) in scope {
            found.entry(name.clone()).or_default().push((name.clone(), value.clone()));
        }
        for (key, value) in attributes {
            let name = self.choose(Rule::CleanLabel, sanitize_label(key), clean(key, false), side);
            let is_taken = ["le", "quantile"].contains(&name.as_str()) || name.starts_with("otel_scope_");
            let reserved = if is_taken { format!("exported_{name}") } else { name.clone() };
            let name = self.choose(Rule::ReservedLabel, name, reserved, side);
            found.entry(name).or_default().push((key.clone(), value.to_string()));
        }
        let joined = found.into_iter().map(|(name, mut values)| {
            values.sort_by(|a, b| a.0.cmp(&b.0));
            (name, values.into_iter().map(|(_, value)| value).collect::<Vec<_>>().join(";"))
        });
        let labels: Labels = joined.collect();
        let without: Labels =
            labels.iter().filter(|(_, value)| !value.is_empty()).map(|(k, v)| (k.clone(), v.clone())).collect();
        self.choose(Rule::NoEmptyLabel, labels, without, side)
    }

    fn choose<T: PartialEq>(&mut self, rule: Rule, theirs: T, ours: T, side: Side) -> T {
        self.apply(rule, theirs != ours);
        match side {
            Side::Theirs => theirs,
            Side::Ours => ours,
        }
    }

    fn apply(&mut self, rule: Rule, applies: bool) {
        self.applied.extend(applies.then_some(rule));
    }
}

/// Histograms are added up on the bounds that all of them have.
fn histogram(labels: &Labels, points: &[&Point], sum: f64) -> Point {
    let shared = |bound: &f64| points.iter().all(|point| point.bounds.contains(bound));
    let bounds: Vec<f64> = points[0].bounds.iter().copied().filter(shared).collect();
    let below = |bound: f64| -> u64 {
        let counts = points.iter().flat_map(|point| point.bounds.iter().chain([&f64::INFINITY]).zip(&point.buckets));
        counts.filter(|(of, _)| **of <= bound).map(|(_, count)| count).sum()
    };
    let cumulative: Vec<u64> = bounds.iter().copied().chain([f64::INFINITY]).map(below).collect();
    let buckets =
        cumulative.iter().enumerate().map(|(at, all)| all - if at == 0 { 0 } else { cumulative[at - 1] }).collect();
    let (count, value) = (points.iter().map(|point| point.count).sum(), Number::Float(sum));
    Point { labels: labels.clone(), value, is_sum: true, count, bounds, buckets }
}

fn kind(metric: &Metric) -> Option<&'static str> {
    fn of<T>(data: &MetricData<T>) -> Option<&'static str> {
        match data {
            MetricData::Sum(sum) if sum.is_monotonic() => Some("counter"),
            MetricData::Sum(_) | MetricData::Gauge(_) => Some("gauge"),
            MetricData::Histogram(_) => Some("histogram"),
            MetricData::ExponentialHistogram(_) => None,
        }
    }
    match metric.data() {
        AggregatedMetrics::F64(data) => of(data),
        AggregatedMetrics::U64(data) => of(data),
        AggregatedMetrics::I64(data) => of(data),
    }
}
