//! The protocol between an agent and its tools, out of `proto/tools/v1/tools.proto`.
//!
//! The code is checked in, so that building needs no `protoc`. After a change of the `.proto` file
//! `REGENERATE=1 cargo test -p examples --test generated` writes it anew; without the variable the same test compares.

/// Version 1.
#[allow(missing_docs, unused_qualifications, clippy::all, reason = "generated code has the style of its generator")]
pub mod v1 {
    include!("generated/tools.v1.rs");
}
