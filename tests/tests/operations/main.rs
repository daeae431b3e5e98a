//! The operations kit by the tools that it is made for, and what those tools do not check.
//!
//! | module | holds |
//! |---|---|
//! | `tool` | promtool and amtool, run over files of the kit |
//! | `rules` | the rules, their unit tests, their runbooks |
//! | `routes` | who is told of which alert |
//! | `collector` | the configs of the Collector, and what becomes of telemetry that passes it |
//! | `deployment` | Compose, Kubernetes, readers of log files |
//! | `grafana` | the dashboards and the provisioning of Grafana |
//! | `names` | metrics and labels of dashboards, rules and documents, against those that are emitted |

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what fails in a test fails it")]

mod collector;
mod deployment;
mod grafana;
mod names;
mod routes;
mod rules;
mod tool;
