//! The monitoring page: its assets, and its behaviour in states that a real application seldom has.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what fails in a test fails the test")]

use tests::components::page::{self, Asset};

#[test]
fn checked_in_assets_are_what_their_sources_give() {
    let folder = tempfile::tempdir().unwrap();
    let Some(assets) = page::built_assets(folder.path()) else { return };
    let names: Vec<_> = assets.iter().map(|asset| asset.name.as_str()).collect();
    for name in ["index.html", "page.css", "page.js"] {
        assert!(names.contains(&name), "{name} is not among {names:?}");
    }
    for Asset { name, made, checked_in } in assets {
        assert!(made == checked_in, "{name} is out of date: npm run build in crates/tachograph-monitor/page");
    }
}

fn mock(part: &str) {
    let out = tempfile::tempdir().unwrap();
    if let Some(said) = page::check_mock(part, out.path()) {
        let (held, failed) = said.lines().last().and_then(|line| line.split_once(" facts hold, ")).expect(&said);
        assert!(held.parse::<u32>().unwrap() > 0 && failed == "0 do not", "{said}");
    }
}

#[test]
fn names_with_markup_and_thousands_of_rows_are_shown_as_they_are() {
    mock("data");
}

#[test]
fn tokens_failures_and_old_figures_are_told() {
    mock("trouble");
}

#[test]
fn clocks_that_differ_are_no_trouble() {
    mock("clocks");
}

#[test]
fn numbers_times_and_trees_are_made_right() {
    mock("logic");
}
