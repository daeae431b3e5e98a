//! How a program ends, and what it says when it fails.

use std::{error::Error, io, time::Duration};

use futures_util::{FutureExt as _, future::Shared};

/// What work under way gets after the stop.
const GRACE: Duration = Duration::from_secs(5);

/// Ready when the process is asked to end: Ctrl-C, or SIGTERM. From this call on neither ends the process by itself.
///
/// # Errors
///
/// When the system takes no handler for these signals.
#[cfg(unix)]
pub fn asked_to_end() -> io::Result<impl Future<Output = ()> + Send + 'static> {
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
///
/// # Errors
///
/// When the system takes no handler for Ctrl-C.
#[cfg(windows)]
pub fn asked_to_end() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    Ok(async move { drop(interrupt.recv().await) })
}

/// Runs a server that stops gracefully: it gets the `stop` to await, and at most five seconds more, after which it is dropped with
/// what is still under way.
///
/// # Errors
///
/// Those of the server.
pub async fn serve_until<F, S, E>(stop: F, serve: impl FnOnce(Shared<F>) -> S) -> Result<(), E>
where
    F: Future<Output = ()> + Send + 'static,
    S: IntoFuture<Output = Result<(), E>>,
{
    let stop = stop.shared();
    let overdue = async {
        stop.clone().await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        served = serve(stop.clone()).into_future() => served,
        () = overdue => Ok(()),
    }
}

/// The error and what caused it, without the causes that an error repeats by itself.
pub fn with_sources(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    for cause in std::iter::successors(error.source(), |error| (*error).source()).map(ToString::to_string) {
        if !text.contains(&cause) {
            text.push_str(": ");
            text.push_str(&cause);
        }
    }
    text
}
