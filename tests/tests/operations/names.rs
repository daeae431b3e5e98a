//! Names: nothing is asked for and nothing is documented that is not emitted, and all that is emitted is documented.
//!
//! | module | holds |
//! |---|---|
//! | `application` | an application that does everything, and what it emits |
//! | `tables` | tables of Markdown, and the notation of names in them |
//! | `readme` | the tables of metrics in the README |
//! | `asked` | expressions of dashboards, rules and runbooks |
//! | `texts` | tables of the documentation of crates, and SQL |

mod application;
mod asked;
mod readme;
mod tables;
mod texts;

use std::{collections::BTreeSet, fs, path::PathBuf};

use tests::operations::kit;

fn repository() -> PathBuf {
    kit().join("..")
}

/// The constants of one module of the names that the product has.
fn constants(module: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(repository().join("crates/tachograph-core/src/semconv.rs")).unwrap();
    let start = text.find(&format!("pub mod {module} {{")).unwrap();
    let block = text[start..].split("\n}").next().unwrap();
    let value = |line: &str| {
        let (_, value) = line.trim().strip_prefix("pub const ")?.split_once(": &str = \"")?;
        Some(value.trim_end_matches("\";").to_owned())
    };
    block.lines().filter_map(value).collect()
}

#[test]
fn every_metric_that_the_product_has_a_name_for_is_emitted() {
    let emitted = &application::everything().metrics;
    let constants = constants("metric");
    assert!(constants.len() > 80, "{constants:?}");
    let unemitted: Vec<_> = constants.iter().filter(|name| !emitted.contains_key(*name)).collect();
    assert!(unemitted.is_empty(), "nobody emits {unemitted:?}");
    // The SDK has one of its own.
    let unnamed: Vec<_> = emitted.keys().filter(|name| !constants.contains(*name)).collect();
    assert_eq!(unnamed, ["otel.sdk.log.created"]);
}
