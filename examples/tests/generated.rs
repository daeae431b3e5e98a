//! Checked-in code of a protocol against its source.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what fails in a test fails it")]

use std::{fs, path::Path};

#[test]
fn checked_in_code_is_what_its_proto_file_gives() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let descriptors = protox::compile(["tools/v1/tools.proto"], [package.join("proto")]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    tonic_prost_build::configure().out_dir(folder.path()).compile_fds(descriptors).unwrap();
    let made = fs::read_to_string(folder.path().join("tools.v1.rs")).unwrap();
    let checked_in = package.join("src/generated/tools.v1.rs");
    if std::env::var_os("REGENERATE").is_some() {
        fs::write(&checked_in, &made).unwrap();
    }
    assert!(
        fs::read_to_string(&checked_in).is_ok_and(|checked_in| checked_in == made),
        "{} is out of date: REGENERATE=1 cargo test -p examples --test generated",
        checked_in.display()
    );
}
