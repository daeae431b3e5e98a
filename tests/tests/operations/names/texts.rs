//! Names in tables of the documentation, and in SQL: they are the product's.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use tests::operations::kit;

use super::{
    application::everything,
    constants, repository,
    tables::{names, tables},
};

/// Files below a folder whose names end so.
fn below(folder: &Path, end: &str, found: &mut Vec<PathBuf>) {
    let skipped = ["target", "node_modules", "tests"];
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && !skipped.contains(&&*name) {
            below(&path, end, found);
        } else if name.ends_with(end) {
            found.push(path);
        }
    }
}

/// Attributes and metrics of the product. Some attributes are beginnings.
fn product() -> BTreeSet<String> {
    let emitted = everything().metrics.iter().flat_map(|(name, emitted)| emitted.attributes.iter().chain([name]));
    let mut product: BTreeSet<_> = emitted.cloned().chain(constants("attribute")).chain(constants("metric")).collect();
    let resource = everything().scraped.0.iter().filter(|sample| sample.name == "target_info");
    product.extend(resource.flat_map(|sample| sample.labels.keys().map(|label| label.replace('_', "."))));
    product
}

/// Whether it looks like a name of the product and is none.
fn is_foreign(name: &str, product: &BTreeSet<String>) -> bool {
    let Some((namespace, _)) = name.split_once('.') else { return false };
    let is_name = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "._*".contains(c));
    let is_ours = product.iter().any(|known| known.starts_with(&format!("{namespace}.")));
    let start = name.trim_end_matches('*');
    let is_known = product.contains(name)
        || product.iter().any(|known| known.ends_with('.') && name.starts_with(known.as_str()))
        || (name != start && product.iter().any(|known| known.starts_with(start)));
    is_name && is_ours && !is_known
}

#[test]
fn every_name_in_a_table_of_the_documentation_is_the_products() {
    let product = product();
    let mut rust = Vec::new();
    below(&repository().join("crates"), ".rs", &mut rust);
    let mut texts: Vec<_> = rust
        .into_iter()
        .map(|file| {
            let text = fs::read_to_string(&file).unwrap();
            let comments = text.lines().map(|line| line.trim_start());
            let comments = comments.map(|line| line.trim_start_matches(['/', '!']).trim_start());
            (file, comments.collect::<Vec<_>>().join("\n"))
        })
        .collect();
    for file in ["README.md", "collector-config/README.md"] {
        let file = repository().join(file);
        texts.push((file.clone(), fs::read_to_string(file).unwrap()));
    }
    let mut found = 0;
    let mut foreign = BTreeSet::new();
    for (file, text) in texts {
        for cell in tables(&text).iter().flat_map(|table| table.rows.iter().flatten()) {
            for name in names(cell) {
                found += usize::from(product.contains(&name));
                if is_foreign(&name, &product) {
                    foreign.insert(format!("{}: {name}", file.display()));
                }
            }
        }
    }
    assert!(found > 200, "{found}");
    assert!(foreign.is_empty(), "the product has no {foreign:#?}");
}

/// Views, wherever they lie: attributes and metrics are texts there.
#[test]
fn every_name_in_sql_is_the_products() {
    let product = product();
    let mut sql = Vec::new();
    below(&kit(), ".sql", &mut sql);
    let mut foreign = BTreeSet::new();
    for file in sql {
        for name in fs::read_to_string(&file).unwrap().split('\'').skip(1).step_by(2) {
            if is_foreign(name, &product) {
                foreign.insert(format!("{}: {name}", file.display()));
            }
        }
    }
    assert!(foreign.is_empty(), "the product has no {foreign:#?}");
}

#[test]
fn a_name_of_a_known_namespace_that_nobody_emits_is_foreign() {
    let product = ["a.b", "a.tag."].map(str::to_owned).into();
    let cases = [
        ("a.b", false),
        ("a.c", true),
        ("a.*", false),
        ("a.x*", true),
        ("a.tag.x", false),
        ("b.c", false),
        ("a.B", false),
    ];
    for (name, foreign) in cases {
        assert_eq!(is_foreign(name, &product), foreign, "{name}");
    }
}
