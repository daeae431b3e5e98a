//! The manifests.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tests::operations::{documents, files, kit, yaml};

use super::names::{collector_needs, collector_reads, collector_release, is_pinned, service_reads, texts};

const FOLDERS: [&str; 2] = ["kubernetes/base", "kubernetes/load-balanced"];

/// The objects of all manifests.
fn objects() -> Vec<Value> {
    let manifests = FOLDERS.iter().flat_map(|folder| files(folder, "yaml"));
    let manifests = manifests.filter(|file| !file.ends_with("kustomization.yaml"));
    manifests.flat_map(|file| documents(&file)).collect()
}

/// The configs of each ConfigMap, by the names of their files there.
fn config_maps() -> BTreeMap<String, BTreeMap<String, String>> {
    let generated = yaml(&kit().join("collector/kustomization.yaml"));
    let maps = generated["configMapGenerator"].as_array().unwrap().iter();
    let named = |file: String| (file.rsplit('/').next().unwrap().to_owned(), file);
    maps.map(|map| (map["name"].as_str().unwrap().to_owned(), texts(&map["files"]).into_iter().map(named).collect()))
        .collect()
}

/// A container with its pod.
struct Container {
    of: String,
    pod: Value,
    container: Value,
}

impl Container {
    fn environment(&self) -> BTreeMap<&str, &Value> {
        let variables = self.container["env"].as_array().unwrap().iter();
        variables.map(|variable| (variable["name"].as_str().unwrap(), variable)).collect()
    }

    /// The configs that a Collector is started with.
    fn configs(&self) -> Vec<String> {
        let volumes = self.pod["volumes"].as_array().unwrap().iter();
        let map = volumes.filter_map(|volume| volume["configMap"]["name"].as_str()).next().unwrap();
        let maps = config_maps();
        let files = texts(&self.container["args"]).into_iter();
        let file = |argument: String| maps[map][argument.strip_prefix("--config=/conf/").unwrap()].clone();
        files.map(file).collect()
    }
}

fn containers() -> Vec<Container> {
    let workloads = objects().into_iter().filter(|object| object["spec"]["template"].is_object());
    let mut found = Vec::new();
    for workload in workloads {
        let pod = workload["spec"]["template"]["spec"].clone();
        let all = [&pod["initContainers"], &pod["containers"]].into_iter().filter_map(Value::as_array).flatten();
        for container in all {
            let of = workload["metadata"]["name"].as_str().unwrap().to_owned();
            found.push(Container { of, pod: pod.clone(), container: container.clone() });
        }
    }
    found
}

#[test]
fn what_is_named_is_there_and_every_image_names_a_release() {
    for folder in FOLDERS.map(|folder| kit().join(folder)) {
        let kustomization = yaml(&folder.join("kustomization.yaml"));
        let missing: Vec<_> =
            texts(&kustomization["resources"]).into_iter().filter(|name| !folder.join(name).exists()).collect();
        assert!(missing.is_empty(), "{missing:?}");
        for image in kustomization["images"].as_array().unwrap().iter().filter(|image| image["name"] == "otelcol") {
            assert_eq!(image["newTag"], collector_release());
        }
    }
    for file in config_maps().values().flat_map(BTreeMap::values) {
        assert!(kit().join("collector").join(file).is_file(), "{file}");
    }
    let kustomization = yaml(&kit().join("kubernetes/base/kustomization.yaml"));
    let images = kustomization["images"].as_array().unwrap();
    let tags: BTreeMap<_, _> =
        images.iter().map(|image| (image["name"].as_str().unwrap(), image["newTag"].as_str().unwrap())).collect();
    assert!(tags.values().all(|tag| is_pinned(tag)), "{tags:?}");
    for container in containers() {
        assert!(tags.contains_key(container.container["image"].as_str().unwrap()), "{}", container.of);
    }
}

#[test]
fn variables_are_those_that_are_read_and_none_is_missing() {
    for container in containers() {
        let environment = container.environment();
        let own = |name: &&&str| !["POD_IP", "POD_NAME", "NODE_NAME", "NAMESPACE"].contains(*name);
        if container.container["image"] == "otelcol" {
            let configs = container.configs();
            for name in environment.keys().filter(own) {
                assert!(collector_reads(&configs, name), "{}: {name}", container.of);
            }
            for name in collector_needs(&configs) {
                assert!(environment.contains_key(name.as_str()), "{}: {name} is not set", container.of);
            }
        } else {
            for name in environment.keys().filter(own) {
                assert!(service_reads(name), "{}: {name}", container.of);
            }
        }
        let secrets: Vec<_> = environment
            .iter()
            .filter(|(name, _)| ["URL", "KEY", "TOKEN", "PASSWORD"].iter().any(|word| name.ends_with(word)))
            .filter(|(name, variable)| **name != "LOKI_URL" && variable["valueFrom"]["secretKeyRef"].is_null())
            .collect();
        assert!(secrets.is_empty(), "{}: {secrets:?}", container.of);
    }
}

#[test]
fn every_container_is_probed_bounded_and_locked() {
    for Container { of, pod, container } in containers() {
        for probe in ["startupProbe", "livenessProbe"] {
            assert!(container[probe]["httpGet"]["path"].is_string(), "{of}: {probe}");
        }
        let is_sidecar = container["restartPolicy"] == "Always";
        assert_eq!(container["readinessProbe"]["httpGet"].is_object(), !is_sidecar, "{of}");
        assert!(container["resources"]["limits"]["memory"].is_string(), "{of}");
        assert_eq!(container["securityContext"]["readOnlyRootFilesystem"], true, "{of}");
        assert_eq!(container["securityContext"]["allowPrivilegeEscalation"], false, "{of}");
        assert_eq!(pod["securityContext"]["runAsNonRoot"], true, "{of}");
        let ports = container["ports"].as_array().unwrap();
        for probe in ["startupProbe", "livenessProbe", "readinessProbe"] {
            let port = &container[probe]["httpGet"]["port"];
            let named = |to: &&Value| to["name"] == *port || to["containerPort"] == *port;
            assert!(port.is_null() || port == 13133 || ports.iter().any(|to| named(&to)), "{of}: {probe} at {port}");
        }
    }
}

#[test]
fn selectors_find_what_they_are_for_and_services_the_ports_that_are_scraped() {
    let objects = objects();
    let labels: BTreeSet<_> = objects
        .iter()
        .filter_map(|object| object["spec"]["template"]["metadata"]["labels"]["app.kubernetes.io/name"].as_str())
        .collect();
    let of_kind = |kind: &'static str| objects.iter().filter(move |object| object["kind"] == kind);
    let name_of = |selector: &Value| selector["app.kubernetes.io/name"].as_str().unwrap().to_owned();
    for service in of_kind("Service") {
        assert!(labels.contains(name_of(&service["spec"]["selector"]).as_str()), "{service}");
    }
    for budget in of_kind("PodDisruptionBudget") {
        assert!(labels.contains(name_of(&budget["spec"]["selector"]["matchLabels"]).as_str()), "{budget}");
    }
    let mut scraped = 0;
    for monitor in of_kind("ServiceMonitor") {
        let name = name_of(&monitor["spec"]["selector"]["matchLabels"]);
        let service = of_kind("Service").find(|service| name_of(&service["metadata"]["labels"]) == name).unwrap();
        let ports = service["spec"]["ports"].as_array().unwrap();
        for endpoint in monitor["spec"]["endpoints"].as_array().unwrap() {
            assert!(ports.iter().any(|port| port["name"] == endpoint["port"]), "{endpoint}");
            scraped += 1;
        }
    }
    assert_eq!(scraped, 3);
}
