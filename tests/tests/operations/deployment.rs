//! Compose, Kubernetes, and readers of log files: what they name is there.
//!
//! | module | holds |
//! |---|---|
//! | `compose` | the services of one machine |
//! | `kubernetes` | the manifests |
//! | `logs` | readers of log files |
//! | `names` | variables that the product and the Collector read |

mod compose;
mod kubernetes;
mod logs;
mod names;
