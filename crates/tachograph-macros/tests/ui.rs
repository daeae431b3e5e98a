//! Every wrong use of an attribute is one good message on the right token.

#![allow(clippy::print_stdout, reason = "a test that skips says so")]

/// Messages differ between compilers; these are the ones of this minor version.
const RUSTC: &str = "rustc 1.95.";

#[test]
fn wrong_uses_say_what_is_allowed() {
    let rustc = std::process::Command::new("rustc").arg("--version").output().expect("rustc runs");
    let version = String::from_utf8_lossy(&rustc.stdout);
    if !version.starts_with(RUSTC) {
        println!("SKIPPED: the expected messages are those of {RUSTC}x, this is {version}");
        return;
    }
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
