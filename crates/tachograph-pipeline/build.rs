//! Tells the crate which compiler built it, for the resource attribute `process.runtime.version`.

use std::env;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let version = env::var("RUSTC").ok().and_then(|rustc| {
        let output = Command::new(rustc).arg("--version").output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        text.split_whitespace().nth(1).map(str::to_owned)
    });
    if let Some(version) = version {
        println!("cargo::rustc-env=TACHOGRAPH_RUSTC_VERSION={version}");
    }
}
