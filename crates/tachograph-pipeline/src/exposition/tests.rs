//! What the tests of the encoder share: a meter provider to record with, and a reader of the text.

mod classic_names;
mod differential;
mod gen_ai_names;
mod hostile;
mod input;
mod keeping;
mod merging;
mod odd;
mod open_metrics;
mod rules;
mod strict;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::process::{Command, Stdio};

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Meter, MeterProvider as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::reader::MetricReader;
use opentelemetry_sdk::metrics::{
    Aggregation, Instrument, ManualReader, Pipeline, SdkMeterProvider, Stream, Temporality,
};
use std::sync::{Arc, Weak};

use super::*;

/// The SDK takes readers by value; this keeps one to read from.
#[derive(Debug, Clone, Default)]
struct Reader(Arc<ManualReader>);

impl MetricReader for Reader {
    fn register_pipeline(&self, pipeline: Weak<Pipeline>) {
        self.0.register_pipeline(pipeline);
    }
    fn collect(&self, metrics: &mut ResourceMetrics) -> opentelemetry_sdk::error::OTelSdkResult {
        self.0.collect(metrics)
    }
    fn force_flush(&self) -> opentelemetry_sdk::error::OTelSdkResult {
        Ok(())
    }
    fn shutdown_with_timeout(&self, _: std::time::Duration) -> opentelemetry_sdk::error::OTelSdkResult {
        Ok(())
    }
    fn temporality(&self, _: opentelemetry_sdk::metrics::InstrumentKind) -> Temporality {
        Temporality::Cumulative
    }
}

struct Fixture {
    provider: SdkMeterProvider,
    reader: Reader,
    /// The last one, and the options that it was made for.
    encoder: Option<(String, Encoder)>,
}

/// Names by the OpenTelemetry rules, and nothing that is not recorded.
fn plain() -> Options {
    Options {
        names: MetricNames::OpenTelemetry,
        scope_labels: false,
        target_info: false,
        created: false,
        ..with_classic()
    }
}

/// The default, with the profile that is used where no other is asked for.
fn with_classic() -> Options {
    Options { profiles: vec![Profile::classic()], ..Options::default() }
}

/// The form of OpenMetrics.
const OPEN_METRICS: Form = Form { format: Format::OpenMetrics, escaping: Escaping::Underscores };

impl Fixture {
    fn new() -> Self {
        Self::with_view(|_| None)
    }

    fn with_view(view: impl Fn(&Instrument) -> Option<Stream> + Send + Sync + 'static) -> Self {
        let reader = Reader::default();
        let resource = Resource::builder_empty()
            .with_attributes([
                KeyValue::new("service.name", "test"),
                KeyValue::new("service.version", "1.2.3"),
                KeyValue::new("deployment.environment.name", "ci"),
            ])
            .build();
        let provider =
            SdkMeterProvider::builder().with_resource(resource).with_reader(reader.clone()).with_view(view).build();
        Self { provider, reader, encoder: None }
    }

    fn meter(&self) -> Meter {
        self.provider.meter("lib")
    }

    fn encode(&mut self, options: Options) -> (String, Dropped) {
        self.encode_as(options, Form::default())
    }

    /// Encodes by the encoder of the last call, if the options are the same, and checks that a new one says the same.
    fn encode_as(&mut self, options: Options, form: Form) -> (String, Dropped) {
        let mut metrics = ResourceMetrics::default();
        self.reader.collect(&mut metrics).unwrap();
        let key = format!("{options:?}");
        let kept = self.encoder.take().filter(|(of, _)| *of == key).map(|(_, encoder)| encoder);
        let mut encoder = kept.unwrap_or_else(|| Encoder::new(options.clone()));
        let [by_kept, by_new] = [&mut encoder, &mut Encoder::new(options)].map(|encoder| {
            let mut out = Vec::new();
            let dropped = encoder.encode(&metrics, form, &mut out);
            (String::from_utf8(out).unwrap(), dropped)
        });
        assert_eq!(by_kept, by_new, "an encoder that has seen other collections says something else");
        self.encoder = Some((key, encoder));
        by_kept
    }

    fn text(&mut self, options: Options) -> String {
        self.encode(options).0
    }
}

/// `name{labels}` to value, checking the shape of every line and that no series comes twice.
fn samples(text: &str) -> BTreeMap<String, String> {
    let mut samples = BTreeMap::new();
    let mut types = BTreeSet::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
            assert!(types.insert(name.to_owned()), "two TYPE lines for {name}");
        } else if !line.starts_with('#') {
            let (series, value) = line.rsplit_once(' ').unwrap();
            assert!(value.parse::<f64>().is_ok(), "{line}");
            let name = series.split('{').next().unwrap();
            assert!(valid_name(name, true), "{line}");
            for label in label_names(series) {
                assert!(valid_name(&label, false), "{line}");
                assert!(!label.starts_with("__"), "{line}");
            }
            let labels = label_names(series);
            assert_eq!(labels.iter().collect::<BTreeSet<_>>().len(), labels.len(), "a label comes twice: {line}");
            assert!(samples.insert(series.to_owned(), value.to_owned()).is_none(), "series comes twice: {line}");
        }
    }
    samples
}

fn valid_name(name: &str, colon: bool) -> bool {
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || (colon && c == ':'))
}

/// The label names of a series, found by a scanner that knows quotes and escapes.
fn label_names(series: &str) -> Vec<String> {
    let Some((_, body)) = series.split_once('{') else { return Vec::new() };
    let body = body.strip_suffix('}').unwrap();
    let (mut names, mut name, mut quoted, mut escaped) = (Vec::new(), String::new(), false, false);
    for c in body.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ if quoted => {}
            '=' => names.push(std::mem::take(&mut name)),
            ',' => {}
            other => name.push(other),
        }
    }
    assert!(!quoted && !escaped && name.is_empty(), "{series}");
    names
}

/// The sum of all samples of a family, over the label filter.
fn total(text: &str, name: &str, filter: &[&str]) -> f64 {
    let matching = samples(text).into_iter().filter(|(series, _)| {
        series.split('{').next() == Some(name) && filter.iter().all(|label| series.contains(label))
    });
    matching.map(|(_, value)| value.parse::<f64>().unwrap()).sum()
}

/// What `promtool check metrics` makes of a text: its exit status and what it said. `None`, and a word about it, without promtool.
fn run_promtool(text: &str) -> Option<(i32, String)> {
    let mut command = Command::new("promtool");
    command.args(["check", "metrics"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let Ok(mut child) = command.spawn() else {
        skipped("promtool not found");
        return None;
    };
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = [output.stderr, output.stdout].concat();
    Some((output.status.code().unwrap(), String::from_utf8_lossy(&said).into_owned()))
}

#[expect(clippy::print_stdout, reason = "the test log must show what was not checked")]
fn skipped(why: &str) {
    println!("SKIPPED: {why}");
}

/// The text is valid and promtool's linter has nothing to say about it.
fn promtool(text: &str) {
    if let Some((status, said)) = run_promtool(text) {
        assert_eq!(status, 0, "{said}\n{text}");
    }
}
