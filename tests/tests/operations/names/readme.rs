//! The tables of metrics in the README: each row is what is emitted, and what is emitted has a row.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use super::{
    application::{Emitted, everything},
    repository,
    tables::{Table, expanded, names, quoted, tables},
};

const KINDS: [&str; 4] = ["counter", "gauge", "histogram", "up-down counter"];

fn readme() -> Vec<Table> {
    tables(&fs::read_to_string(repository().join("README.md")).unwrap())
}

/// Attributes of a row: names, and `the same` as the row before, `without` some.
fn attributes(cell: &str, before: &BTreeSet<String>) -> BTreeSet<String> {
    let (with, without) = cell.split_once("without").unwrap_or((cell, ""));
    let mut attributes = if cell.starts_with("the same") { before.clone() } else { BTreeSet::new() };
    attributes.extend(names(with));
    for attribute in names(without) {
        assert!(attributes.remove(&attribute), "{cell}: there is no {attribute} before it");
    }
    attributes
}

/// The rows of every table of metrics: those with a type and a unit.
fn documented() -> BTreeMap<String, Emitted> {
    let mut documented = BTreeMap::new();
    for table in readme().iter().filter(|table| table.head.iter().take(4).eq(["name", "type", "unit", "attributes"])) {
        let mut before = BTreeSet::new();
        for row in &table.rows {
            let [name, kind, unit, cell, ..] = &row[..] else { panic!("{row:?}") };
            let kind = KINDS.into_iter().find(|known| known == kind).unwrap_or_else(|| panic!("{row:?}"));
            before = attributes(cell, &before);
            let unit = quoted(unit).pop().unwrap_or_default();
            for name in quoted(name).iter().flat_map(|name| expanded(name)) {
                let emitted = Emitted { kind, unit: unit.clone(), attributes: before.clone() };
                assert!(documented.insert(name.clone(), emitted).is_none(), "{name} stands twice");
            }
        }
    }
    documented
}

#[test]
fn every_metric_stands_in_the_readme_with_its_type_unit_and_attributes_and_no_other_does() {
    let (documented, emitted) = (documented(), &everything().metrics);
    let missing: Vec<_> = emitted.keys().filter(|name| !documented.contains_key(*name)).collect();
    assert!(missing.is_empty(), "not in a table of the README: {missing:#?}");
    let unemitted: Vec<_> = documented.keys().filter(|name| !emitted.contains_key(*name)).collect();
    assert!(unemitted.is_empty(), "in the README, and nobody emits them: {unemitted:#?}");
    let different: Vec<_> = emitted.iter().filter(|(name, emitted)| documented[*name] != **emitted).collect();
    let rows: Vec<_> = different.iter().map(|(name, _)| &documented[*name]).collect();
    assert!(different.is_empty(), "emitted are {different:#?}, and the README says {rows:#?}");
}

#[test]
fn every_classic_name_stands_in_the_readme_with_its_labels_and_no_other_does() {
    let mut documented = BTreeMap::new();
    for row in readme().into_iter().filter(|table| table.head[0] == "classic").flat_map(|table| table.rows) {
        let labels = |list: &str| {
            list.split(',').map(|label| label.trim().to_owned()).filter(|label| !label.is_empty()).collect()
        };
        // One list for all names, or one for each.
        let lists: Vec<BTreeSet<String>> = row[1].split(';').map(labels).collect();
        for (at, name) in quoted(&row[0]).into_iter().enumerate() {
            let labels = lists.get(at).unwrap_or(&lists[0]).clone();
            assert_eq!(documented.insert(name.clone(), labels), None, "{name} stands twice");
        }
    }
    let everything = everything();
    let by_convention: BTreeSet<_> = everything.metrics.keys().map(|name| name.replace('.', "_")).collect();
    let mut scraped = BTreeMap::<String, BTreeSet<String>>::new();
    for sample in &everything.scraped.0 {
        let is_classic = !by_convention.iter().any(|name| sample.name.starts_with(name.as_str()));
        if !is_classic || sample.name.starts_with("names_") || sample.name == "target_info" {
            continue;
        }
        let family = ["_bucket", "_sum", "_count"].iter().find_map(|suffix| sample.name.strip_suffix(suffix));
        let labels = sample.labels.keys().filter(|label| !label.starts_with("otel_scope_") && *label != "le");
        scraped.entry(family.unwrap_or(&sample.name).to_owned()).or_default().extend(labels.cloned());
    }
    assert_eq!(documented, scraped);
}
