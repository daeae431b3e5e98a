//! Variables that the product and the Collector read, as they are documented.

use std::{fs, path::Path};

use serde_json::Value;
use tests::{
    components::collector::config,
    operations::{kit, yaml},
};

use crate::collector::variables::required;

/// Whether the example service, or Tachograph within it, reads a variable: its help or the README names it.
pub(crate) fn service_reads(variable: &str) -> bool {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let read = |path: &str| fs::read_to_string(root.join(path)).unwrap();
    let help = read("examples/src/bin/agent_service/arguments.rs");
    let readme = read("README.md");
    help.contains(&format!("  {variable} ")) || readme.contains(&format!("`{variable}`"))
}

/// Whether a Collector with these configs reads a variable; some its own libraries read.
pub(crate) fn collector_reads(configs: &[String], variable: &str) -> bool {
    let uses = [format!("${{env:{variable}}}"), format!("${{env:{variable}:-")];
    let named = |name: &String| {
        let text = fs::read_to_string(config(name)).unwrap();
        uses.iter().any(|used| text.contains(used))
    };
    ["GOMEMLIMIT", "OTEL_RESOURCE_ATTRIBUTES"].contains(&variable) || configs.iter().any(named)
}

/// Variables without a default in these configs.
pub(crate) fn collector_needs(configs: &[String]) -> Vec<String> {
    configs.iter().flat_map(|name| required(&config(name))).collect()
}

/// The release of the Collector that the configs are tested with.
pub(crate) fn collector_release() -> String {
    yaml(&kit().join("collector/builder.yaml"))["dist"]["version"].as_str().unwrap().to_owned()
}

/// An image that names a release: what is in it is the same tomorrow.
pub(crate) fn is_pinned(tag: &str) -> bool {
    tag.chars().filter(char::is_ascii_digit).count() >= 2 && tag.contains('.')
}

/// The elements of a list of texts.
pub(crate) fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().map(|value| value.as_str().unwrap().to_owned()).collect()
}
