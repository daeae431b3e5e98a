//! The real servers that tests talk to, and the real readers of what is scraped: Collector, Prometheus 2 and 3, promtool,
//! Alertmanager, Python's parsers, Redis, PostgreSQL, jq, Chromium.
//!
//! Each `start` gives a process of its own, on a port or socket of its own, with its files in a folder that goes away with it.
//! `start` gives `None` where the component is not installed, after saying so; the test then returns. `tests/setup/components`
//! installs what is missing.
//!
//! ```no_run
//! use tests::components::Prometheus;
//!
//! let Some(prometheus) = Prometheus::start(&["127.0.0.1:8000"], "/monitoring/metrics", "") else { return };
//! prometheus.wait_until("up", |found| found.iter().any(|series| series.value == 1.0));
//! ```
//!
//! | module | holds |
//! |---|---|
//! | `find` | where the programs are, and what happens when they are not |
//! | [`collector`] | the Collector, and the spans, metrics and log records that it received |
//! | [`prometheus`] | Prometheus and its query language |
//! | [`promtool`] | the linter of scraped text |
//! | [`jq`] | the reader of log lines |
//! | [`alertmanager`], [`webhook`] | Alertmanager, and who hears of alerts |
//! | [`page`] | the monitoring page in a browser, and how its assets are made |
//! | [`python`] | the strict parsers of scraped text |
//! | `redis`, `postgres` | the servers that the example can use |
//! | [`exposition`] | the lines of a scrape |
//! | [`http`], [`poll`] | how tests ask |

pub mod alertmanager;
pub mod collector;
pub mod exposition;
mod find;
pub mod http;
pub mod jq;
pub mod page;
pub mod poll;
mod postgres;
pub mod prometheus;
pub mod promtool;
pub mod python;
mod redis;
pub mod webhook;

pub use self::{
    alertmanager::Alertmanager,
    collector::{Collector, Ports},
    find::Component,
    postgres::Postgres,
    prometheus::Prometheus,
    redis::Redis,
    webhook::Webhook,
};
