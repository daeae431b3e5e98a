//! From an event to a line on the queue.

use std::fmt;
use std::io;
use std::sync::Arc;

use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::filter::{FilterExt as _, filter_fn};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FormatFields, MakeWriter};
use tracing_subscriber::layer::{Filter, Layer};
use tracing_subscriber::registry::LookupSpan;

use super::counts::FileSet;
use super::outage;
use super::queue::Queue;
use super::settings::LogFile;
use crate::logs::JsonFormat;
use crate::logs::events::{PERFORMANCE, SECURITY};

pub(super) fn files_layer<S, F>(
    queue: Arc<Queue>,
    filter: F,
    redacted_keys: &[String],
) -> impl Layer<S> + Send + Sync + use<S, F>
where
    S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
    F: Filter<S> + Send + Sync + 'static,
{
    tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .fmt_fields(NoFields)
        .event_format(JsonFormat::new().with_redacted_keys(redacted_keys))
        .with_writer(ToQueue(queue))
        .with_filter(filter.and(filter_fn(|metadata| metadata.target() != outage::TARGET)))
}

/// What is kept of the fields of spans, for lines that do not repeat them.
struct NoFields;

impl<'writer> FormatFields<'writer> for NoFields {
    fn format_fields<R: RecordFields>(&self, _writer: Writer<'writer>, _fields: R) -> fmt::Result {
        Ok(())
    }
}

/// The files that an event goes to.
fn route(metadata: &Metadata<'_>) -> FileSet {
    let mut files = FileSet::default().with(LogFile::Application);
    if *metadata.level() == Level::ERROR {
        files = files.with(LogFile::Errors);
    }
    match metadata.target() {
        PERFORMANCE => files.with(LogFile::Performance),
        SECURITY => files.with(LogFile::Security),
        _ => files,
    }
}

struct ToQueue(Arc<Queue>);

/// Takes one line in one piece, as the `fmt` layer writes it.
struct LineWriter<'a> {
    queue: &'a Queue,
    files: FileSet,
}

impl<'a> MakeWriter<'a> for ToQueue {
    type Writer = LineWriter<'a>;

    fn make_writer(&'a self) -> LineWriter<'a> {
        LineWriter { queue: &self.0, files: FileSet::default().with(LogFile::Application) }
    }

    fn make_writer_for(&'a self, metadata: &Metadata<'_>) -> LineWriter<'a> {
        LineWriter { queue: &self.0, files: route(metadata) }
    }
}

impl io::Write for LineWriter<'_> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.queue.offer(self.files, line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
