//! The client side of HTTP.

mod describe;
mod exchange;
mod layer;
mod outgoing;
mod resend_count;
mod service;
mod settings;
pub(crate) mod signs;
mod url_template;

#[cfg(feature = "reqwest")]
pub(crate) use describe::start;
#[cfg(feature = "reqwest")]
pub(crate) use exchange::HttpClientExchange;
pub use layer::HttpClientLayer;
pub(crate) use outgoing::Outgoing;
pub use resend_count::ResendCount;
pub use service::HttpClient;
pub(crate) use settings::{Propagation, Query};
#[cfg(feature = "reqwest")]
pub(crate) use settings::{Settings, client_settings};
pub use url_template::UrlTemplate;
