//! Events for Sentry, over a socket: what arrives, what is taken out, and what becomes of the application where nobody answers.

#![allow(clippy::unwrap_used, clippy::panic, reason = "in tests an unwrap is the assertion")]

mod delivery;
mod events;
mod receiver;
mod settings;
mod setup;
