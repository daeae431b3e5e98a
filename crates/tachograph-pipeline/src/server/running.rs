//! The server as a value: its port, its thread, its end.

use std::io;
use std::mem;
use std::net::{SocketAddr, TcpListener};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use futures_channel::oneshot;
use futures_util::future::{self, Either};
use opentelemetry::Context;
use tachograph_core::source::Scrape;
use tokio::runtime::{Builder, Runtime};

use super::answer::Answers;
use super::connections::{self, Limits};
use crate::error::Error;
use crate::settings::{Host, ServerSettings};

const THREAD_NAME: &str = "tachograph-scrape";
/// How long a pipeline that is dropped waits for the port to be free. The thread has nothing that blocks it.
const END_LIMIT: Duration = Duration::from_secs(1);

/// The running server; it ends when this is dropped, and then the port is free.
#[derive(Debug)]
pub(crate) struct PrometheusServer {
    address: SocketAddr,
    /// Dropped, it is the sign to stop.
    stop: Option<oneshot::Sender<()>>,
    /// Disconnected when the thread has let go of the port. In a lock, because a pipeline is shared by threads.
    ended: Mutex<mpsc::Receiver<()>>,
}

impl PrometheusServer {
    /// Takes the port and starts the thread.
    pub(crate) fn start(settings: &ServerSettings, scrape: Arc<dyn Scrape>) -> Result<Self, Error> {
        let listener = bind(settings)?;
        Self::serve(listener, scrape, Limits::default()).map_err(Error::Thread)
    }

    /// Serves on this listener.
    pub(super) fn serve(listener: TcpListener, scrape: Arc<dyn Scrape>, limits: Limits) -> io::Result<Self> {
        let address = listener.local_addr()?;
        listener.set_nonblocking(true)?;
        let runtime = runtime()?;
        let (stop, stopped) = oneshot::channel::<()>();
        let (ending, ended) = mpsc::sync_channel::<()>(0);
        thread::Builder::new().name(THREAD_NAME.to_owned()).spawn(move || {
            let _ending = ending;
            let _suppressed = Context::enter_telemetry_suppressed_scope();
            runtime.block_on(async {
                let serving = pin!(connections::serve(listener, Answers::new(scrape), limits));
                if let Either::Right((Err(error), _)) = future::select(stopped, serving).await {
                    tracing::warn!(%error, "the server for scrapes has ended");
                }
            });
            // Not a plain drop: that would wait for a callback that hangs.
            runtime.shutdown_background();
        })?;
        Ok(Self { address, stop: Some(stop), ended: Mutex::new(ended) })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for PrometheusServer {
    fn drop(&mut self) {
        drop(self.stop.take());
        // Disconnected as soon as the thread is through; nothing is ever sent.
        let _ = self.ended.get_mut().unwrap_or_else(PoisonError::into_inner).recv_timeout(END_LIMIT);
    }
}

fn runtime() -> io::Result<Runtime> {
    Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .thread_name(THREAD_NAME)
        // One scrapes; the other is spare, so that a scrape need not wait for the end of a thread.
        .max_blocking_threads(2)
        // The guard is thread-local and must hold as long as the thread does.
        .on_thread_start(|| mem::forget(Context::enter_telemetry_suppressed_scope()))
        .build()
}

/// The first address of the host that can be listened at.
fn bind(settings: &ServerSettings) -> Result<TcpListener, Error> {
    let (bound, address) = match &settings.host {
        Host::Address(address) => {
            let address = SocketAddr::new(*address, settings.port);
            (TcpListener::bind(address), address.to_string())
        }
        Host::Name(name) => (TcpListener::bind((name.as_str(), settings.port)), format!("{name}:{}", settings.port)),
    };
    bound.map_err(|source| Error::ServerAddress { source_name: settings.source_name, address, source })
}
