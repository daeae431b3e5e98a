//! Events on their way to Sentry: a bounded queue, and a task on the export thread that sends.
//!
//! | module | holds |
//! |---|---|
//! | `counts` | what became of every event |
//! | `sending` | one exchange after the other, and what the answers mean |

mod counts;
mod sending;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc as blocking;
use std::time::Duration;

use opentelemetry::metrics::Meter;
use sentry_types::protocol::v7::{ClientSdkInfo, Envelope, Event};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use self::counts::{Counts, Reason};
use self::sending::{Job, Sender};
use crate::application::Application;
use crate::error::Error;
use crate::runtime::ExportRuntime;
use crate::settings::Settings;

/// Takes events and has them sent. Nothing in it waits but [`Flushed::wait`].
#[derive(Debug)]
pub(crate) struct Client {
    queue: UnboundedSender<Job>,
    counts: Arc<Counts>,
    stopped: AtomicBool,
    release: Option<String>,
    environment: Option<String>,
    sample_rate: f64,
    _runtime: Arc<ExportRuntime>,
}

/// Tells when everything that waited before is through.
pub(crate) struct Flushed(blocking::Receiver<()>);

impl Client {
    /// A client, if there is an address to send to.
    pub(crate) fn start(
        settings: &Settings,
        application: &Application,
        runtime: Arc<ExportRuntime>,
    ) -> Result<Option<Arc<Self>>, Error> {
        let settings = &settings.sentry;
        let Some(dsn) = &settings.dsn else { return Ok(None) };
        let counts = Arc::new(Counts::default());
        let sender = Sender::new(dsn, Arc::clone(&counts))
            .map_err(|reason| Error::SentryDsn { source_name: "SENTRY_DSN", reason })?;
        let (queue, jobs) = unbounded_channel();
        runtime.spawn(sender.work(jobs));
        let version = application.version.as_ref();
        Ok(Some(Arc::new(Self {
            queue,
            counts,
            stopped: AtomicBool::new(false),
            release: settings.release.clone().or(version.map(|version| format!("{}@{version}", application.name))),
            environment: settings.environment.clone().or(application.environment.clone()),
            sample_rate: settings.sample_rate.unwrap_or(1.0),
            _runtime: runtime,
        })))
    }

    /// Queues an event.
    pub(crate) fn offer(&self, mut event: Event<'static>) {
        if self.stopped.load(Ordering::Relaxed) {
            return self.counts.drop_new(Reason::ShutDown);
        }
        if !self.samples(&event) {
            return self.counts.drop_new(Reason::SampleRate);
        }
        event.release = self.release.clone().map(Into::into);
        event.environment = self.environment.clone().map(Into::into);
        event.platform = "native".into();
        event.sdk = Some(std::borrow::Cow::Owned(ClientSdkInfo {
            name: "tachograph".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            integrations: Vec::new(),
            packages: Vec::new(),
        }));
        let mut body = Vec::with_capacity(2048);
        // Memory takes every byte, and what cannot be JSON is no event.
        if Envelope::from(event).to_writer(&mut body).is_err() {
            return self.counts.drop_new(Reason::Refused);
        }
        if !self.counts.admit(body.len()) {
            return self.counts.drop_new(Reason::QueueFull);
        }
        let bytes = body.len();
        if self.queue.send(Job::Send(body)).is_err() {
            self.counts.leave(bytes, Err(Reason::ShutDown));
        }
    }

    /// The id of an event is random, so it decides.
    fn samples(&self, event: &Event<'_>) -> bool {
        let id = event.event_id.as_u128();
        #[expect(clippy::cast_precision_loss, reason = "to the last of 53 bits it is nobody's business")]
        let part = (id >> 64) as u64 as f64 / u64::MAX as f64;
        self.sample_rate >= 1.0 || part < self.sample_rate
    }

    /// Asks to be told when what waits now is through.
    pub(crate) fn flush(&self) -> Flushed {
        let (done, flushed) = blocking::sync_channel(1);
        // Where nobody works any more the sender is gone, which ends the wait.
        let _ = self.queue.send(Job::Flush(done));
        Flushed(flushed)
    }

    /// Takes no more events; what still waits is lost.
    pub(crate) fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
        self.counts.give_up();
    }

    /// Makes the instruments.
    pub(crate) fn observe(&self, meter: &Meter) {
        counts::observe(&self.counts, meter);
    }
}

impl Flushed {
    /// Whether everything is through, after waiting at most this long.
    pub(crate) fn wait(&self, timeout: Duration) -> bool {
        self.0.recv_timeout(timeout).is_ok()
    }
}
