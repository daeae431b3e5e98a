//! A sink that keeps what it is told, and what the event belonged to.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use opentelemetry::{Array, Context, Value, trace::TraceContextExt as _};
use tachograph::{
    Ids, Policy, context,
    event::{Event, EventSink, Severity, Topic},
};
use tachograph_testing::{TestTelemetry, TestTelemetryBuilder};

/// An event as it was told.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Told {
    pub(super) topic: Topic,
    pub(super) severity: Severity,
    pub(super) name: &'static str,
    pub(super) message: String,
    pub(super) error: Option<String>,
    pub(super) attributes: BTreeMap<String, Value>,
    pub(super) trace: String,
    pub(super) span: String,
    pub(super) request_id: Option<String>,
    pub(super) ids: Vec<(String, String)>,
}

impl Told {
    /// The attributes as text but the duration, which has to be there and a number with its fraction.
    pub(super) fn shown(&self) -> BTreeMap<&str, String> {
        let Value::F64(milliseconds) = self.attributes["duration_ms"] else { panic!("{self:?}") };
        assert!(milliseconds > 0.0, "{self:?}");
        let others = self.attributes.iter().filter(|(key, _)| *key != "duration_ms");
        others.map(|(key, value)| (key.as_str(), shown(value))).collect()
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Array(Array::String(texts)) => texts.iter().map(|text| text.as_str()).collect::<Vec<_>>().join("+"),
        other => other.to_string(),
    }
}

#[derive(Default)]
pub(super) struct Sink {
    told: Mutex<Vec<Told>>,
    /// Below it nothing is wanted.
    least: Option<Severity>,
}

impl EventSink for Sink {
    fn wants(&self, _topic: Topic, severity: Severity) -> bool {
        self.least.is_none_or(|least| severity >= least)
    }

    fn emit(&self, event: Event<'_>) {
        let context = Context::current();
        let span = context.span();
        let span = span.span_context();
        let attributes: BTreeMap<_, _> =
            event.attributes.iter().map(|kv| (kv.key.as_str().to_owned(), kv.value.clone())).collect();
        assert_eq!(attributes.len(), event.attributes.len(), "a key is there twice: {event:?}");
        self.told.lock().unwrap().push(Told {
            topic: event.topic,
            severity: event.severity,
            name: event.name,
            message: event.message.to_string(),
            error: event.error.map(ToString::to_string),
            attributes,
            trace: span.trace_id().to_string(),
            span: span.span_id().to_string(),
            request_id: context::request_id_of(&context).map(|id| id.as_str().to_owned()),
            ids: Ids::current().iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect(),
        });
    }
}

/// Telemetry with a sink.
pub(super) struct Telling {
    pub(super) test: TestTelemetry,
    sink: Arc<Sink>,
}

impl Telling {
    pub(super) fn with(policy: Policy) -> Self {
        Self::of(TestTelemetry::builder(), policy, Sink::default())
    }

    pub(super) fn from(least: Severity, policy: Policy) -> Self {
        Self::of(TestTelemetry::builder(), policy, Sink { least: Some(least), ..Sink::default() })
    }

    pub(super) fn of(builder: TestTelemetryBuilder, policy: Policy, sink: Sink) -> Self {
        let sink = Arc::new(sink);
        let test = builder.with_policy(policy).with_event_sink(Arc::clone(&sink) as _).build();
        Self { test, sink }
    }

    /// What was told since it was last asked.
    pub(super) fn told(&self) -> Vec<Told> {
        std::mem::take(&mut *self.sink.told.lock().unwrap())
    }

    /// The one event that was told since it was last asked.
    #[track_caller]
    pub(super) fn one(&self) -> Told {
        let told = self.told();
        assert_eq!(told.len(), 1, "{told:#?}");
        told.into_iter().next().unwrap()
    }

    pub(super) fn names(&self) -> Vec<&'static str> {
        self.told().iter().map(|told| told.name).collect()
    }
}
