//! gRPC: the server layer and the client layer. They know HTTP alone, and so fit `tonic` and whatever else speaks gRPC by
//! `tower` services.

mod answer;
mod client;
mod code;
mod deadline;
mod known_methods;
mod method;
mod server;

pub use client::{GrpcClient, GrpcClientLayer};
pub use server::{GrpcServer, GrpcServerLayer};

/// What `rpc.system.name` is.
const GRPC: &str = "grpc";
