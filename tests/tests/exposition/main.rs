//! What is scraped, as others read it: Prometheus 2 and 3, promtool, and the parsers of another language.
//!
//! | module | holds |
//! |---|---|
//! | `application` | an application in this process, served on a port of its own |
//! | `recorded` | what it records, and the numbers that must be found |
//! | `expected` | sets of numbers, and what is said where they differ |
//! | `proxy` | what stands between a Prometheus and the application, and remembers what was said |
//! | `queries` | PromQL, and the answers |
//! | `scraped` | real scrapes |
//! | `parsed` | parsers and linters over the text |

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what fails in a test fails the test")]

mod application;
mod expected;
mod parsed;
mod proxy;
mod queries;
mod recorded;
mod scraped;
