//! The services of `compose.yaml`.

use std::{collections::BTreeSet, fs, path::PathBuf, process::Command};

use serde_json::{Map, Value};
use tests::{
    components::Component,
    operations::{files, kit, yaml},
};

use super::names::{collector_needs, collector_reads, collector_release, is_pinned, service_reads, texts};
use crate::tool::arguments;

fn folder() -> PathBuf {
    kit().join("compose")
}

fn compose() -> Value {
    yaml(&folder().join("compose.yaml"))
}

fn services(compose: &Value) -> &Map<String, Value> {
    compose["services"].as_object().unwrap()
}

fn environment(service: &Value) -> Vec<(&str, &str)> {
    let variables = service["environment"].as_object().into_iter().flatten();
    variables
        .map(|(name, value)| (name.as_str(), value.as_str().unwrap_or_else(|| panic!("{name}: {value}"))))
        .collect()
}

/// The configs that the Collector is started with.
fn configs(compose: &Value) -> Vec<String> {
    let words = texts(&compose["services"]["collector"]["command"]);
    words.iter().map(|word| word.strip_prefix("--config=/etc/otelcol/").unwrap().to_owned()).collect()
}

#[test]
fn every_image_names_a_release_and_that_of_the_collector_is_the_tested_one() {
    let compose = compose();
    for (name, service) in services(&compose) {
        let (_, tag) = service["image"].as_str().unwrap().rsplit_once(':').unwrap();
        assert!(is_pinned(tag) || (name == "agent_service" && tag == "local"), "{name}: {tag}");
    }
    let image = compose["services"]["collector"]["image"].as_str().unwrap();
    assert_eq!(image, format!("otel/opentelemetry-collector-contrib:{}", collector_release()));
    let dockerfile = fs::read_to_string(folder().join("agent_service.Dockerfile")).unwrap();
    let images = dockerfile.lines().filter_map(|line| line.strip_prefix("FROM "));
    for image in images {
        let (_, tag) = image.split(' ').next().unwrap().split_once(':').unwrap();
        assert!(tag.chars().any(|c| c.is_ascii_digit()), "{image}");
    }
}

#[test]
fn ports_are_published_on_loopback_alone() {
    let compose = compose();
    let ports: Vec<_> = services(&compose).values().flat_map(|service| texts(&service["ports"])).collect();
    assert!(ports.len() > 6, "{ports:?}");
    assert!(ports.iter().all(|port| port.starts_with("127.0.0.1:")), "{ports:?}");
}

#[test]
fn what_is_mounted_is_there() {
    let compose = compose();
    let volumes = compose["volumes"].as_object().unwrap();
    for (name, service) in services(&compose) {
        for mount in texts(&service["volumes"]) {
            let (from, _) = mount.split_once(':').unwrap();
            let is_there =
                if from.starts_with('.') { folder().join(from).exists() } else { volumes.contains_key(from) };
            // Dashboards have tests of their own.
            assert!(is_there || from.starts_with("../grafana/"), "{name}: {from}");
        }
    }
    assert!(
        folder()
            .join(compose["services"]["agent_service"]["build"]["context"].as_str().unwrap())
            .join("Cargo.lock")
            .is_file()
    );
}

#[test]
fn variables_are_those_that_the_service_and_the_collector_read() {
    let compose = compose();
    for (name, _) in environment(&compose["services"]["agent_service"]) {
        assert!(service_reads(name), "{name}");
    }
    let configs = configs(&compose);
    let set: BTreeSet<_> = environment(&compose["services"]["collector"]).into_iter().map(|(name, _)| name).collect();
    for name in &set {
        assert!(collector_reads(&configs, name), "{name}");
    }
    for name in collector_needs(&configs) {
        assert!(set.contains(name.as_str()), "{name} is not set");
    }
}

