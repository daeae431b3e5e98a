//! What is spoken at an address: a question in plain HTTP, which every server answers in its own way.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;

use super::connect::{refused_by_peer, tcp};
use super::exchange::Failure;
use super::subject::Subject;
use crate::settings::Protocol;

const QUESTION: &[u8] = b"GET / HTTP/1.1\r\nhost: self-test\r\nconnection: close\r\n\r\n";
const MAX_ANSWER: u64 = 1024;
/// The first bytes, by which a protocol is known.
const TELLING: usize = 5;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Speaks {
    Http1,
    Http2,
    Tls,
    Nothing,
}

/// Whether a server without TLS is there.
pub(super) async fn is_plain(addresses: &[SocketAddr], step: Duration) -> bool {
    matches!(ask(addresses, step).await, Speaks::Http1 | Speaks::Http2)
}

/// Why an export found no answer.
pub(super) async fn explain(subject: &Subject, addresses: &[SocketAddr], error: &Failure) -> String {
    if subject.is_secure() {
        // With TLS 1.3 a client hears of its certificate only after its own handshake.
        let said = said(error);
        if let Some((_, alert)) = said.split_once("fatal alert: ") {
            return refused_by_peer(subject, alert);
        }
        // The alert is lost where the request was still on its way.
        if ["broken pipe", "connection reset", "connection closed", "close_notify"]
            .iter()
            .any(|end| said.to_lowercase().contains(end))
        {
            return refused_by_peer(subject, "the connection ends after the handshake");
        }
    } else {
        match (ask(addresses, subject.step).await, subject.protocol) {
            (Speaks::Http1, Protocol::Grpc) | (Speaks::Http2, Protocol::HttpProtobuf | Protocol::HttpJson) => {
                return subject.speaks_another_protocol();
            }
            (Speaks::Tls, _) => return subject.is_encrypted(),
            // Some servers hang up on whoever does not speak TLS.
            (Speaks::Nothing, _) => {
                let endpoint = subject.endpoint();
                return format!(
                    "{endpoint} takes connections and does not answer ({}): is it a receiver of OTLP, or does it want TLS \
                     (https:// in {})?",
                    said(error),
                    subject.endpoint_source()
                );
            }
            _ => {}
        }
    }
    format!(
        "{} takes connections, and an empty export fails ({}): check {}",
        subject.endpoint(),
        said(error),
        subject.endpoint_source()
    )
}

/// The error with its causes. Those of the client name no address, which may carry a key.
fn said(error: &Failure) -> String {
    let first: &(dyn std::error::Error + 'static) = error.as_ref();
    let chain = std::iter::successors(Some(first), |error| (*error).source());
    chain.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

async fn ask(addresses: &[SocketAddr], step: Duration) -> Speaks {
    let Ok(mut stream) = tcp(addresses, step).await else { return Speaks::Nothing };
    let mut answer = Vec::new();
    let asked = timeout(step, async {
        stream.write_all(QUESTION).await?;
        while answer.len() < TELLING && stream.read_buf(&mut answer).await? > 0 {}
        // Others than HTTP/1 may keep the connection.
        if spoken(&answer) == Speaks::Http1 {
            stream.take(MAX_ANSWER).read_to_end(&mut answer).await?;
        }
        io::Result::Ok(())
    });
    // What was read counts, however it ended.
    let _ = asked.await;
    spoken(&answer)
}

fn spoken(answer: &[u8]) -> Speaks {
    match answer {
        // The settings frame with which every HTTP/2 server begins.
        [0, _, _, 4, ..] => Speaks::Http2,
        // A record of TLS: an alert, or a handshake.
        [0x15 | 0x16, 3, ..] => Speaks::Tls,
        [b'H', b'T', b'T', b'P', b'/', ..] if String::from_utf8_lossy(answer).contains("HTTPS server") => Speaks::Tls,
        [b'H', b'T', b'T', b'P', b'/', ..] => Speaks::Http1,
        _ => Speaks::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_known_by_its_first_bytes() {
        let go = b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n";
        let cases: [(&[u8], Speaks); 6] = [
            (b"HTTP/1.1 404 Not Found\r\n\r\n", Speaks::Http1),
            (go, Speaks::Tls),
            (&[0x15, 3, 1, 0, 2], Speaks::Tls),
            (&[0, 0, 18, 4, 0, 0], Speaks::Http2),
            (b"SSH-2.0-OpenSSH", Speaks::Nothing),
            (b"", Speaks::Nothing),
        ];
        for (answer, expected) in cases {
            assert_eq!(spoken(answer), expected, "{answer:?}");
        }
    }
}
