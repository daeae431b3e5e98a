//! The tables of variables in the documentation, against the variables that are read.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::variables::variables;

/// The names in the first cell of a row: in full, with alternatives in braces or brackets, or from an underscore on, to be put at the end
/// of the name before. Of the latter there are several readings, of which those that are known are taken.
fn names(cell: &str, known: &BTreeSet<String>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mut before: Vec<String> = Vec::new();
    for word in cell.split('`').skip(1).step_by(2) {
        if word.starts_with('_') {
            let readings = before.iter().flat_map(|name| {
                let ends = name.match_indices('_').map(|(at, _)| at).chain([name.len()]);
                ends.map(|end| format!("{}{word}", &name[..end])).collect::<Vec<_>>()
            });
            let readings: Vec<_> = readings.filter(|name| known.contains(name)).collect();
            assert!(!readings.is_empty(), "{word} of {cell} is not read");
            names.extend(readings);
        } else {
            before = expanded(&word.replace("[_TRACES\\|_METRICS\\|_LOGS]", "{,_TRACES,_METRICS,_LOGS}"));
            if cell.ends_with('*') {
                before = before
                    .iter()
                    .flat_map(|name| expanded(&name.replace("OTLP_", "OTLP_{,TRACES_,METRICS_,LOGS_}")))
                    .collect();
            }
            names.extend(before.iter().cloned());
        }
    }
    names
}

fn expanded(word: &str) -> Vec<String> {
    let parts = word.split_once('{').and_then(|(head, rest)| Some((head, rest.split_once('}')?)));
    match parts {
        Some((head, (choices, tail))) => choices.split(',').map(|choice| format!("{head}{choice}{tail}")).collect(),
        None => vec![word.to_owned()],
    }
}

/// The rows of the first table in `text` whose first heading is `variable`.
fn table<'a>(text: &'a str, line_start: &'a str) -> impl Iterator<Item = &'a str> {
    let lines = text.lines().map(move |line| line.strip_prefix(line_start).unwrap_or(line));
    let rows =
        lines.skip_while(|line| !line.starts_with("| variable |")).skip(2).take_while(|line| line.starts_with('|'));
    rows.filter_map(|row| row.trim_start_matches("| ").split(" | ").next())
}

fn assert_complete(path: &str, line_start: &str) {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
    let read = variables();
    let told: Vec<_> = table(&text, line_start).flat_map(|cell| names(cell, &read)).collect();
    let unique: BTreeSet<_> = told.iter().cloned().collect();
    let (missing, dead): (Vec<_>, Vec<_>) = (read.difference(&unique).collect(), unique.difference(&read).collect());
    assert!(missing.is_empty() && dead.is_empty(), "{path}: not in the table: {missing:?}; not read: {dead:?}");
}

#[test]
#[cfg(feature = "sentry")]
fn the_table_of_the_settings_has_every_variable_and_no_other() {
    assert_complete("src/settings.rs", "/// ");
}

#[test]
#[cfg(feature = "sentry")]
fn the_table_of_the_readme_has_every_variable_and_no_other() {
    assert_complete("../../README.md", "");
}

#[test]
fn short_names_and_alternatives_are_read_in_full() {
    let known = ["A_B_X", "A_B_Y", "OTLP_TRACES_Z"].map(str::to_owned).into();
    assert_eq!(names("`A_B_X`, `_Y`", &known), ["A_B_X", "A_B_Y"]);
    assert_eq!(names("`A_{B,C}_X`", &known), ["A_B_X", "A_C_X"]);
    assert_eq!(names("`OTLP_Z` *", &known), ["OTLP_Z", "OTLP_TRACES_Z", "OTLP_METRICS_Z", "OTLP_LOGS_Z"]);
    assert_eq!(names(r"`OTLP[_TRACES\|_METRICS\|_LOGS]_Z`", &known)[..2], ["OTLP_Z", "OTLP_TRACES_Z"]);
}
