//! Who is let in, how many, and for how long.

use std::convert::Infallible;
use std::io;
use std::net::TcpListener as Bound;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time;

use super::answer::Answers;
use super::io::BoundedWrites;

/// How long to wait after an accept that failed, most likely because the process has no file descriptor left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// More than any scraper sends in front of a body; the bodies themselves are never kept.
const HEADER_BYTES: usize = 16 * 1024;

/// What one server bears.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Connections at once. Further ones wait unaccepted: they are served when one ends, which an idle one does soon.
    pub(super) connections: usize,
    /// From the connection or the last answer until the head of the next request is there, so the time a connection may idle as well.
    pub(super) head: Duration,
    /// From the moment at which the scraper reads more slowly than it is sent to, until the answer is out.
    pub(super) write: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connections: 64, head: Duration::from_secs(10), write: Duration::from_secs(30) }
    }
}

/// Accepts for ever.
pub(super) async fn serve(listener: Bound, answers: Answers, limits: Limits) -> io::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    let room = Arc::new(Semaphore::new(limits.connections));
    loop {
        let place = Arc::clone(&room).acquire_owned().await.map_err(io::Error::other)?;
        match listener.accept().await {
            Ok((stream, _)) => {
                let answers = answers.clone();
                tokio::spawn(async move {
                    connection(stream, answers, limits).await;
                    drop(place);
                });
            }
            Err(_) => time::sleep(ACCEPT_PAUSE).await,
        }
    }
}

async fn connection(stream: TcpStream, answers: Answers, limits: Limits) {
    let answer = service_fn(move |request| {
        let answers = answers.clone();
        async move { Ok::<_, Infallible>(answers.to(&request).await) }
    });
    let io = BoundedWrites::new(TokioIo::new(stream), limits.write);
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_buf_size(HEADER_BYTES)
        .serve_connection(io, answer)
        .await;
    // Clients that vanish, dawdle or talk nonsense are their own affair.
    if let Err(error) = served {
        tracing::debug!(%error, "a connection for scrapes ended");
    }
}
