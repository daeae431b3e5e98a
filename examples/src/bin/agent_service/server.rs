//! Serving until told to stop, and then not for ever.

use std::{io, time::Duration};

use axum::Router;
use futures_util::FutureExt as _;
use tokio::net::TcpListener;

/// What requests under way get after the stop.
const GRACE: Duration = Duration::from_secs(5);

/// Serves `app` until `stop` is ready and the requests under way are answered, at most [`GRACE`] later.
pub(crate) async fn serve(
    listener: TcpListener,
    app: Router,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let stop = stop.shared();
    let overdue = {
        let stop = stop.clone();
        async {
            stop.await;
            tokio::time::sleep(GRACE).await;
        }
    };
    tokio::select! {
        served = axum::serve(listener, app).with_graceful_shutdown(stop) => served,
        () = overdue => Ok(()),
    }
}

/// Ready when the process is asked to end: Ctrl-C, or SIGTERM where there is one.
pub(crate) async fn asked_to_end() {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            // Without a handler the default action of the signal ends the process.
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = interrupt => {}
        () = terminate() => {}
    }
}

#[cfg(unix)]
async fn terminate() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => drop(terminate.recv().await),
        Err(_) => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn terminate() {
    std::future::pending().await
}
