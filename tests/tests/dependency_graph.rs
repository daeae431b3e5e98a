//! Who may depend on what.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what fails in a test fails the test")]

use std::{collections::BTreeSet, process::Command};

fn cargo(arguments: &[&str]) -> String {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let output = Command::new(env!("CARGO")).args(arguments).current_dir(root).output().expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("cargo prints text")
}

/// Names of all packages that a user of the crate compiles.
fn compiled_for(package: &[&str]) -> BTreeSet<String> {
    let tree =
        [&["tree", "--edges", "normal,build", "--prefix", "none", "--format", "{p}", "--package"], package].concat();
    cargo(&tree).lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

#[test]
fn a_library_that_tracks_its_calls_compiles_no_sdk_no_runtime_and_no_transport() {
    for package in [&["tachograph-core", "--all-features"][..], &["tachograph", "--no-default-features"]] {
        let compiled = compiled_for(package);
        assert!(compiled.contains("opentelemetry"), "{package:?}: the listing is empty");
        for heavy in
            ["opentelemetry_sdk", "opentelemetry-otlp", "tokio", "tonic", "axum", "hyper", "reqwest", "tracing"]
        {
            assert!(!compiled.contains(heavy), "{package:?} pulls in {heavy}");
        }
    }
    assert!(compiled_for(&["tachograph"]).contains("opentelemetry_sdk"), "an application gets the SDK by default");
}

#[test]
fn what_sentry_brings_is_compiled_for_its_feature_alone() {
    let brought = ["sentry-types", "debugid"];
    let without =
        compiled_for(&["tachograph", "--features", "prometheus-registry,monitor-grpc,reqwest,moka,redis,sqlx-any"]);
    let with = compiled_for(&["tachograph", "--features", "sentry"]);
    for name in brought {
        assert!(!without.contains(name) && with.contains(name), "{name}");
    }
    for name in ["sentry", "sentry-core", "native-tls", "openssl-sys", "reqwest"] {
        assert!(!with.contains(name), "the types of the protocol are enough, without {name}");
    }
}

#[test]
fn crates_depend_on_each_other_only_downwards() {
    let allowed: &[(&str, &[&str])] = &[
        ("tachograph-core", &[]),
        ("tachograph-macros", &[]),
        ("tachograph-db", &["tachograph-core"]),
        ("tachograph-llm", &["tachograph-core"]),
        ("tachograph-pipeline", &["tachograph-core"]),
        ("tachograph-tower", &["tachograph-core"]),
        ("tachograph-monitor", &["tachograph-core"]),
        ("tachograph-testing", &["tachograph-core"]),
        (
            "tachograph",
            &[
                "tachograph-core",
                "tachograph-db",
                "tachograph-llm",
                "tachograph-macros",
                "tachograph-monitor",
                "tachograph-pipeline",
                "tachograph-tower",
            ],
        ),
    ];
    let metadata: serde_json::Value =
        serde_json::from_str(&cargo(&["metadata", "--no-deps", "--format-version", "1"])).expect("metadata is JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let ours =
        packages.iter().filter(|package| package["name"].as_str().is_some_and(|name| name.starts_with("tachograph")));
    let mut seen = 0;
    for package in ours {
        let name = package["name"].as_str().expect("a name");
        let Some((_, allowed)) = allowed.iter().find(|(crate_name, _)| *crate_name == name) else {
            panic!("{name} is new: say here what it may depend on");
        };
        let dependencies = package["dependencies"].as_array().expect("dependencies");
        // `kind` is null for what users compile, and "dev" for what tests do.
        let of_users = dependencies.iter().filter(|dependency| dependency["kind"].is_null());
        for dependency in of_users.filter_map(|dependency| dependency["name"].as_str()) {
            if dependency.starts_with("tachograph") {
                assert!(allowed.contains(&dependency), "{name} must not depend on {dependency}");
            }
        }
        seen += 1;
    }
    assert_eq!(seen, allowed.len());
}
