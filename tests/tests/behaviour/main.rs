//! What the attributes, functions and guards do, seen through the telemetry that they leave.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what fails in a test fails the test")]

mod after_the_fact;
mod answers;
mod arguments;
mod clients;
mod content;
mod conventions;
mod current;
mod custom;
mod events;
mod hygiene;
mod ids;
mod llm;
mod matrix;
mod nothing_installed;
mod parents;
mod work;
