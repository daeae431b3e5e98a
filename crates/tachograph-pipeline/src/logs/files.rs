//! Log files with rotation by size: events as JSON lines, through a bounded queue, to one thread that writes.
//!
//! ```text
//!  event ─> FilesLayer ─> Queue (bounded in bytes) ─> thread tachograph-log ─┬─> application.log   every line
//!            format, route    full: dropped, counted     batches to 64 KB    ├─> errors.log        level ERROR
//!                                                                            ├─> performance.log   target tachograph::performance
//!                                                                            └─> security.log      target tachograph::security
//! ```
//!
//! | module | holds |
//! |---|---|
//! | [`settings`] | which files there are, and when they rotate |
//! | [`layer`] | from an event to a line on the queue |
//! | [`queue`] | the lines that wait |
//! | [`writer`] | from the queue into the files; back-off while that fails |
//! | [`rotating`] | one file and its backups |
//! | [`outage`] | the two lines about files that cannot be written |
//! | [`counts`] | what became of every line |
//!
//! Nobody who logs waits for a disk. For each file `offered = written + dropped` once the queue is empty.

mod counts;
mod layer;
mod outage;
mod queue;
mod rotating;
mod settings;
mod writer;

use std::io;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use opentelemetry::Context;
use tracing::Subscriber;
use tracing_subscriber::layer::{Filter, Layer};
use tracing_subscriber::registry::LookupSpan;

pub use self::counts::LogFilesHealth;
pub(crate) use self::counts::{Counts, DropReason};
use self::queue::{Chunk, Queue};
pub(crate) use self::settings::{FilesSettings, queue_limit};
pub use self::settings::{LogFile, LogFiles};
use self::writer::Writer;
use crate::error::Error;

/// The handle of the thread that writes. The thread ends, the queue written, when the handle is stopped or dropped.
#[derive(Debug)]
pub(crate) struct FileLog {
    queue: Arc<Queue>,
    counts: Arc<Counts>,
}

impl FileLog {
    /// Makes the directory and its files, and starts the thread.
    pub(crate) fn start(settings: &FilesSettings) -> Result<Self, Error> {
        let counts = Arc::new(Counts::default());
        let writer = Writer::open(settings, Arc::clone(&counts)).map_err(|source| Error::LogDirectory {
            source_name: settings.source_name,
            path: settings.directory.display().to_string(),
            source,
        })?;
        let queue = Arc::new(Queue::new(settings.queue_limit, Arc::clone(&counts)));
        start_thread(Arc::clone(&queue), writer).map_err(Error::Thread)?;
        Ok(Self { queue, counts })
    }

    /// Takes the events that `filter` lets through to the files, without the values of fields with these names.
    pub(crate) fn layer<S, F>(&self, filter: F, redacted_keys: &[String]) -> impl Layer<S> + Send + Sync + use<S, F>
    where
        S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
        F: Filter<S> + Send + Sync + 'static,
    {
        layer::files_layer(Arc::clone(&self.queue), filter, redacted_keys)
    }

    pub(crate) fn counts(&self) -> &Arc<Counts> {
        &self.counts
    }

    /// Waits until what is queued now is written or given up. `false`: it takes longer than `within`.
    pub(crate) fn flush(&self, within: Duration) -> bool {
        self.queue.flush(within)
    }

    /// Takes no more lines, and waits until those that are queued are written or given up, and the files closed. `false`: it takes
    /// longer than `within`, and goes on.
    pub(crate) fn stop(&self, within: Duration) -> bool {
        self.queue.stop(within)
    }
}

impl Drop for FileLog {
    fn drop(&mut self) {
        self.stop(Duration::ZERO);
    }
}

fn start_thread(queue: Arc<Queue>, mut writer: Writer) -> io::Result<()> {
    thread::Builder::new().name("tachograph-log".to_owned()).spawn(move || {
        let _suppressed = Context::enter_telemetry_suppressed_scope();
        let over = Over(queue);
        let mut chunk = Chunk::default();
        while let Some(next) = over.0.next(chunk) {
            writer.write(&next, Instant::now());
            chunk = next;
        }
        drop(writer);
    })?;
    Ok(())
}

/// Says that nobody writes any more, however the thread ends.
struct Over(Arc<Queue>);

impl Drop for Over {
    fn drop(&mut self) {
        self.0.over();
    }
}

#[cfg(test)]
mod tests;
