//! What this crate switches on in an application: cargo merges features, so they are part of its behaviour.

use std::collections::BTreeMap;
use std::process::Command;

/// The packages that an application compiles for this crate on this platform, each with its features.
fn graph(features: &[&str]) -> BTreeMap<String, Vec<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--package", "tachograph-pipeline", "--edges", "normal"])
        .args(["--prefix", "none", "--no-dedupe", "--format", "{p} {f}"])
        .args(features)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let graph: BTreeMap<_, _> = text
        .lines()
        .filter_map(|line| {
            let mut words = line.split(' ');
            let name = words.next()?.to_owned();
            // The version, perhaps a path in brackets, then the features.
            let features = words.next_back().filter(|word| !word.starts_with(['v', '(']));
            Some((name, features.unwrap_or_default().split(',').map(str::to_owned).collect()))
        })
        .collect();
    assert!(
        graph.contains_key("tonic") && graph.contains_key("hyper-util"),
        "the listing lacks the transports: {text}"
    );
    graph
}

#[test]
fn the_http_client_of_the_application_is_left_alone() {
    let graph = graph(&["--all-features"]);
    for client in ["reqwest", "ureq", "isahc", "hyper-tls", "native-tls"] {
        assert!(!graph.contains_key(client), "{client}");
    }
}

#[test]
fn ring_is_the_only_cryptography_and_can_be_left_out() {
    let all = graph(&["--all-features"]);
    assert!(all["rustls"].iter().any(|feature| feature == "ring"), "{:?}", all["rustls"]);
    assert!(!all.contains_key("aws-lc-rs"));

    let without = graph(&["--no-default-features", "--features", "otlp-grpc,otlp-http"]);
    assert!(without["rustls"].iter().any(|feature| feature == "std"), "{:?}", without["rustls"]);
    for provider in ["ring", "aws_lc_rs", "aws-lc-rs", "custom-provider"] {
        assert!(!without["rustls"].iter().any(|feature| feature == provider), "{provider}");
        assert!(!without.contains_key(provider), "{provider}");
    }
}

#[test]
fn the_machine_is_watched_only_by_who_asks_for_it() {
    for library in ["sysinfo", "fs4", "rustix"] {
        assert!(!graph(&[]).contains_key(library), "{library}");
    }
    let with = graph(&["--features", "sysinfo"]);
    assert_eq!(with["sysinfo"], ["system"], "processes and memory, and nothing of disks, networks, users and graphics");
}
