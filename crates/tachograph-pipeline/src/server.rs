//! A small HTTP server for scrapes, for applications that serve no HTTP of their own.
//!
//! | request | answer |
//! |---|---|
//! | `GET /metrics` | the metrics, as `Accept` and `Accept-Encoding` ask; 503 and the reason when there are none |
//! | `GET /` | where the metrics are |
//! | another method than `GET` and `HEAD` there | 405 |
//! | anything else | 404 |
//!
//! It lives on a thread of its own, apart from the export, which a scrape must not delay. Requests are answered there; scrapes run on
//! one more thread, one at a time, so that a callback that hangs costs that one thread and stops neither accepts nor other answers.
//! Whoever connects is bounded in number and in time ([`Limits`](connections::Limits)). Nothing of this reaches the application: a
//! panic ends one connection or one scrape.

#[cfg(not(feature = "prometheus-server"))]
mod absent;
#[cfg(feature = "prometheus-server")]
mod answer;
#[cfg(feature = "prometheus-server")]
mod connections;
#[cfg(feature = "prometheus-server")]
mod io;
#[cfg(feature = "prometheus-server")]
mod running;
#[cfg(feature = "prometheus-server")]
#[cfg(test)]
mod tests;

#[cfg(not(feature = "prometheus-server"))]
pub(crate) use absent::PrometheusServer;
#[cfg(feature = "prometheus-server")]
pub(crate) use running::PrometheusServer;
