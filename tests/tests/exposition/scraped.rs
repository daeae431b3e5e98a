//! Real scrapes: what each Prometheus takes of the application, and what it then answers.

use tachograph::pipeline::NameTranslation;
use tests::components::{Component, Prometheus};

use crate::{
    application::{Application, PATH},
    proxy::Proxy,
    queries::{Names, assert_answers},
    recorded,
};

const TEXT: &str = "text/plain; version=0.0.4;";
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0;";

/// Scrapes `application` with `program`, in the words of `accept` if there are any, and asks everything under `names`; what was
/// served must have been of `format`.
fn scraped_and_asked(
    application: &Application,
    program: Component,
    accept: Option<&'static str>,
    format: &str,
    names: Names,
) {
    recorded::record(application.telemetry());
    let proxy = Proxy::start(application.address(), accept);
    let Some(prometheus) = Prometheus::start_as(program, &[proxy.address()], PATH, "", "") else { return };
    // The first scrape may show less: what Tachograph says of scrapes begins with the second.
    prometheus.wait_until("count_over_time(up[5m])", |found| found.iter().any(|series| series.value >= 3.0));
    assert_eq!(prometheus.refused(), [""; 0]);

    let last = proxy.exchanges().pop().expect("there were three");
    assert!(last.content_type.starts_with(format), "{last:?}");
    assert_eq!(last.content_type.contains("escaping=allow-utf-8"), names == Names::Utf8, "{last:?}");
    for counted in ["scrape_samples_scraped", "scrape_samples_post_metric_relabeling"] {
        let found = prometheus.wait_until(counted, |found| found.iter().all(|s| s.value == last.samples as f64));
        assert_eq!(found.len(), 1, "{counted}: {found:?}");
    }
    assert_answers(&prometheus, names);
    application.assert_nothing_left_out();
}

#[test]
fn prometheus_2_is_answered_in_the_format_that_it_prefers() {
    let application = Application::start();
    scraped_and_asked(&application, Component::Prometheus, None, OPEN_METRICS, Names::Underscores);
}

#[test]
fn prometheus_2_reads_the_older_text() {
    let application = Application::start();
    let accept = Some("text/plain;version=0.0.4");
    scraped_and_asked(&application, Component::Prometheus, accept, TEXT, Names::Underscores);
}

#[test]
fn prometheus_3_is_answered_in_the_format_that_it_prefers() {
    let application = Application::start();
    scraped_and_asked(&application, Component::Prometheus3, None, OPEN_METRICS, Names::Underscores);
}

#[test]
fn prometheus_3_has_the_names_of_opentelemetry_where_the_application_wants_that() {
    let application =
        Application::start_with(|builder| builder.with_name_translation(NameTranslation::NoUtf8EscapingWithSuffixes));
    scraped_and_asked(&application, Component::Prometheus3, None, OPEN_METRICS, Names::Utf8);
}

/// Without anybody between them, and compressed if they agree on that.
#[test]
fn both_versions_scrape_the_application_directly() {
    let application = Application::start();
    recorded::record(application.telemetry());
    for program in [Component::Prometheus, Component::Prometheus3] {
        let Some(prometheus) = Prometheus::start_as(program, &[application.address()], PATH, "", "") else { continue };
        prometheus.wait_until("sum(agent_executions_total)", |found| found.iter().any(|series| series.value == 2.0));
        assert_eq!(prometheus.refused(), [""; 0]);
    }
}
