//! Checked-in code of the gRPC service against its source.

#![allow(clippy::unwrap_used, reason = "what fails in a test fails it")]

use std::{fs, path::Path};

/// As the service is generated: clients come without a transport, which whoever uses them picks.
fn generate(proto: &Path) -> String {
    let descriptors = protox::compile(["tachograph/monitor/v1/monitor.proto"], [proto]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let generator = tonic_prost_build::configure().out_dir(folder.path()).build_transport(false);
    generator.compile_fds(descriptors).unwrap();
    fs::read_to_string(folder.path().join("tachograph.monitor.v1.rs")).unwrap()
}

#[test]
fn checked_in_code_is_what_its_proto_file_gives() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let proto = package.join("../../proto");
    if !proto.exists() {
        // The published crate has the code and not its source.
        return;
    }
    let made = generate(&proto);
    let checked_in = package.join("src/generated/tachograph.monitor.v1.rs");
    if std::env::var_os("REGENERATE").is_some() {
        fs::write(&checked_in, &made).unwrap();
    }
    assert!(
        fs::read_to_string(&checked_in).is_ok_and(|checked_in| checked_in == made),
        "{} is out of date: REGENERATE=1 cargo test -p tachograph-monitor --test generated",
        checked_in.display()
    );
}
