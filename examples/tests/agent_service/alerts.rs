//! The alerts of the operations kit over the running service: from a fault to the receiver, and back; and the dashboards meanwhile.

mod emitted;
mod shortened;
mod sometimes;

use std::{
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
    time::Duration,
};

use serde_json::{Value, json};
use tests::{
    components::{Alertmanager, Component, Prometheus, Webhook, poll},
    operations::grafana::Profile,
};

use crate::{
    asked::Asked,
    dashboards::{self, OwnCollector},
    service::Service,
};

/// What a model that fails every call sets off.
const EXPECTED: [&str; 3] = ["HttpErrorRateCritical", "LlmErrorsHigh", "AgentFailuresHigh"];

/// Between two requests: some of them in every scrape, and the machine has other work too.
const PAUSE: Duration = Duration::from_millis(50);

#[test]
fn a_failing_model_alerts_who_is_on_call_until_it_answers_again() {
    alerts_come_and_go(Component::Prometheus);
}

#[test]
fn a_failing_model_alerts_who_is_on_call_until_it_answers_again_with_prometheus_3() {
    alerts_come_and_go(Component::Prometheus3);
}

fn alerts_come_and_go(prometheus: Component) {
    let webhook = Webhook::start();
    let Some(alertmanager) = Alertmanager::start(&shortened::routes(&webhook)) else { return };
    let Some(collector) = OwnCollector::start() else { return };
    let logs = tempfile::tempdir().unwrap();
    let variables = [
        ("TACHOGRAPH_LOG_DIR", logs.path().to_str().unwrap()),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.otlp()),
        ("OTEL_METRIC_EXPORT_INTERVAL", "1000"),
        ("OTEL_BSP_SCHEDULE_DELAY", "100"),
        ("OTEL_SEMCONV_STABILITY_OPT_IN", "gen_ai_latest_experimental/dup"),
    ];
    let service = Service::start(&variables);
    let classic = Service::start(&[&variables[..], &[("TACHOGRAPH_METRIC_NAMES", "classic")]].concat());
    let rules = shortened::rules();
    let extra = shortened::prometheus(&rules, &alertmanager);
    let job = format!("relabel_configs: {}", jobs(&classic, &collector));
    let targets = [service.address(), classic.address(), &collector.address()];
    let Some(prometheus) = Prometheus::start_as(prometheus, &targets, "/monitoring/metrics", &job, &extra) else {
        return;
    };

    let (faulty, ended) = (AtomicBool::new(true), AtomicBool::new(false));
    thread::scope(|scope| {
        scope.spawn(|| {
            while !ended.load(Ordering::SeqCst) {
                ask(&service, faulty.load(Ordering::SeqCst));
                thread::sleep(PAUSE);
            }
        });
        // A failure ends the load too: the scope waits for it.
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            fires(&webhook, &alertmanager);
            let jobs = [(Profile::OpenTelemetry, "test"), (Profile::Classic, "classic")].into();
            dashboards::show_something(&prometheus, &jobs, || [&service, &classic].into_iter().for_each(ask_much));
            faulty.store(false, Ordering::SeqCst);
            resolves(&webhook, &prometheus);
        }));
        ended.store(true, Ordering::SeqCst);
        outcome.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    });
}

/// Other jobs than that of the service which the alerts are about: one with classic names, and the Collector.
fn jobs(classic: &Service, collector: &OwnCollector) -> Value {
    let relabel = |address: &str, label: &str, value: &str| json!({"source_labels": ["__address__"], "regex": address, "target_label": label, "replacement": value});
    let collector = collector.address();
    json!([
        relabel(classic.address(), "job", "classic"),
        relabel(&collector, "job", "otelcol"),
        relabel(&collector, "__metrics_path__", "/metrics"),
    ])
}

/// A bit of everything, trouble included, and a search that the cache does not know.
fn ask_much(service: &Service) {
    const ELEMENTS: [&str; 8] = ["argon", "copper", "gold", "iron", "lead", "silver", "tin", "zinc"];
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    Asked::of_each_sort(service);
    let element = ELEMENTS[ASKED.fetch_add(1, Ordering::SeqCst) % ELEMENTS.len()];
    let search = format!("What is {element} used for?");
    let troubles =
        ["Please give me a rate limit", "Please give me a server error", "What is 1 / 0?", "Convert 5 km to kg"];
    for question in troubles.into_iter().chain([&*search]) {
        let request = service.post("/api/chat").header("traceparent", "nonsense");
        request.json(&json!({"question": question})).send().unwrap();
    }
    let broken = service.post("/api/chat/stream").json(&json!({"question": "Tell me about iodine and break off"}));
    // It ends where the model breaks off.
    let _ = broken.send().unwrap().text();
}

/// One request, the outcome of which is the service's.
fn ask(service: &Service, faulty: bool) {
    let question = if faulty { "Please give me a server error" } else { "What is 12 * (3 + 4)?" };
    let answer = service.post("/api/chat").json(&json!({"question": question})).send().unwrap();
    assert_eq!(answer.status().is_success(), !faulty, "{question}");
}

fn fires(webhook: &Webhook, alertmanager: &Alertmanager) {
    for alert in EXPECTED {
        let told = poll::until(alert, || webhook.told("critical", alert), |told| !told.is_empty());
        assert_eq!(told[0].status, "firing", "{told:?}");
        assert_eq!(told[0].alert["labels"]["job"], "test");
        let annotation = |name: &str| told[0].alert["annotations"][name].as_str().unwrap().to_owned();
        assert!(annotation("description").chars().any(|c| c.is_ascii_digit()), "{told:?}");
        assert_eq!(annotation("runbook_url"), format!("https://runbooks.example/{alert}.md"));
        assert!(annotation("dashboard_url").starts_with("https://grafana.example/d/tachograph-"));
        // What the links were made of is no label of an alert.
        assert_eq!(
            (&told[0].alert["labels"]["grafana"], &told[0].alert["labels"]["runbooks"]),
            (&Value::Null, &Value::Null)
        );
    }
    poll::until("the heartbeat", || webhook.told("heartbeat", "Heartbeat"), |told| !told.is_empty());
    // The lower one about the same thing is there and held back.
    let lower = || alertmanager.alerts("HttpErrorRateHigh");
    let is_held_back = |alert: &Value| alert["status"]["state"] == "suppressed";
    poll::until("the warning to be inhibited", lower, |alerts| !alerts.is_empty() && alerts.iter().all(is_held_back));
}

fn resolves(webhook: &Webhook, prometheus: &Prometheus) {
    for alert in EXPECTED {
        let firing = format!("ALERTS{{alertname=\"{alert}\",alertstate=\"firing\"}}");
        prometheus.wait_until(&firing, |found| found.is_empty());
    }
    for alert in EXPECTED {
        let told = || webhook.told("critical", alert);
        poll::until(alert, told, |told| told.last().is_some_and(|notice| notice.status == "resolved"));
    }
    // Nobody was told of a model that is slow or an application that is down.
    let others = ["LlmLatencyHigh", "HttpLatencyCritical", "ServiceDown", "DatabaseDown", "ModelProviderDown"];
    let told = webhook.notices();
    assert!(
        others.iter().all(|other| told.iter().all(|notice| notice.alert["labels"]["alertname"] != *other)),
        "{told:?}"
    );
}
