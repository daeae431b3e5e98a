//! Bodies of all providers, whole and in pieces.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what fails in a test fails the test")]

mod answers;
mod chunks;
mod fixture;
mod kept;
mod limits;
mod mutations;
mod requests;
mod sniff;
mod sse;
mod streams;
mod tell;
