//! Configs as the Collector reads them, and what no config may say.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use serde_json::Value;
use tests::{
    components::collector::{Configured, config, validate},
    operations::{files, yaml},
};

use super::variables::{DUMMIES, dummies};

/// What may be started, as lists of files that are merged.
pub(crate) fn combinations() -> Vec<Vec<PathBuf>> {
    let alone = [["local.yaml"], ["file.yaml"], ["agent.yaml"], ["gateway.yaml"], ["load-balanced/balancer.yaml"]];
    let further = [
        ["gateway.yaml", "load-balanced/sampler.yaml"],
        ["gateway.yaml", "options/keep-content.yaml"],
        ["gateway.yaml", "options/receive-with-token.yaml"],
        ["agent.yaml", "options/receive-with-token.yaml"],
        ["load-balanced/balancer.yaml", "options/receive-with-token.yaml"],
        ["agent.yaml", "options/send-with-token.yaml"],
        ["agent.yaml", "../logs/collector.yaml"],
    ];
    let paths = |names: &[&str]| names.iter().map(config).collect::<Vec<_>>();
    let mut all: Vec<_> = alone.iter().map(|names| paths(names)).collect();
    all.extend(further.iter().map(|names| paths(names)));
    all.extend(backends().into_iter().map(|backend| vec![config("gateway.yaml"), backend]));
    // As `compose.yaml` and an operator with two backends have it.
    all.push(paths(&["gateway.yaml", "backends/jaeger.yaml", "backends/prometheus-scrape.yaml"]));
    all
}

pub(crate) fn backends() -> Vec<PathBuf> {
    files("collector/backends", "yaml")
}

/// Every config, without the manifests of the program and of ConfigMaps.
fn every() -> Vec<PathBuf> {
    let folders = ["collector", "collector/backends", "collector/load-balanced", "collector/options"];
    let all = folders.iter().flat_map(|folder| files(folder, "yaml"));
    let configs = all.filter(|file| !["builder.yaml", "kustomization.yaml"].iter().any(|other| file.ends_with(other)));
    configs.chain([config("../logs/collector.yaml")]).collect()
}

fn names(files: &[PathBuf]) -> String {
    files.iter().map(|file| file.file_name().unwrap().to_string_lossy()).collect::<Vec<_>>().join(" + ")
}

/// Calls `visit` with every entry below `value` and the keys above it, the nearest last.
fn visit<'a>(value: &'a Value, above: &mut Vec<&'a str>, each: &mut impl FnMut(&[&str], &Value)) {
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                above.push(key);
                each(above, value);
                visit(value, above, each);
                above.pop();
            }
        }
        Value::Array(values) => values.iter().for_each(|value| visit(value, above, each)),
        _ => {}
    }
}

#[test]
fn the_collector_takes_every_config_alone_and_with_each_backend() {
    for files in combinations() {
        let Some((status, log)) = validate(&files, &dummies()) else { return };
        assert!(status.success() && log.is_empty(), "{}: {log}", names(&files));
    }
}

#[test]
fn samplers_are_found_in_each_way_that_the_balancer_tells_of() {
    let file = config("load-balanced/balancer.yaml");
    let text = std::fs::read_to_string(&file).unwrap();
    let ways: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("#   ")).collect();
    assert_eq!(ways.len(), 3, "{ways:?}");
    for way in ways {
        let mut variables = dummies();
        variables.push(("SAMPLERS", way));
        let Some((status, log)) = validate(&[&file], &variables) else { return };
        assert!(status.success(), "{way}: {log}");
    }
}

#[test]
fn a_mistake_in_a_config_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let text = std::fs::read_to_string(config("gateway.yaml")).unwrap();
    for (right, wrong) in [
        ("num_traces:", "number_of_traces:"),
        ("span.kind ==", "span.sort =="),
        ("exporters: [span_metrics,", "exporters: [spam_metrics,"),
        ("hash_function: hmac-sha256", "hash_function: hmac-sha1"),
    ] {
        assert!(text.contains(right), "{right}");
        let file = folder.path().join("gateway.yaml");
        std::fs::write(&file, text.replace(right, wrong)).unwrap();
        let Some((status, _)) = validate(&[file], &dummies()) else { return };
        assert!(!status.success(), "{wrong} is taken");
    }
}

#[test]
fn no_config_starts_with_a_warning_about_what_is_deprecated() {
    let folder = tempfile::tempdir().unwrap();
    for files in combinations() {
        // A certificate is needed to start.
        if files.iter().any(|file| file.ends_with("receive-with-token.yaml") || file.ends_with("send-with-token.yaml"))
        {
            continue;
        }
        let queue = folder.path().join("queue").to_str().unwrap().to_owned();
        let mut variables = dummies();
        variables.push(("QUEUE_DIRECTORY", &queue));
        variables.push(("OFFSETS_DIRECTORY", &queue));
        let Some(mut collector) = Configured::start(&files, &variables) else { return };
        let log = collector.log().to_lowercase();
        collector.kill();
        let complaint = log.lines().find(|line| line.contains("deprecat") || line.contains("please rewrite"));
        assert_eq!(complaint, None, "{}", names(&files));
    }
}

