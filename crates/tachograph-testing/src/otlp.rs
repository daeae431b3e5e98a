//! A server of OTLP for tests that fails as it is told: it is down, slow, full, broken, lying, or does not trust the client.
//!
//! ```
//! use std::io::{Read as _, Write as _};
//! use tachograph_testing::otlp::{Answer, OtlpServer, Signal};
//!
//! let server = OtlpServer::start();
//! server.next(2, Answer::unavailable()).next(1, Answer::reset()).afterwards(Answer::accept());
//! # server.from_now_on(Answer::accept()).next(1, Answer::unavailable());
//!
//! // What is tested sends to `server.grpc_endpoint()` or `server.http_endpoint()`. By hand, one span in JSON:
//! let span = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"work"}]}]}]}"#;
//! let post = format!("POST /v1/traces HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\nconnection: close\r\n");
//! let send = || -> std::io::Result<String> {
//!     let mut connection = std::net::TcpStream::connect(server.http_address())?;
//!     write!(connection, "{post}content-length: {}\r\n\r\n{span}", span.len())?;
//!     let mut answer = String::new();
//!     connection.read_to_string(&mut answer)?;
//!     Ok(answer)
//! };
//! assert!(send()?.starts_with("HTTP/1.1 503 "));
//! assert!(send()?.starts_with("HTTP/1.1 200 "));
//!
//! let counts = server.accepted_at_least(Signal::Traces, 1).wait();
//! assert_eq!((counts.traces.requests, counts.traces.attempts), (1, 2));
//! assert_eq!(server.spans()[0].name, "work");
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! | module | holds |
//! |---|---|
//! | `server`, `builder` | the handle, and what the server is to be like |
//! | `answer`, `script`, `on_signal` | what it does with a request, and which answer is next |
//! | `listen`, `connection`, `wire` | ports, connections, and how these are reset |
//! | `http`, `grpc`, `encoding`, `status`, `body` | reading requests and writing answers |
//! | `state`, `received`, `payload`, `counts`, `until` | what came, and waiting for it |
//! | `tls` | certificates |

mod answer;
mod body;
mod builder;
mod connection;
mod counts;
mod encoding;
mod grpc;
mod http;
mod listen;
mod on_signal;
mod payload;
mod received;
mod script;
mod server;
mod signal;
mod state;
mod status;
mod tls;
mod until;
mod wire;

pub use self::{
    answer::Answer,
    builder::OtlpServerBuilder,
    counts::{Counts, SignalCounts},
    on_signal::OnSignal,
    payload::Payload,
    received::Received,
    server::OtlpServer,
    signal::{Protocol, Signal},
    tls::{Authority, Identity},
    until::Until,
};
pub use opentelemetry_proto::tonic as proto;
