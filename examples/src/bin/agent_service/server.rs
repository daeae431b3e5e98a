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

/// Ready when the process is asked to end: Ctrl-C, or SIGTERM. From this call on neither ends the process by itself.
#[cfg(unix)]
pub(crate) fn asked_to_end() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Ready when the process is asked to end: Ctrl-C. From this call on it does not end the process by itself.
#[cfg(windows)]
pub(crate) fn asked_to_end() -> io::Result<impl Future<Output = ()>> {
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    Ok(async move { drop(interrupt.recv().await) })
}
