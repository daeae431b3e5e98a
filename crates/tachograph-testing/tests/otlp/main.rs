//! What clients see of the OTLP server: hyper over HTTP, tonic over gRPC.

#![allow(clippy::unwrap_used, clippy::panic, reason = "in tests an unwrap is the assertion")]

mod answers;
mod clients;
mod connections;
mod limits;
mod lost_answers;
mod script;
mod tls;
