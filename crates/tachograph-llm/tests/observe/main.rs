//! What answers tell their calls.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what fails in a test fails the test")]

#[cfg(feature = "async-openai")]
mod async_openai;
mod bodies;
mod facts;
#[allow(dead_code, reason = "other tests use the rest of it")]
#[path = "../bodies/fixture.rs"]
mod fixture;
mod foreign;
#[cfg(feature = "genai")]
mod genai;
mod ladder;
#[cfg(feature = "rig-core")]
mod rig_core;
mod streams;
mod telling;
mod values;
