use std::time::{Duration, SystemTime};

use opentelemetry::{
    KeyValue, SpanId, TraceFlags, TraceId,
    trace::{Event, SpanContext, SpanKind, Status, TraceState},
};

use std::collections::HashSet;

use super::*;

/// A span that a test makes up.
#[derive(Clone)]
struct Span {
    trace: u128,
    id: u64,
    parent: u64,
    remote: bool,
    name: String,
    kind: SpanKind,
    start_ms: u64,
    duration_ms: u64,
    attributes: Vec<KeyValue>,
    events: Vec<Event>,
    status: Status,
}

fn span(trace: u128, id: u64, parent: u64) -> Span {
    Span {
        trace,
        id,
        parent,
        remote: false,
        name: format!("span {id}"),
        kind: SpanKind::Internal,
        start_ms: 0,
        duration_ms: 10,
        attributes: Vec::new(),
        events: Vec::new(),
        status: Status::Unset,
    }
}

impl Span {
    fn lasting(mut self, start_ms: u64, duration_ms: u64) -> Self {
        (self.start_ms, self.duration_ms) = (start_ms, duration_ms);
        self
    }

    fn failed(mut self) -> Self {
        self.status = Status::error("it broke");
        self
    }

    fn remote(mut self) -> Self {
        self.remote = true;
        self
    }

    fn with(mut self, attributes: impl IntoIterator<Item = KeyValue>) -> Self {
        self.attributes.extend(attributes);
        self
    }
}

/// When the spans of all tests began: just now, so that none is too old.
fn begin() -> SystemTime {
    static BEGIN: std::sync::OnceLock<SystemTime> = std::sync::OnceLock::new();
    *BEGIN.get_or_init(SystemTime::now)
}

fn end(traces: &Traces, spans: &[Span]) {
    let contexts: Vec<_> = spans
        .iter()
        .map(|span| {
            let (trace, id) = (TraceId::from(span.trace), SpanId::from(span.id));
            SpanContext::new(trace, id, TraceFlags::SAMPLED, false, TraceState::NONE)
        })
        .collect();
    let mut ended = spans.iter().zip(&contexts).map(|(span, context)| {
        let start = begin() + Duration::from_millis(span.start_ms);
        EndedSpan {
            context,
            parent: SpanId::from(span.parent),
            parent_is_remote: span.remote,
            kind: span.kind.clone(),
            name: &span.name,
            start,
            end: start + Duration::from_millis(span.duration_ms),
            attributes: &span.attributes,
            events: &span.events,
            status: &span.status,
        }
    });
    traces.spans_ended(&mut ended);
}

fn listed(traces: &Traces, kind: TraceKind) -> Vec<u128> {
    traces.recent(kind, 1000).iter().map(|trace| u128::from_str_radix(&trace.trace_id, 16).unwrap()).collect()
}

fn id(trace: u128) -> String {
    TraceId::from(trace).to_string()
}

#[test]
fn a_trace_is_listed_when_its_beginning_has_ended() {
    let traces = Traces::new();
    end(&traces, &[span(1, 12, 11)]);
    assert_eq!((listed(&traces, TraceKind::Latest), traces.seen_and_kept()), (vec![], (0, 0)));
    end(&traces, &[span(1, 11, 0)]);
    assert_eq!((listed(&traces, TraceKind::Latest), traces.seen_and_kept()), (vec![1], (1, 1)));
    // A detached task ends later.
    end(&traces, &[span(1, 13, 11)]);
    assert_eq!(traces.trace(&id(1)).unwrap().spans.len(), 3);
    assert_eq!(traces.seen_and_kept(), (1, 1));
}

#[test]
fn the_earlier_of_two_beginnings_names_the_trace() {
    let traces = Traces::new();
    // This process calls itself: the inner service ends first.
    end(&traces, &[span(1, 3, 2).remote().lasting(20, 30)]);
    assert_eq!(traces.recent(TraceKind::Latest, 9)[0].name, "span 3");
    end(&traces, &[span(1, 2, 1).lasting(10, 50), span(1, 1, 99).remote().lasting(0, 100)]);
    let [trace] = &traces.recent(TraceKind::Latest, 9)[..] else { panic!("one trace") };
    assert_eq!((trace.name.as_str(), trace.duration_ms, trace.spans), ("span 1", 100.0, 3));
    assert_eq!(traces.seen_and_kept().0, 1);
}

