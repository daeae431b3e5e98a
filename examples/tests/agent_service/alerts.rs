//! The alerts of the operations kit over the running service: from a fault to the receiver, and back.

mod emitted;
mod shortened;
mod sometimes;

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use serde_json::{Value, json};
use tests::components::{Alertmanager, Component, Prometheus, Webhook, poll};

use crate::service::Service;

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
    let service = Service::start(&[]);
    let rules = shortened::rules();
    let extra = shortened::prometheus(&rules, &alertmanager);
    let Some(prometheus) = Prometheus::start_as(prometheus, &[service.address()], "/monitoring/metrics", "", &extra)
    else {
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
            faulty.store(false, Ordering::SeqCst);
            resolves(&webhook, &prometheus);
        }));
        ended.store(true, Ordering::SeqCst);
        outcome.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    });
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
