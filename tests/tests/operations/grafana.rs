//! Dashboards: what is checked in is what the code makes, and it keeps the rules that dashboards have.

mod alerts;
mod layout;
mod provisioning;
mod queries;
mod variables;

use std::{collections::BTreeSet, fs};

use serde_json::Value;
use tests::operations::{
    files,
    grafana::{Made, Profile, all},
};

/// The panels of a dashboard that show something.
fn panels(made: &Made) -> impl Iterator<Item = &Value> {
    array(&made.json["panels"]).iter().filter(|panel| panel["type"] != "row")
}

fn array(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap_or_else(|| panic!("no array: {value}"))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}

#[test]
fn checked_in_dashboards_are_what_the_code_makes() {
    let mut stale = Vec::new();
    for made in all() {
        if std::env::var_os("REGENERATE").is_some() {
            fs::create_dir_all(made.path.parent().unwrap()).unwrap();
            fs::write(&made.path, made.text()).unwrap();
        }
        if fs::read_to_string(&made.path).ok() != Some(made.text()) {
            stale.push(&made.path);
        }
    }
    assert!(stale.is_empty(), "out of date: REGENERATE=1 cargo test -p tests --test operations grafana: {stale:#?}");
}

#[test]
fn no_other_dashboard_lies_beside_them() {
    let made: BTreeSet<_> = all().iter().map(|made| made.path.clone()).collect();
    let found: BTreeSet<_> = Profile::ALL.into_iter().flat_map(|profile| files(profile.folder(), "json")).collect();
    assert_eq!(found, made);
}
