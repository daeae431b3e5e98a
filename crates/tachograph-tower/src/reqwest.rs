//! A middleware for `reqwest`: a span and metrics for every request, to the last byte of the response. And a probe, for health
//! checks, that leaves none.
//!
//! ```no_run
//! use reqwest_middleware::ClientBuilder;
//! use tachograph_tower::{UrlTemplate, reqwest::HttpClientMiddleware};
//!
//! # async fn ask() -> Result<(), reqwest_middleware::Error> {
//! let client = ClientBuilder::new(reqwest::Client::new()).with(HttpClientMiddleware::new()).build();
//! let response = client
//!     .get("https://api.example/users/7")
//!     .with_extension(UrlTemplate::new("/users/{id}"))
//!     .send()
//!     .await?;
//! # Ok(())
//! # }
//! ```

mod convert;
mod middleware;
mod outgoing;
mod probe;

pub use middleware::HttpClientMiddleware;
pub use probe::{HttpProbe, HttpProbeError};
