//! The operations kit of `collector-config/`, read as tests need it.
//!
//! | module | holds |
//! |---|---|
//! | [`rules`] | the rule files of Prometheus: recording rules and alerts |
//! | [`unit_tests`] | what the unit tests of the rules cover |
//! | [`promql`] | the names of metrics and labels in an expression |
//! | [`grafana`] | the dashboards, from which their JSON is made |

pub mod grafana;
pub mod promql;
pub mod rules;
pub mod unit_tests;

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

/// The folder of the kit.
pub fn kit() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../collector-config")
}

/// Reads a YAML file. Panics where it is none: a test needs it.
pub fn yaml(path: &Path) -> Value {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Reads a YAML file with several documents. Panics where one is none: a test needs it.
pub fn documents(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let read = |text| serde_saphyr::from_str(text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.split("\n---\n").map(read).collect()
}

/// The files of a folder of the kit whose names have that extension, by name.
pub fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let folder = kit().join(folder);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths = entries.map(|entry| entry.expect("a folder that can be read").path());
    let mut paths: Vec<_> = paths.filter(|path| path.extension().is_some_and(|found| found == extension)).collect();
    paths.sort();
    paths
}
