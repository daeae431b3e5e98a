//! The agent service as its operators meet it: the real program, over real sockets, beside the real servers.
//!
//! | module | holds |
//! |---|---|
//! | `service` | the program, started and talked to |
//! | `asked` | what was asked, and what must be counted because of it |
//! | `scrape`, `prometheus` | metrics as text, and in Prometheus |
//! | `alerts` | the alerts of the operations kit, and whether what they ask for is there |
//! | `dashboards` | the dashboards of the kit, each query of them asked |
//! | `otlp`, `trace`, `context` | spans and metrics at the Collector, one trace in detail, traces that come from outside |
//! | `collector` | the Collectors of the operations kit, behind one another |
//! | `deployed` | paths that the operations kit asks for |
//! | `servers` | PostgreSQL and Redis |
//! | `tools`, `tool_service` | the tools in a process of their own, and traces through both |
//! | `monitoring` | figures, traces, health, and the page in a browser |
//! | `log_files` | what the logs say of all that |
//! | `cancelled` | clients that go away, and many at once |
//! | `bad_input`, `bad_settings`, `endings` | what goes wrong, and how the program ends |

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what fails in a test fails it")]

mod alerts;
mod asked;
mod bad_input;
mod bad_settings;
mod cancelled;
mod collector;
mod context;
mod dashboards;
mod deployed;
mod endings;
mod log_files;
mod monitoring;
mod otlp;
mod prometheus;
mod scrape;
mod servers;
mod service;
mod tool_service;
mod tools;
mod trace;