#[test]
fn no_secret_stands_in_a_config_and_none_has_a_default() {
    let secret = |key: &str| {
        let key = key.to_lowercase();
        ["token", "password", "authorization", "hmac_key", "key", "team"].iter().any(|word| key.ends_with(word))
            && !["routing_key", "key_file"].contains(&key.as_str())
    };
    let mut seen = BTreeSet::new();
    for file in every() {
        visit(&yaml(&file), &mut Vec::new(), &mut |above, value| {
            let key = *above.last().unwrap();
            // The attribute that a policy of the sampler looks at is called `key` too.
            if let (true, Some(text)) = (secret(key) && !above.contains(&"policies"), value.as_str()) {
                let variable = text.split_once("${env:").and_then(|(_, rest)| rest.split_once('}'));
                let name = variable.unwrap_or_else(|| panic!("{}: {above:?} is {text}", file.display())).0;
                assert!(DUMMIES.iter().any(|(known, _)| *known == name), "{}: {name}", file.display());
                seen.insert(name.to_owned());
            }
        });
    }
    assert!(seen.len() > 8, "{seen:?}");
}

#[test]
fn what_listens_does_so_on_loopback_unless_it_is_told_otherwise() {
    let listens = |above: &[&str]| above.starts_with(&["receivers"]) || above.starts_with(&["extensions"]);
    let mut seen = 0;
    for file in every() {
        let config = yaml(&file);
        visit(&config, &mut Vec::new(), &mut |above, value| {
            let is_address = matches!(above.last(), Some(&"endpoint" | &"host"));
            let own = listens(above) || above.starts_with(&["service"]) || above.contains(&"prometheus");
            if is_address && own {
                let text = value.as_str().unwrap();
                assert!(text.contains(":-127.0.0.1"), "{}: {above:?} is {text}", file.display());
                seen += 1;
            }
        });
        assert!(!config.to_string().contains("0.0.0.0"), "{}", file.display());
    }
    assert!(seen > 15, "{seen}");
}

#[test]
fn what_waits_for_another_machine_is_on_disk_and_is_tried_for_ever() {
    let local = |file: &Path| ["local.yaml", "file.yaml"].iter().any(|name| file.ends_with(name));
    let mut seen = 0;
    for file in every().into_iter().filter(|file| !local(file)) {
        let config = yaml(&file);
        for (name, exporter) in config["exporters"].as_object().into_iter().flatten() {
            // Scraped, and the token that is added to an exporter of another file.
            if name == "prometheus" || file.ends_with("send-with-token.yaml") {
                continue;
            }
            let place = format!("{}: {name}", file.display());
            assert_eq!(exporter["sending_queue"]["storage"], "file_storage/queue", "{place}");
            assert_eq!(exporter["sending_queue"]["sizer"], "items", "{place}");
            assert_eq!(exporter["retry_on_failure"]["max_elapsed_time"], "0s", "{place}");
            let balances = name.starts_with("load_balancing");
            assert_eq!(exporter["sending_queue"]["batch"].is_object(), !balances, "{place}");
            seen += 1;
        }
    }
    assert!(seen >= 15, "{seen}");
}

#[test]
fn memory_is_limited_first_in_every_pipeline_that_receives() {
    for file in every() {
        let config = yaml(&file);
        for (name, pipeline) in config["service"]["pipelines"].as_object().into_iter().flatten() {
            let receives = pipeline["receivers"].as_array().is_some_and(|from| from.iter().any(|name| name == "otlp"));
            // A file that is merged after another need not name processors: it has those of the other.
            let is_whole = config["extensions"]["health_check"].is_object();
            let processors = pipeline["processors"].as_array();
            if (receives && is_whole) || processors.is_some_and(|all| all.len() > 1) {
                assert_eq!(pipeline["processors"][0], "memory_limiter", "{}: {name}", file.display());
            }
        }
    }
}

#[test]
fn a_backend_changes_only_where_pipelines_of_the_gateway_end() {
    let gateway = yaml(&config("gateway.yaml"));
    let order = |pipeline: &Value| -> Vec<String> {
        let names = pipeline["processors"].as_array().into_iter().flatten();
        names.map(|name| name.as_str().unwrap().to_owned()).collect()
    };
    for file in backends() {
        let backend = yaml(&file);
        for (name, pipeline) in backend["service"]["pipelines"].as_object().unwrap() {
            let before = &gateway["service"]["pipelines"][name];
            assert!(before.is_object() && name != "traces", "{}: {name}", file.display());
            for exporter in pipeline["exporters"].as_array().unwrap() {
                assert!(backend["exporters"][exporter.as_str().unwrap()].is_object(), "{}: {exporter}", file.display());
            }
            if pipeline["processors"].is_array() {
                assert!(order(pipeline).starts_with(&order(before)), "{}: {name}", file.display());
            }
        }
    }
}
