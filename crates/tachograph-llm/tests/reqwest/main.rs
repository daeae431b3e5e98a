//! The middleware of reqwest's client in front of a raw server that answers as the providers do.

#![allow(clippy::unwrap_used, clippy::panic, reason = "in a test they are the assertion, or the subject")]

mod answers;
mod attempts;
mod calls;
mod client;
mod content;
#[path = "../bodies/fixture.rs"]
#[allow(dead_code, reason = "the tests of bodies need more of it")]
mod fixture;
mod outcomes;
mod recognition;
mod requests;
mod server;
mod streams;
