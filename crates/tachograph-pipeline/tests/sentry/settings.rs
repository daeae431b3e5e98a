use tachograph_pipeline::Settings;

use crate::receiver::{OK, Receiver};
use crate::setup::{builder, dropped, sent};

fn read(variables: &[(&str, &str)]) -> Result<Settings, String> {
    let lookup = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
    Settings::from_lookup(lookup).map_err(|error| error.to_string())
}

#[test]
fn a_bad_variable_is_an_error_that_names_it_and_shows_no_key() {
    for dsn in
        ["nonsense", "https://sentry.io/1", "ftp://hunter@host/1", "https://hunter@host", "http://hunter@host/x y/"]
    {
        let message = read(&[("SENTRY_DSN", dsn)]).err();
        let Some(message) = message else { continue };
        assert!(message.starts_with("SENTRY_DSN: ") && message.contains("https://key@host/1"), "{message}");
        assert!(!message.contains("hunter") && !message.contains("nonsense"), "{message}");
    }
    assert!(read(&[("SENTRY_DSN", "nonsense")]).is_err());
    for name in ["SENTRY_SAMPLE_RATE", "SENTRY_TRACES_SAMPLE_RATE"] {
        for value in ["2", "-0.1", "half", "NaN"] {
            let message = read(&[(name, value)]).unwrap_err();
            assert!(message.contains(name) && message.contains("0.0 to 1.0"), "{message}");
        }
    }
    let settings = read(&[("SENTRY_DSN", "https://hunter1:hunter2@host/1")]).unwrap();
    assert!(!format!("{settings:?}").contains("hunter"));
}

#[test]
fn a_bad_setting_in_code_is_an_error_that_names_it() {
    let error = builder("https://hunter@host").build().unwrap_err().to_string();
    assert!(error.starts_with("with_sentry_dsn: ") && !error.contains("hunter"), "{error}");
    for rate in [-0.1, 1.1, f64::NAN] {
        let error = builder("https://key@host/1").with_sentry_sample_rate(rate).build().unwrap_err().to_string();
        assert!(error.contains("with_sentry_sample_rate"), "{error}");
    }
}

#[test]
fn variables_are_heard_and_code_goes_before_them() {
    let receiver = Receiver::start(OK);
    let dsn = receiver.dsn();
    let variables =
        [("SENTRY_DSN", dsn.as_str()), ("SENTRY_ENVIRONMENT", "from-env"), ("SENTRY_RELEASE", "shop@from-env")];
    let pipeline = builder("ignored")
        .with_sentry_dsn(&dsn)
        .with_settings(read(&variables).unwrap())
        .with_environment("of-the-service")
        .with_sentry_release("shop@code")
        .build()
        .unwrap();
    sent(&pipeline, || tracing::error!("one"));
    let event = receiver.one();
    assert_eq!((&event["environment"], &event["release"]), (&"from-env".into(), &"shop@code".into()));
}

#[test]
fn the_address_may_come_from_the_variable_alone() {
    let receiver = Receiver::start(OK);
    let settings = read(&[
        ("SENTRY_DSN", &receiver.dsn()),
        ("OTEL_TRACES_EXPORTER", "none"),
        ("OTEL_METRICS_EXPORTER", "none"),
        ("OTEL_LOGS_EXPORTER", "none"),
        ("SENTRY_TRACES_SAMPLE_RATE", "0.5"),
    ]);
    let pipeline = tachograph_pipeline::Builder::new().with_settings(settings.unwrap()).build().unwrap();
    sent(&pipeline, || tracing::error!("one"));
    assert_eq!(receiver.one()["message"], "one");
    let unmet = pipeline.health().unmet;
    assert!(unmet.iter().any(|it| it.starts_with("SENTRY_TRACES_SAMPLE_RATE=0.5: ")), "{unmet:?}");
}

#[test]
fn a_part_of_the_events_is_sent_where_that_is_asked_for() {
    for (rate, least, most) in [(0.0, 0, 0), (0.5, 10, 90), (1.0, 100, 100)] {
        let receiver = Receiver::start(OK);
        let pipeline = builder(&receiver.dsn()).with_sentry_sample_rate(rate).build().unwrap();
        sent(&pipeline, || (0..100).for_each(|_| tracing::error!("one")));
        let sent = receiver.events().len();
        assert!((least..=most).contains(&sent), "{rate}: {sent}");
        assert_eq!(dropped(&pipeline, "sample_rate"), 100 - sent as u64);
    }
}
