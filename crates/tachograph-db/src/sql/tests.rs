#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails in a test fails it")]

mod cleaned;
mod outlined;
mod random;
