//! A port of its own, on a thread of its own: it answers while the application's runtime is busy, and ends when told.

mod connections;

use std::{
    fmt, io,
    net::{SocketAddr, TcpListener, ToSocketAddrs},
    sync::{Arc, Condvar, Mutex, PoisonError},
    thread,
    time::Duration,
};

use axum::Router;
use tokio::{runtime::Builder, sync::watch};

use self::connections::Limits;

/// Monitoring endpoints on a port of their own, from [`Monitoring::serve`](crate::Monitoring::serve). Dropped, it ends.
#[must_use = "dropped, it ends"]
pub struct MonitoringServer {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    ended: Arc<Ended>,
}

/// Tells that the thread is through.
#[derive(Default)]
struct Ended {
    yes: Mutex<bool>,
    changed: Condvar,
}

impl MonitoringServer {
    pub(crate) fn start(address: impl ToSocketAddrs, app: Router) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let (stop, stopped) = watch::channel(false);
        let ended = Arc::new(Ended::default());
        let thread_ended = EndedOnDrop(Arc::clone(&ended));
        thread::Builder::new().name("tachograph-monitoring".to_owned()).spawn(move || {
            let _ended = thread_ended;
            let served = async {
                let listener = tokio::net::TcpListener::from_std(listener)?;
                connections::serve(listener, app, stopped, Limits::default()).await;
                io::Result::Ok(())
            };
            // The listener is registered with this very runtime, and nothing else can fail.
            let _ = runtime.block_on(served);
            // A scrape that hangs in a callback of the application must not keep the thread.
            runtime.shutdown_background();
        })?;
        Ok(Self { address, stop, ended })
    }

    /// Where it listens, its port included where a free one was asked for.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes no more connections, lets answers that are being written end within two seconds, and returns when that is done, or
    /// after `deadline`.
    pub async fn shutdown(self, deadline: Duration) {
        self.stop.send_replace(true);
        let ended = Arc::clone(&self.ended);
        let waited = tokio::task::spawn_blocking(move || ended.wait(deadline));
        // A runtime that goes down need not wait.
        let _ = waited.await;
    }

    /// The same for code that is not async. Blocks the calling thread for at most `deadline`.
    pub fn shutdown_blocking(self, deadline: Duration) {
        self.stop.send_replace(true);
        self.ended.wait(deadline);
    }
}

impl Drop for MonitoringServer {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

impl Ended {
    fn wait(&self, deadline: Duration) {
        let yes = self.yes.lock().unwrap_or_else(PoisonError::into_inner);
        let _waited = self.changed.wait_timeout_while(yes, deadline, |yes| !*yes);
    }
}

struct EndedOnDrop(Arc<Ended>);

impl Drop for EndedOnDrop {
    fn drop(&mut self) {
        *self.0.yes.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.0.changed.notify_all();
    }
}

impl fmt::Debug for MonitoringServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MonitoringServer").field("address", &self.address).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
