//! The server side of HTTP.

mod client_address;
mod describe;
mod exchange;
mod forwarded;
mod layer;
mod request_size;
mod server_timing;
mod service;
mod settings;
mod trusted_proxies;

pub use layer::HttpServerLayer;
pub use service::HttpServer;
pub(crate) use settings::Settings;
pub use trusted_proxies::{ForwardingHeader, TrustedProxies, TrustedProxiesError};
