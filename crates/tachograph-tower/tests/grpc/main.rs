//! The gRPC layers in a real tonic server and around real tonic channels.
//!
//! The runtime has one thread: once a test has heard that the server let go of something, the server's task has done all
//! that belongs to it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "in a test they are the assertion, or the subject")]

mod deadlines;
mod echo;
mod foreign_answers;
mod harness;
mod names;
mod outcomes;
mod propagation;
