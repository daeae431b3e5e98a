//! The OTLP client against a receiver that fails in every way: whatever happens, the numbers of both ends agree.
//!
//! | module | holds |
//! |---|---|
//! | `rig`, `balance` | a receiver with a pipeline, and the law that their numbers obey |
//! | `flavour`, `side_by_side` | the runtimes that an application may have; several runs at once |
//! | `case`, `matrix` | each fault × each protocol × each flavour |
//! | `retries` | when a request is sent again, and when no more |
//! | `lost_answers` | what was taken in without the client hearing of it |
//! | `goodbye` | a peer whose words must not be told |
//! | `sizes`, `encodings`, `secure` | large requests, compressed ones, JSON, TLS |
//! | `away`, `ending` | receivers that go away and come back, runtimes that end |

#![allow(clippy::unwrap_used, clippy::panic, reason = "in tests an unwrap is the assertion")]

mod away;
mod balance;
mod case;
mod encodings;
mod ending;
mod flavour;
mod goodbye;
mod lost_answers;
mod matrix;
mod retries;
mod rig;
mod secure;
mod side_by_side;
mod sizes;