#[test]
fn secrets_come_from_variables_that_have_to_be_set_and_the_script_makes_them_all() {
    let compose = compose();
    let mut asked = BTreeSet::new();
    for (service, value) in services(&compose) {
        for (name, text) in environment(value) {
            if ["PASSWORD", "AUTH", "HMAC_KEY", "DATABASE_URL", "REDIS_URL"].iter().any(|word| name.contains(word)) {
                let (_, variable) = text.split_once("${").unwrap_or_else(|| panic!("{service}: {name}"));
                asked.insert(variable.split_once(":?").unwrap_or_else(|| panic!("{service}: {name}")).0.to_owned());
            }
        }
    }
    // Into a copy: a person's own passwords are not a test's business.
    let copy = tempfile::tempdir().unwrap();
    let script = copy.path().join("compose/secrets");
    fs::create_dir(script.parent().unwrap()).unwrap();
    fs::copy(folder().join("secrets"), &script).unwrap();
    let run = || {
        let output = Command::new(&script).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let made = fs::read_to_string(copy.path().join("compose/.env")).unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        (made, said)
    };
    let (made, said) = run();
    let values: Vec<_> = made.lines().map(|line| line.split_once('=').unwrap()).collect();
    assert_eq!(values.iter().map(|(name, _)| (*name).to_owned()).collect::<BTreeSet<_>>(), asked);
    assert!(values.iter().all(|(_, value)| value.len() == 64 && !said.contains(value)), "{made}");
    assert_eq!(run().0, made, "what is there stays");
    for secret in compose["secrets"].as_object().unwrap().values() {
        let file = secret["file"].as_str().unwrap();
        assert!(copy.path().join("compose").join(file).is_file(), "{file}");
    }
}

#[test]
fn every_service_is_asked_for_its_health_but_those_with_nobody_to_ask() {
    let compose = compose();
    let without: Vec<_> = services(&compose).iter().filter(|(_, service)| service["healthcheck"].is_null()).collect();
    let without: BTreeSet<_> = without.into_iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(without.into_iter().collect::<Vec<_>>(), ["collector", "jaeger", "loki", "queue_owner"]);
    for (name, service) in services(&compose) {
        for (needed, how) in service["depends_on"].as_object().into_iter().flatten() {
            let healthy = how["condition"] == "service_healthy";
            assert_eq!(healthy, !services(&compose)[needed]["healthcheck"].is_null(), "{name} waits for {needed}");
        }
    }
}

#[test]
fn promtool_takes_the_configuration_with_the_rules_where_they_are_mounted() {
    let copy = tempfile::tempdir().unwrap();
    fs::copy(folder().join("prometheus.yaml"), copy.path().join("prometheus.yaml")).unwrap();
    let mut rules = 0;
    for sort in ["recording", "alerts"] {
        let to = copy.path().join("rules").join(sort);
        fs::create_dir_all(&to).unwrap();
        for file in files(&format!("prometheus/rules/{sort}"), "yaml") {
            fs::copy(&file, to.join(file.file_name().unwrap())).unwrap();
            rules += 1;
        }
    }
    let Some(promtool) = Component::Promtool.find() else { return };
    let words = arguments("check config prometheus.yaml", Vec::new());
    let output = Command::new(promtool).args(words).current_dir(copy.path()).output().unwrap();
    let said = [output.stdout, output.stderr].map(|said| String::from_utf8_lossy(&said).into_owned()).concat();
    assert!(output.status.success() && said.contains(&format!("{rules} rule files found")), "{said}");
}

#[test]
fn prometheus_and_grafana_find_services_by_their_names_and_ports() {
    let compose = compose();
    let known = services(&compose);
    let prometheus = yaml(&folder().join("prometheus.yaml"));
    let mut addresses: Vec<_> = prometheus["scrape_configs"]
        .as_array()
        .unwrap()
        .iter()
        .chain(prometheus["alerting"]["alertmanagers"].as_array().unwrap())
        .flat_map(|job| texts(&job["static_configs"][0]["targets"]))
        .collect();
    let urls = environment(&compose["services"]["grafana"]).into_iter().filter(|(name, _)| name.ends_with("_URL"));
    // Of Jaeger and Tempo one is enough.
    addresses.extend(urls.filter(|(name, _)| *name != "TEMPO_URL").map(|(_, url)| url.replace("http://", "")));
    assert!(addresses.len() > 7, "{addresses:?}");
    for address in addresses {
        let (host, port) = address.split_once(':').unwrap();
        assert!(host == "127.0.0.1" || known.contains_key(host), "{address}");
        let published = texts(&known.get(host).map_or(Value::Null, |service| service["ports"].clone()));
        let of_collector = ["9464", "8888"].contains(&port);
        assert!(
            host == "127.0.0.1" || of_collector || published.iter().any(|to| to.ends_with(&format!(":{port}"))),
            "{address}"
        );
    }
}
