//! The client side of gRPC.

mod exchange;
mod layer;
mod service;
mod settings;

pub use layer::GrpcClientLayer;
pub use service::GrpcClient;