#[test]
fn traces_are_kept_by_kind() {
    let traces = Traces::new();
    // 1,000 traces; each tenth fails, and some hundreds before the last is the slowest.
    for trace in 1..=1000 {
        let duration = if trace == 300 { 9000 } else { u64::try_from(trace % 97).unwrap() };
        let root = span(trace, 1, 0).lasting(0, duration);
        end(&traces, &[if trace % 10 == 0 { root.failed() } else { root }]);
    }
    let latest = listed(&traces, TraceKind::Latest);
    assert_eq!(latest, (901..=1000).rev().collect::<Vec<_>>());
    assert_eq!(listed(&traces, TraceKind::Failed), (1..=100).rev().map(|i| i * 10).collect::<Vec<_>>());
    let slowest = traces.recent(TraceKind::Slowest, 1000);
    assert_eq!((slowest.len(), slowest[0].trace_id.clone()), (50, id(300)));
    assert!(slowest.is_sorted_by(|a, b| a.duration_ms >= b.duration_ms));
    assert!(slowest[49].duration_ms >= 92.0, "{:?}", slowest[49]);
    // The other way round: nothing else is kept, and all of these can be looked at.
    let all: HashSet<u128> = [TraceKind::Latest, TraceKind::Failed, TraceKind::Slowest]
        .into_iter()
        .flat_map(|it| listed(&traces, it))
        .collect();
    assert_eq!(traces.seen_and_kept(), (1000, all.len()));
    assert!(all.iter().all(|trace| traces.trace(&id(*trace)).is_some()));
    assert!(traces.trace(&id(11)).is_none());
}

#[test]
fn a_trace_that_gets_slower_or_fails_later_is_listed_as_that() {
    let traces = Traces::new();
    end(&traces, &[span(1, 1, 0).lasting(0, 5), span(2, 1, 0).lasting(0, 50)]);
    assert_eq!(listed(&traces, TraceKind::Slowest), [2, 1]);
    end(&traces, &[span(1, 2, 1).failed(), span(1, 3, 0).lasting(0, 500)]);
    assert_eq!(listed(&traces, TraceKind::Failed), [1]);
    // The beginning is the same: both began at once.
    assert_eq!(listed(&traces, TraceKind::Slowest), [2, 1]);
    let mut earlier = span(1, 4, 0).lasting(0, 900);
    earlier.start_ms = 0;
    end(&traces, &[span(3, 1, 0).lasting(10, 1), span(3, 2, 0).lasting(5, 700), earlier]);
    assert_eq!(listed(&traces, TraceKind::Slowest), [3, 2, 1]);
}

#[test]
fn what_was_slow_long_ago_makes_room() {
    let mut slowest = lists::Slowest::new(2);
    let (now, hour) = (begin(), Duration::from_secs(3601));
    let ids = [1, 2, 3, 4].map(|id: u128| TraceId::from(id));
    assert_eq!(slowest.push(ids[0], Duration::from_secs(9), now - hour), []);
    assert_eq!(slowest.push(ids[1], Duration::from_secs(1), now), [ids[0]]);
    assert_eq!(slowest.push(ids[2], Duration::from_secs(2), now), []);
    assert_eq!(slowest.push(ids[3], Duration::from_secs(3), now), [ids[1]]);
    assert_eq!(slowest.iter().collect::<Vec<_>>(), [ids[3], ids[2]]);
    // One that is now shorter than all others goes itself.
    assert_eq!(slowest.push(ids[1], Duration::from_secs(1), now), []);
    assert!(!slowest.contains(ids[1]));
}

#[test]
fn memory_is_bounded_and_what_failed_goes_last() {
    let traces = Traces::new();
    traces.set_memory_limit(0);
    let limit = 64 * 1024;
    for trace in 1..=500 {
        let text = "x".repeat(900);
        let of = |id, parent| span(trace, id, parent).with([KeyValue::new("text", text.clone())]);
        let root = of(1, 0).lasting(0, 1);
        end(&traces, &[of(2, 1), of(3, 2), if trace % 50 == 0 { root.failed() } else { root }]);
        let (bytes, counted) = traces.store().bytes();
        assert!(bytes <= limit && bytes == counted, "{bytes} {counted}");
    }
    assert_eq!(listed(&traces, TraceKind::Failed), (1..=10).rev().map(|i| i * 50).collect::<Vec<_>>());
    assert_eq!(traces.seen_and_kept().0, 500);
}

#[test]
fn the_count_of_bytes_is_that_of_the_records_and_their_texts() {
    let spans: Vec<_> = (1..=400)
        .map(|id| {
            let text =
                move |at: u64| KeyValue::new(format!("attribute.{at}"), format!("value {id} {}", "y".repeat(40)));
            span(1, id, id - 1).with((0..8).map(text))
        })
        .collect();
    let traces = Traces::new();
    end(&traces, &spans);
    let (bytes, _) = traces.store().bytes();
    // Name, attributes, and the record itself, counted by hand.
    let by_hand: usize = spans
        .iter()
        .map(|span| {
            let of = |it: &KeyValue| size_of::<KeyValue>() + it.key.as_str().len() + it.value.as_str().len();
            size_of::<SpanRecord>() + span.name.len() + span.attributes.iter().map(of).sum::<usize>()
        })
        .sum();
    assert!(bytes.abs_diff(by_hand) * 10 < by_hand, "{bytes} {by_hand}");
}

