use std::error::Error;
use std::fmt;
use std::io;

use opentelemetry::{Context, KeyValue};
use serde_json::json;
use tachograph_core::event::{Event, Severity, Topic};
use tachograph_core::{
    AgentExecution, Breadcrumb, HttpRequest, Ids, breadcrumb, capture_error, capture_message, current,
};

use crate::receiver::{OK, Receiver};
use crate::setup::{builder, sent, taken, within};

#[derive(Debug)]
struct Declined(io::Error);

impl fmt::Display for Declined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the card was declined")
    }
}

impl Error for Declined {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

fn declined() -> Declined {
    Declined(io::Error::new(io::ErrorKind::TimedOut, Declined(io::Error::other("no route"))))
}

#[test]
fn a_captured_error_arrives_with_all_that_belongs_to_it() {
    let receiver = Receiver::start(OK);
    let pipeline = builder(&receiver.dsn()).with_service_version("1.2.0").with_environment("staging").build().unwrap();
    let mut trace = None;
    sent(&pipeline, || {
        HttpRequest::new("POST", "/checkout").request_id("r-1").run(|| {
            Ids::new().tenant("acme").scope(|| {
                breadcrumb("cart", "three items");
                Breadcrumb::new("db", "lost").with_severity(Severity::Warn).with_data("attempt", 2).leave();
                trace = current::trace_id();
                capture_error(&declined()).user("u-1").tag("plan", "gold").operation("checkout").attribute("n", 7);
            });
        });
    });
    let (head, _) = receiver.requests().remove(0);
    assert!(head.starts_with("POST /base/api/42/envelope/ HTTP/1.1"), "{head}");
    assert!(head.contains("sentry_key=publickey") && head.contains("sentry_client=tachograph/"), "{head}");
    let event = receiver.one();
    // `error` is the level where none is said.
    assert_eq!(event.get("level"), None);
    assert_eq!(event["platform"], "native");
    assert_eq!((&event["release"], &event["environment"]), (&json!("shop@1.2.0"), &json!("staging")));
    assert_eq!((&event["logger"], &event["sdk"]["name"]), (&json!("tachograph::errors"), &json!("tachograph")));
    let exceptions = event["exception"]["values"].as_array().unwrap();
    let values: Vec<_> = exceptions.iter().map(|it| it["value"].as_str().unwrap()).collect();
    assert_eq!(values, ["no route", "the card was declined", "the card was declined"]);
    let main = exceptions.last().unwrap();
    assert!(main["type"].as_str().unwrap().ends_with("::Declined"), "{main}");
    assert_eq!(main["mechanism"], json!({ "type": "generic", "handled": true }));
    assert_eq!(event["user"], json!({ "id": "u-1" }));
    assert_eq!(event["tags"], json!({ "plan": "gold", "component": "checkout", "request_id": "r-1" }));
    assert_eq!(event["extra"]["n"], 7);
    assert_eq!(event["extra"]["tachograph.tenant.id"], "acme");
    assert_eq!(event["contexts"]["trace"]["trace_id"], trace.unwrap().to_string());
    assert_eq!(event["contexts"]["trace"]["span_id"].as_str().unwrap().len(), 16);
    let crumbs = event["breadcrumbs"]["values"].as_array().unwrap();
    assert_eq!(
        (crumbs.len(), &crumbs[0]["category"], &crumbs[0]["message"]),
        (2, &json!("cart"), &json!("three items"))
    );
    assert_eq!((&crumbs[1]["level"], &crumbs[1]["data"]), (&json!("warning"), &json!({ "attempt": "2" })));
    assert!(crumbs[0]["timestamp"].as_f64().unwrap() > 1e9);
    assert_eq!(taken(&pipeline), 1);
}

#[test]
fn a_message_arrives_with_its_level_and_no_exception() {
    for (severity, level) in [(Severity::Debug, "debug"), (Severity::Info, "info"), (Severity::Critical, "fatal")] {
        let receiver = Receiver::start(OK);
        let pipeline = builder(&receiver.dsn()).build().unwrap();
        sent(&pipeline, || drop(capture_message(severity, "the list is old").tag("list", "eu")));
        let event = receiver.one();
        assert_eq!((&event["level"], &event["message"]), (&json!(level), &json!("the list is old")));
        assert_eq!((event.get("exception"), &event["tags"]["list"]), (None, &json!("eu")));
        assert_eq!((event.get("release"), event.get("environment")), (None, None));
    }
}

#[test]
fn a_panic_is_fatal_and_not_handled() {
    let receiver = Receiver::start(OK);
    let pipeline = builder(&receiver.dsn()).build().unwrap();
    let attributes = [KeyValue::new("exception.type", "panic"), KeyValue::new("exception.message", "out of sugar")];
    let panic = || Event::new(Topic::Errors, Severity::Critical, "exception").with_attributes(attributes.clone());
    sent(&pipeline, || pipeline.telemetry().unwrap().tell(panic()));
    let event = receiver.one();
    let exception = &event["exception"]["values"][0];
    assert_eq!(
        (&event["level"], &exception["type"], &exception["value"]),
        (&json!("fatal"), &json!("panic"), &json!("out of sugar"))
    );
    assert_eq!(exception["mechanism"], json!({ "type": "panic", "handled": false }));
}

#[test]
fn error_lines_are_events_and_quieter_ones_are_none() {
    let receiver = Receiver::start(OK);
    let pipeline = builder(&receiver.dsn()).build().unwrap();
    sent(&pipeline, || {
        tracing::warn!("quiet");
        tracing::info!(target: "tachograph::calls", "quiet");
        AgentExecution::new("a").run(|| {
            let error = declined();
            let error: &(dyn Error + 'static) = &error;
            tracing::error!(error, order = 7, "checkout failed");
        });
        tracing::error!(critical = true, "over");
    });
    let events = receiver.events();
    assert_eq!(events.len(), 2, "{events:?}");
    let values = events[0]["exception"]["values"].as_array().unwrap();
    let main = values.last().unwrap();
    assert_eq!((values.len(), &main["type"], &main["value"]), (3, &json!("Error"), &json!("the card was declined")));
    assert_eq!((&events[0]["message"], &events[0]["extra"]["order"]), (&json!("checkout failed"), &json!(7)));
    assert!(events[0]["contexts"]["trace"]["trace_id"].is_string());
    assert_eq!((&events[1]["level"], &events[1]["message"]), (&json!("fatal"), &json!("over")));
    assert_eq!(events[1].get("contexts"), None, "outside of every trace");
}

#[test]
fn secrets_never_leave() {
    #[derive(Debug)]
    struct Leaky;
    impl fmt::Display for Leaky {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("postgres://app:hunter1@db refused Bearer hunter2hunter2 and sk-hunter3hunter3hunter3")
        }
    }
    impl Error for Leaky {}
    let receiver = Receiver::start(OK);
    let pipeline = builder(&receiver.dsn()).with_redacted_log_keys(["iban"]).build().unwrap();
    sent(&pipeline, || {
        Ids::new().with("session_cookie", "hunter4").user("Bearer hunter5hunter5").scope(|| {
            HttpRequest::new("GET", "/").request_id("Bearer hunter6hunter6").run(|| {
                breadcrumb("http", "to https://app:hunter7@host");
                Breadcrumb::new("login", "in").with_data("password", "hunter8").with_data("iban", "hunter9").leave();
                capture_error(&Leaky).tag("api_key", "hunter10").tag("iban", "hunter11").attribute("token", "hunter12");
                capture_error(&Declined(io::Error::other(Leaky)));
                tracing::error!(
                    password = "hunter13",
                    error = &Leaky as &(dyn Error + 'static),
                    "Bearer hunter14hunter14"
                );
            });
        });
    });
    assert_eq!(receiver.events().len(), 3);
    let all: String = receiver.requests().into_iter().map(|(_, body)| body).collect();
    assert!(!all.contains("hunter"), "{all}");
    for event in receiver.events() {
        assert_eq!(event["user"]["id"], "Bearer [redacted]");
        assert_eq!(event["extra"]["session_cookie"], "[redacted]");
    }
    let crumbs = &receiver.events()[0]["breadcrumbs"]["values"];
    assert_eq!(crumbs[0]["message"], "to https://app:[redacted]@host");
    assert_eq!(crumbs[1]["data"], json!({ "password": "[redacted]", "iban": "[redacted]" }));
}

#[test]
fn what_the_pipeline_itself_causes_is_no_event() {
    let receiver = Receiver::start(OK);
    let pipeline = builder(&receiver.dsn()).build().unwrap();
    sent(&pipeline, || {
        let _suppressed = Context::enter_telemetry_suppressed_scope();
        tracing::error!("while exporting");
    });
    assert!(receiver.events().is_empty());
}

#[test]
fn without_an_address_nothing_is_started_and_the_layer_does_nothing() {
    let pipeline = builder("").build().unwrap();
    within(&pipeline, || tracing::error!("unheard"));
    assert!(!pipeline.prometheus_text().unwrap().contains("tachograph_sentry"));
}
