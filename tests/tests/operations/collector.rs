//! The Collector configs: what the Collector itself says of them, and what becomes of telemetry that passes them.
//!
//! | module | holds |
//! |---|---|
//! | `configs` | that they are valid, alone and with each backend, and what stands in none of them |
//! | `variables` | what has to be set, and that it is told |
//! | `application` | what sends: Tachograph, and the variables of a gateway in a test |
//! | `sampling` | which traces are kept, and that all are counted |
//! | `content` | prompts, secrets, people, names of other instrumentations |
//! | `queue` | a backend that is away, and a gateway that is killed meanwhile |
//! | `log_files` | lines of log files as records |
//! | `tiers` | two samplers behind a balancer |

mod application;
mod configs;
mod content;
mod log_files;
mod queue;
mod sampling;
mod tiers;
pub(crate) mod variables;