#[test]
fn a_trace_without_end_keeps_its_first_spans_and_its_beginning() {
    let traces = Traces::new();
    for batch in 0..100 {
        let spans: Vec<_> = (0..100).map(|i| span(1, 2 + batch * 100 + i, 1)).collect();
        end(&traces, &spans);
    }
    end(&traces, &[span(1, 1, 0).lasting(0, 777).failed()]);
    let trace = traces.trace(&id(1)).unwrap();
    assert_eq!((trace.spans.len(), trace.summary.omitted_spans), (500, 9501));
    assert_eq!((trace.summary.duration_ms, trace.summary.status), (777.0, "error"));
    let (bytes, counted) = traces.store().bytes();
    assert_eq!(bytes, counted);
}

#[test]
fn beginnings_that_never_end_are_forgotten() {
    let traces = Traces::new();
    for trace in 1..=5000 {
        end(&traces, &[span(trace, 2, 1)]);
    }
    assert_eq!(traces.seen_and_kept(), (0, 0));
    assert!(traces.trace(&id(1)).is_none() && traces.trace(&id(5000)).is_some());
    let (bytes, counted) = traces.store().bytes();
    assert!(bytes == counted && bytes < 1000 * 2000, "{bytes} {counted}");
}

#[test]
fn a_waterfall_has_all_that_is_known_of_the_calls() {
    let traces = Traces::new();
    let agent = [
        KeyValue::new("gen_ai.operation.name", "invoke_agent"),
        KeyValue::new("gen_ai.agent.name", "clerk"),
        KeyValue::new("gen_ai.usage.input_tokens", 99),
    ];
    let llm = |input: i64| {
        [
            KeyValue::new("gen_ai.operation.name", "chat"),
            KeyValue::new("gen_ai.request.model", "<script>alert(1)</script>"),
            KeyValue::new("gen_ai.usage.input_tokens", input),
            KeyValue::new("gen_ai.usage.output_tokens", 5),
            KeyValue::new("tachograph.llm.cost.amount", 0.25),
            KeyValue::new("gen_ai.input.messages", "[\"who?\"]"),
        ]
    };
    let mut failed =
        span(7, 4, 2).lasting(30, 10).with(llm(20)).with([KeyValue::new("error.type", "rate_limit")]).failed();
    failed.events.push(Event::new("attempt", begin() + Duration::from_millis(35), vec![KeyValue::new("n", 1)], 0));
    let db = span(7, 5, 2).lasting(41, 1).with([KeyValue::new("db.system.name", "sqlite")]).failed();
    end(
        &traces,
        &[
            span(7, 3, 2).lasting(10, 10).with(llm(10)),
            failed,
            db,
            span(7, 2, 1).lasting(5, 50).with(agent),
            span(7, 1, 0).lasting(0, 60).with([KeyValue::new("http.request.method", "GET")]),
        ],
    );
    let trace = serde_json::to_value(traces.trace(&id(7)).unwrap()).unwrap();
    assert_eq!(trace["agents"], serde_json::json!(["clerk"]));
    assert_eq!(trace["models"], serde_json::json!(["<script>alert(1)</script>"]));
    assert_eq!(
        (&trace["input_tokens"], &trace["output_tokens"], &trace["cost_usd"]),
        (&30.into(), &10.into(), &0.5.into())
    );
    assert_eq!((&trace["errors"], &trace["status"], &trace["category"]), (&2.into(), &"ok".into(), &"http".into()));
    let spans = trace["spans"].as_array().unwrap();
    let told: Vec<_> =
        spans.iter().map(|it| (it["category"].as_str().unwrap(), it["start_offset_ms"].as_f64().unwrap())).collect();
    assert_eq!(told, [("http", 0.0), ("agent", 5.0), ("llm", 10.0), ("llm", 30.0), ("db", 41.0)]);
    assert_eq!(spans[3]["error_type"], "rate_limit");
    assert_eq!(spans[3]["message"], serde_json::Value::Null, "it may quote the prompt");
    assert_eq!(spans[4]["message"], "it broke");
    assert_eq!(spans[3]["attributes"].get("gen_ai.input.messages"), None);
    assert_eq!(spans[3]["events"], serde_json::json!([{"name": "attempt", "offset_ms": 35.0, "attributes": {"n": 1}}]));
    assert_eq!(
        (&spans[0]["parent_span_id"], &spans[1]["parent_span_id"]),
        (&serde_json::Value::Null, &"0000000000000001".into())
    );
    traces.set_content(true);
    end(&traces, &[span(8, 1, 0).with(llm(1)).failed()]);
    let open = traces.trace(&id(8)).unwrap();
    assert_eq!(open.spans[0].attributes["gen_ai.input.messages"], "[\"who?\"]");
    assert_eq!(open.spans[0].message.as_deref(), Some("it broke"));
}

#[test]
fn only_a_trace_id_is_one() {
    let traces = Traces::new();
    end(&traces, &[span(1, 1, 0)]);
    assert!(traces.trace("00000000000000000000000000000001").is_some());
    for text in ["", "1", "0000000000000000000000000000001", "+0000000000000000000000000000001", "../../../etc/passwd"]
    {
        assert!(traces.trace(text).is_none(), "{text}");
    }
}
