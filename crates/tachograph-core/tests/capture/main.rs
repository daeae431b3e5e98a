//! Errors and messages that an application reports, their breadcrumbs, and panics.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what fails in a test fails the test")]

mod breadcrumbs;
mod builder;
mod counts;
mod errors;
mod panics;
mod recorded;
mod spans;
