//! What has to be set before a Collector starts, and who says so.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use tests::{
    components::{Component, collector::config},
    operations::{kit, yaml},
};

use super::{
    application::HMAC_KEY,
    configs::{backends, combinations},
};

/// A value for every variable that has no default.
pub(crate) const DUMMIES: [(&str, &str); 28] = [
    ("CLICKHOUSE_ENDPOINT", "tcp://127.0.0.1:9"),
    ("CLICKHOUSE_PASSWORD", "hidden-clickhouse"),
    ("CLICKHOUSE_USER", "writer"),
    ("DATADOG_API_KEY", "hidden-datadog"),
    ("GATEWAY_CA", "/nowhere/ca.pem"),
    ("GATEWAY_ENDPOINT", "127.0.0.1:9"),
    ("GATEWAY_TOKEN", "hidden-gateway"),
    ("GRAFANA_CLOUD_AUTH", "hidden-grafana"),
    ("GRAFANA_CLOUD_OTLP_ENDPOINT", "http://127.0.0.1:9/otlp"),
    ("HONEYCOMB_API_KEY", "hidden-honeycomb"),
    ("JAEGER_ENDPOINT", "127.0.0.1:9"),
    ("LANGFUSE_AUTH", "hidden-langfuse"),
    ("LOG_DIRECTORY", "/nowhere"),
    ("LOG_SERVICE_NAME", "service"),
    ("LOKI_URL", "http://127.0.0.1:9"),
    ("METRICS_FILE", "/dev/null"),
    ("NEW_RELIC_LICENSE_KEY", "hidden-new-relic"),
    ("PHOENIX_API_KEY", "hidden-phoenix"),
    ("PHOENIX_URL", "http://127.0.0.1:9"),
    ("RECEIVER_CERTIFICATE", "/nowhere/certificate.pem"),
    ("RECEIVER_KEY", "/nowhere/key.pem"),
    ("RECEIVER_TOKEN", "hidden-receiver"),
    ("REDACTION_HMAC_KEY", HMAC_KEY),
    ("SAMPLERS", "{static: {hostnames: ['127.0.0.1:9']}}"),
    ("SENTRY_OTLP_ENDPOINT", "http://127.0.0.1:9/otlp"),
    ("SENTRY_PUBLIC_KEY", "hidden-sentry"),
    ("TEMPO_ENDPOINT", "127.0.0.1:9"),
    ("TRACES_FILE", "/dev/null"),
];

/// Those, and ports that the system chooses.
pub(crate) fn dummies() -> Vec<(&'static str, &'static str)> {
    DUMMIES.into_iter().chain([("OFFSETS_DIRECTORY", "/nowhere"), ("PROMETHEUS_ENDPOINT", "127.0.0.1:0")]).collect()
}

/// The variables without a default that a config names outside of its comments.
pub(crate) fn required(file: &Path) -> BTreeSet<String> {
    let text = fs::read_to_string(file).unwrap();
    let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    let named = lines.flat_map(|line| line.split("${env:").skip(1)).map(|rest| rest.split_once('}').unwrap().0);
    named.filter(|name| !name.contains(":-")).map(str::to_owned).collect()
}

/// `start --check` with these variables and no others.
fn check(files: &[PathBuf], variables: &[(&str, &str)]) -> Option<Output> {
    let program = Component::Otelcol.find()?;
    let mut command = Command::new(kit().join("collector/start"));
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap()).env("TACHOGRAPH_OTELCOL", program);
    command.envs(variables.iter().copied()).arg("--check").args(files).stdin(Stdio::null());
    Some(command.output().unwrap())
}

#[test]
fn a_variable_that_is_not_set_is_told_by_name_and_no_value_is_told() {
    let mut told = BTreeSet::new();
    for backend in backends() {
        let files = [config("gateway.yaml"), backend];
        for name in files.iter().flat_map(|file| required(file)) {
            for others in [
                DUMMIES.iter().copied().filter(|(other, _)| *other != name).collect::<Vec<_>>(),
                DUMMIES.map(|(other, value)| (other, if other == name { "" } else { value })).to_vec(),
            ] {
                let Some(output) = check(&files, &others) else { return };
                let said = String::from_utf8_lossy(&output.stderr);
                assert_eq!(output.status.code(), Some(2), "{name}: {said}");
                assert_eq!(said, format!("start: error: not set: {name}\n"));
            }
            told.insert(name);
        }
    }
    assert!(told.contains("REDACTION_HMAC_KEY") && told.contains("DATADOG_API_KEY"), "{told:?}");
}

#[test]
fn with_its_variables_every_config_may_start() {
    for files in combinations() {
        let Some(output) = check(&files, &DUMMIES) else { return };
        assert!(output.status.success(), "{files:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn every_variable_without_a_default_is_known_here_and_stands_in_the_readme() {
    let needed: BTreeSet<_> = combinations().iter().flatten().flat_map(|file| required(file)).collect();
    let known: BTreeSet<_> = DUMMIES.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(needed, known);
    let readme = fs::read_to_string(kit().join("README.md")).unwrap();
    let missing: Vec<_> = known.iter().filter(|name| !readme.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn the_readme_has_a_row_for_each_backend_with_the_signals_that_it_takes_and_what_it_needs() {
    let readme = fs::read_to_string(kit().join("README.md")).unwrap();
    for file in backends() {
        let name = format!("`{}`", file.file_name().unwrap().to_string_lossy());
        let row = readme.lines().find(|line| line.starts_with('|') && line.split('|').nth(1).unwrap().contains(&name));
        let cells: Vec<_> = row.unwrap_or_else(|| panic!("no row for {name}")).split('|').map(str::trim).collect();
        let [_, _, traces, metrics, logs, needs, _] = cells[..] else { panic!("{cells:?}") };
        let takes = |pipeline: &str| if yaml(&file)["service"]["pipelines"][pipeline].is_object() { "yes" } else { "" };
        let expected = ["traces/sampled", "metrics", "logs"].map(takes);
        assert_eq!([traces, metrics, logs], expected, "{name}");
        for variable in required(&file) {
            assert!(needs.contains(&format!("`{variable}`")), "{name}: {variable}");
        }
    }
}

#[test]
fn a_config_that_is_not_there_is_told() {
    let Some(output) = check(&[PathBuf::from("gateways.yaml")], &DUMMIES) else { return };
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2));
    assert!(said.starts_with("start: error: no config gateways.yaml"), "{said}");
}
