//! The server side of gRPC.

mod describe;
mod exchange;
mod layer;
mod service;
mod settings;

pub use layer::GrpcServerLayer;
pub use service::GrpcServer;
