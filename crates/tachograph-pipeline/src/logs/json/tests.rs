mod bounds;
mod hostile;

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState};
use serde_json::Value;
use tachograph_core::{Ids, context};
use tracing_subscriber::fmt::format::DefaultFields;

use super::line::MAX_LINE;
use super::*;
use crate::logs::printed::{printed, subscriber};

/// An error with as many causes as it says.
#[derive(Debug)]
struct Failed(usize, Option<Box<Failed>>);

impl Failed {
    fn with(causes: usize) -> Self {
        Self(causes, causes.checked_sub(1).map(|causes| Box::new(Self::with(causes))))
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "failed {}\n\"for sure\"", self.0)
    }
}

impl Error for Failed {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.1.as_deref().map(|cause| cause as _)
    }
}

fn lines(body: impl FnOnce()) -> Vec<Value> {
    let text = printed(JsonFormat::new(), body);
    assert!(text.ends_with('\n'));
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

fn line(body: impl FnOnce()) -> Value {
    let mut lines = lines(body);
    assert_eq!(lines.len(), 1);
    lines.remove(0)
}

fn in_everything() -> Context {
    let span =
        SpanContext::new(TraceId::from(0xabc), SpanId::from(0x7), TraceFlags::SAMPLED, false, TraceState::default());
    let context = context::with_request_id(&Context::new().with_remote_span_context(span), "r-1");
    Ids::new().conversation("c 7").user("u-42").tenant("t").session("s").on(&context)
}

/// The keys of a line as they stand there.
fn keys(text: &str) -> Vec<String> {
    let object: serde_json::Map<String, Value> = serde_json::from_str(text).unwrap();
    let at = |key: &str| text.find(&format!("{}:", Value::from(key))).unwrap();
    let mut keys: Vec<_> = object.keys().cloned().collect();
    keys.sort_by_key(|key| at(key));
    keys
}

#[test]
fn a_line_has_everything_in_a_fixed_order() {
    let text = printed(JsonFormat::new(), || {
        let _context = in_everything().attach();
        let error = Failed::with(2);
        tracing::error!(
            target: "shop",
            answer = 42,
            delta = -1,
            ratio = 0.5,
            ok = true,
            name = "Zoë \"Z\"\n",
            shape = ?Some(1),
            error = &error as &(dyn Error + 'static),
            "done\twith it"
        );
    });
    assert_eq!(
        keys(&text),
        [
            "timestamp",
            "level",
            "logger",
            "message",
            "module",
            "file",
            "line",
            "process_id",
            "thread_id",
            "request_id",
            "user_id",
            "trace_id",
            "span_id",
            "exception",
            "gen_ai.conversation.id",
            "tachograph.tenant.id",
            "session.id",
            "answer",
            "delta",
            "ratio",
            "ok",
            "name",
            "shape",
        ]
    );
    let line: Value = serde_json::from_str(&text).unwrap();
    let timestamp = line["timestamp"].as_str().unwrap();
    assert!(timestamp.len() == 24 && timestamp.ends_with('Z') && &timestamp[19..20] == ".", "{timestamp}");
    assert!(line["line"].as_u64().unwrap() > 50);
    for (key, value) in [
        ("level", "ERROR".into()),
        ("logger", "shop".into()),
        ("message", "done\twith it".into()),
        ("module", module_path!().into()),
        ("file", file!().into()),
        ("process_id", std::process::id().into()),
        ("thread_id", crate::logs::record::thread::id().into()),
        ("request_id", "r-1".into()),
        ("user_id", "u-42".into()),
        ("trace_id", "00000000000000000000000000000abc".into()),
        ("span_id", "0000000000000007".into()),
        ("gen_ai.conversation.id", "c 7".into()),
        ("tachograph.tenant.id", "t".into()),
        ("session.id", "s".into()),
        ("answer", 42.into()),
        ("delta", (-1).into()),
        ("ratio", 0.5.into()),
        ("ok", true.into()),
        ("name", "Zoë \"Z\"\n".into()),
        ("shape", "Some(1)".into()),
        (
            "exception",
            serde_json::json!({
                "message": "failed 2\n\"for sure\"",
                "chain": ["failed 1\n\"for sure\"", "failed 0\n\"for sure\""],
            }),
        ),
    ] {
        assert_eq!(line[key], value, "{key}");
    }
}

#[test]
fn outside_of_everything_absent_keys_are_left_out() {
    let text = printed(JsonFormat::new(), || tracing::info!(answer = 1));
    assert_eq!(
        keys(&text),
        ["timestamp", "level", "logger", "message", "module", "file", "line", "process_id", "thread_id", "answer"]
    );
    assert!(text.contains("\"message\":\"\","), "{text}");
}

#[test]
fn levels_go_from_trace_to_critical() {
    let lines = lines(|| {
        tracing::trace!("");
        tracing::debug!("");
        tracing::info!("");
        tracing::warn!(critical = true, "not an error");
        tracing::error!(critical = false, "");
        tracing::error!(critical = "true", "");
        tracing::error!(critical = true, "");
    });
    let levels: Vec<_> = lines.iter().map(|line| line["level"].as_str().unwrap()).collect();
    assert_eq!(levels, ["TRACE", "DEBUG", "INFO", "WARNING", "ERROR", "ERROR", "CRITICAL"]);
    assert_eq!(lines[3]["critical"], true);
    assert_eq!(lines[4]["critical"], false);
    assert!(lines[6].get("critical").is_none());
}

#[test]
fn numbers_without_a_place_in_json_are_text() {
    let line = line(|| {
        tracing::info!(
            a = f64::NAN,
            b = f64::INFINITY,
            c = f64::NEG_INFINITY,
            d = u128::MAX,
            e = i128::MIN,
            f = 7_u128,
            g = -7_i128,
            h = u64::MAX,
            i = i64::MIN,
            j = 1e300,
            k = u128::from(u64::MAX),
            message = 5
        );
    });
    for (key, value) in [
        ("a", Value::from("NaN")),
        ("b", "Infinity".into()),
        ("c", "-Infinity".into()),
        ("d", u128::MAX.to_string().into()),
        ("e", i128::MIN.to_string().into()),
        ("f", 7.into()),
        ("g", (-7).into()),
        ("h", u64::MAX.into()),
        ("i", i64::MIN.into()),
        ("j", 1e300.into()),
        ("k", u64::MAX.into()),
        ("message", "5".into()),
    ] {
        assert_eq!(line[key], value, "{key}");
    }
}

#[test]
fn no_two_keys_of_a_line_are_equal() {
    let text = printed(JsonFormat::new(), || {
        let ids = Ids::new()
            .with("level", "id")
            .with("id.level", "id2")
            .with("field.x", "id3")
            .with("tier", "gold")
            .user("u");
        let _ids = ids.on(&Context::new()).attach();
        tracing::info!(
            level = "mine",
            "field.level" = 1,
            "field.field.level" = 2,
            tier = "silver",
            "field.tier" = 3,
            "id.level" = 4,
            user_id = "forged",
            "user.id" = "also mine",
            path = "/tmp",
            omitted_fields = 0,
            exception = "none",
            r#type = "t",
            twice = 1,
            twice = "two",
            "odd \"key\"\n{}" = 1,
            "message"
        );
    });
    let line: Value = serde_json::from_str(&text).unwrap();
    for (key, value) in [
        ("level", Value::from("INFO")),
        ("id.level", "id".into()),
        ("id.id.level", "id2".into()),
        ("id.field.x", "id3".into()),
        ("tier", "gold".into()),
        ("field.level", "mine".into()),
        ("field.field.level", 1.into()),
        ("field.field.field.level", 2.into()),
        ("field.tier", "silver".into()),
        ("field.field.tier", 3.into()),
        ("field.id.level", 4.into()),
        ("user_id", "u".into()),
        ("field.user_id", "forged".into()),
        ("user.id", "also mine".into()),
        ("field.path", "/tmp".into()),
        ("field.omitted_fields", 0.into()),
        ("field.exception", "none".into()),
        ("type", "t".into()),
        ("twice", "two".into()),
        ("odd \"key\"\n{}", 1.into()),
    ] {
        assert_eq!(line[key], value, "{key}");
        let written = format!("{}:", Value::from(key));
        assert_eq!(text.matches(&format!(",{written}")).count(), 1, "{key}");
    }
    assert_eq!(line.as_object().unwrap().len(), 20 + 8, "{line}");
}

#[test]
fn secrets_are_hidden_by_name_and_by_form() {
    let text = printed(JsonFormat::new().with_redacted_keys(["iban"]), || {
        let ids = Ids::new().with("session.token", "hunter0").user("u");
        let _ids = ids.on(&Context::new()).attach();
        let error = std::io::Error::other("no postgres://app:hunter1@db");
        let hidden = std::io::Error::other("hunter2");
        tracing::error!(
            password = "hunter3",
            db_password = ?"hunter4",
            pwd = 12345,
            api_key = 1.5,
            secret = &hidden as &(dyn Error + 'static),
            customer_iban = "hunter5",
            has_password = true,
            input_tokens = 17,
            header = "Bearer hunter6",
            error = &error as &(dyn Error + 'static),
            "calling with sk-hunter7-hunter7-hunter7"
        );
    });
    assert!(!text.contains("hunter"), "{text}");
    let line: Value = serde_json::from_str(&text).unwrap();
    for key in ["password", "db_password", "pwd", "api_key", "secret", "customer_iban", "session.token"] {
        assert_eq!(line[key], "[redacted]", "{key}");
    }
    assert_eq!(line["has_password"], true);
    assert_eq!(line["input_tokens"], 17);
    assert_eq!(line["header"], "Bearer [redacted]");
    assert_eq!(line["message"], "calling with [redacted]");
    assert_eq!(line["exception"]["message"], "no postgres://app:[redacted]@db");
}

#[test]
fn a_second_error_is_text_with_its_causes() {
    let line = line(|| {
        let error = Failed::with(1);
        let error = &error as &(dyn Error + 'static);
        tracing::error!(first = error, second = error, "m");
    });
    assert_eq!(line["second"], "failed 1\n\"for sure\": failed 0\n\"for sure\"");
    assert_eq!(line["exception"]["chain"].as_array().unwrap().len(), 1);
    assert!(line.get("first").is_none());
}

#[test]
fn what_the_log_crate_says_of_the_origin_counts() {
    let line = line(|| {
        tracing::info!(
            target: "log",
            own = 1,
            "log.target" = "hyper",
            "log.module_path" = "hyper::client",
            "log.file" = "client.rs",
            "log.line" = 9_u32,
            "m"
        );
    });
    assert_eq!(
        (&line["logger"], &line["module"], &line["file"], &line["line"]),
        (&"hyper".into(), &"hyper::client".into(), &"client.rs".into(), &9.into())
    );
    assert!(line.get("log.target").is_none() && line.get("log.line").is_none());
}

#[test]
fn a_value_that_logs_and_one_that_fails_do_no_harm() {
    struct Logs;
    impl fmt::Debug for Logs {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            tracing::info!(inner = 1, "inner");
            f.write_str("logged")
        }
    }
    struct Fails;
    impl fmt::Debug for Fails {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("half")?;
            Err(fmt::Error)
        }
    }
    let lines = lines(|| tracing::info!(before = 1, logs = ?Logs, fails = ?Fails, after = 2, "outer"));
    let outer = lines.last().unwrap();
    assert_eq!((&outer["logs"], &outer["fails"]), (&"logged".into(), &"half".into()));
    assert_eq!((&outer["before"], &outer["after"], &outer["message"]), (&1.into(), &2.into(), &"outer".into()));
    assert!(outer.get("inner").is_none());
}

#[test]
fn threads_that_write_at_once_write_whole_lines() {
    let (dispatch, writes) = subscriber(JsonFormat::new(), DefaultFields::new(), false);
    let barrier = Arc::new(std::sync::Barrier::new(8));
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let (dispatch, barrier) = (dispatch.clone(), Arc::clone(&barrier));
            scope.spawn(move || {
                tracing::dispatcher::with_default(&dispatch, || {
                    barrier.wait();
                    (0..200).for_each(|number| tracing::info!(thread, number, text = "é\n".repeat(number), "line"));
                });
            });
        }
    });
    let mut seen: Vec<_> = writes
        .all()
        .iter()
        .map(|write| {
            assert_eq!(write.matches('\n').count(), 1);
            let line: Value = serde_json::from_str(write).unwrap();
            (line["thread"].as_u64().unwrap(), line["number"].as_u64().unwrap())
        })
        .collect();
    seen.sort_unstable();
    let all: Vec<_> = (0..8).flat_map(|thread| (0..200).map(move |number| (thread, number))).collect();
    assert_eq!(seen, all);
}

#[test]
fn what_is_not_printed_costs_no_allocation_and_a_printed_line_none_of_its_own() {
    struct Nowhere;
    impl std::io::Write for Nowhere {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    use tracing_subscriber::layer::SubscriberExt as _;
    let layer = tracing_subscriber::fmt::layer().event_format(JsonFormat::new()).with_writer(|| Nowhere);
    let filter = tracing_subscriber::filter::LevelFilter::INFO;
    let subscriber = tracing_subscriber::registry().with(layer).with(filter);
    let _context = in_everything().attach();
    tracing::subscriber::with_default(subscriber, || {
        let quiet = || tracing::debug!(answer = 42, text = ?vec![1], "nobody reads {}", "this");
        let loud = || tracing::info!(answer = 42, text = "a \"b\"", shape = ?Some(1), ratio = 0.1, "printed {}", 1);
        quiet();
        loud();
        assert_eq!(allocation_counter::measure(quiet).count_total, 0);
        assert_eq!(allocation_counter::measure(loud).count_total, 0);
    });
}
