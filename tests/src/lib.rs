//! What several tests and benchmarks share.

#![allow(clippy::expect_used, clippy::panic, reason = "tests and benchmarks: what fails here fails them")]

#[cfg(unix)]
pub mod components;
#[cfg(unix)]
pub mod operations;
#[cfg(unix)]
pub mod process;
pub mod variants;
