//! Connections, no more of them than there is room for, and none that takes for ever to ask or to read.

use std::{pin::pin, sync::Arc, time::Duration};

use axum::Router;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto::Builder, graceful::GracefulShutdown},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    time::{sleep, timeout},
};
use tokio_io_timeout::TimeoutStream;

/// What a client may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Connections at the same time. Further ones wait in the queue of the operating system.
    pub(super) connections: usize,
    /// Time for the head of a request, and time without a request.
    pub(super) head: Duration,
    /// Time in which some of an answer has to be taken.
    pub(super) write: Duration,
    /// Time without a word from the client, longer than any answer takes to be made. One that never says anything, not even which protocol
    /// it speaks, is hung up on by this alone; one that watches a stream answers the pings of HTTP/2.
    pub(super) silence: Duration,
    /// Time for answers that are being written, after the end.
    pub(super) grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        let ten_seconds = Duration::from_secs(10);
        Self {
            connections: 512,
            head: ten_seconds,
            write: ten_seconds,
            silence: 3 * ten_seconds,
            grace: Duration::from_secs(2),
        }
    }
}

/// Serves until told to stop.
pub(super) async fn serve(listener: TcpListener, app: Router, mut stopped: watch::Receiver<bool>, limits: Limits) {
    let room = Arc::new(Semaphore::new(limits.connections));
    let graceful = GracefulShutdown::new();
    let mut stop = pin!(async move {
        // Without a sender nobody can tell to go on.
        let _ = stopped.wait_for(|stopped| *stopped).await;
    });
    loop {
        let accepted = tokio::select! {
            biased;
            () = &mut stop => break,
            accepted = accept(&listener, &room) => accepted,
        };
        let Some((stream, place)) = accepted else { continue };
        connect(stream, place, app.clone(), limits, &graceful);
    }
    drop(listener);
    let _ = timeout(limits.grace, graceful.shutdown()).await;
}

async fn accept(listener: &TcpListener, room: &Arc<Semaphore>) -> Option<(TcpStream, OwnedSemaphorePermit)> {
    let place = Arc::clone(room).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, _)) => Some((stream, place)),
        // Of one connection, or of the process: too many open files. Trying again at once would only burn time.
        Err(_) => {
            sleep(Duration::from_millis(50)).await;
            None
        }
    }
}

fn connect(stream: TcpStream, place: OwnedSemaphorePermit, app: Router, limits: Limits, graceful: &GracefulShutdown) {
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(limits.write));
    stream.set_read_timeout(Some(limits.silence));
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(limits.head);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(Some(limits.head))
        .keep_alive_timeout(limits.head)
        .max_concurrent_streams(100);
    let io = TokioIo::new(Box::pin(stream));
    let connection = builder.serve_connection(io, TowerToHyperService::new(app)).into_owned();
    let connection = graceful.watch(connection);
    tokio::spawn(async move {
        let _place = place;
        // How a connection ends is its client's business.
        let _ = connection.await;
    });
}
