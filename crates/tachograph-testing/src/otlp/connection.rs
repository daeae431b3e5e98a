//! One connection, from its handshake to its end.

use std::{
    convert::Infallible,
    future,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

use http::Request;
use hyper::{
    body::Incoming,
    server::conn::{http1, http2},
    service::service_fn,
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::{net::TcpStream, task::AbortHandle};
use tokio_rustls::TlsAcceptor;

use super::{grpc, http as otlp_http, state::State, wire::Wire};

/// Which protocol a port speaks.
#[derive(Clone, Copy, Debug)]
pub(super) enum Speaks {
    Grpc,
    Http,
}

/// Ends a connection in the middle.
#[derive(Clone, Debug, Default)]
pub(super) struct Reset {
    asked_for: Arc<AtomicBool>,
    task: Arc<OnceLock<AbortHandle>>,
}

impl Reset {
    /// Names the task that owns the connection.
    pub(super) fn ends(&self, task: AbortHandle) {
        let _ = self.task.set(task);
    }

    pub(super) fn now(&self) {
        self.asked_for.store(true, Ordering::SeqCst);
        if let Some(task) = self.task.get() {
            task.abort();
        }
    }

    /// Resets the connection, with whoever waits for it.
    pub(super) async fn wait<T>(&self) -> T {
        self.now();
        future::pending().await
    }

    pub(super) fn is_asked_for(&self) -> bool {
        self.asked_for.load(Ordering::SeqCst)
    }
}

/// Serves requests until either side ends the connection.
pub(super) async fn serve(
    stream: TcpStream,
    speaks: Speaks,
    tls: Option<TlsAcceptor>,
    state: Arc<State>,
    reset: Reset,
) {
    state.count(|counts| counts.connections += 1);
    if state.resets() {
        state.count(|counts| counts.reset_connections += 1);
        reset.now();
        return drop(Wire::plain(stream, reset));
    }
    let wire = match tls {
        None => Wire::plain(stream, reset.clone()),
        Some(acceptor) => match acceptor.accept(stream).await {
            Ok(stream) => Wire::tls(stream, reset.clone()),
            Err(_) => return state.count(|counts| counts.failed_handshakes += 1),
        },
    };
    let service = service_fn(move |request: Request<Incoming>| {
        let (state, reset) = (Arc::clone(&state), reset.clone());
        async move {
            Ok::<_, Infallible>(match speaks {
                Speaks::Grpc => grpc::answer(&state, request, &reset).await,
                Speaks::Http => otlp_http::answer(&state, request, &reset).await,
            })
        }
    });
    // How a connection ends is the client's affair.
    let io = TokioIo::new(wire);
    match speaks {
        Speaks::Grpc => drop(http2::Builder::new(TokioExecutor::new()).serve_connection(io, service).await),
        Speaks::Http => drop(http1::Builder::new().serve_connection(io, service).await),
    }
}
