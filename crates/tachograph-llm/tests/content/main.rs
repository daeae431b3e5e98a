//! Prompts and answers in the conventions' JSON form.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what fails in a test fails the test")]

mod answers;
mod closed;
mod conventions;
mod kinds;
mod limits;
mod patterns;
mod properties;
mod recorded;
mod redaction;
mod requests;
