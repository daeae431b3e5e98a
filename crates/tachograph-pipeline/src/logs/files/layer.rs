//! From an event to a line on the queue.

use std::fmt;
use std::io;
use std::sync::Arc;

use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::filter::{FilterExt as _, filter_fn};
use tracing_subscriber::fmt::format::{DefaultFields, Writer};
use tracing_subscriber::fmt::{FormatEvent, FormatFields, MakeWriter};
use tracing_subscriber::layer::{Filter, Layer};
use tracing_subscriber::registry::LookupSpan;

use super::counts::FileSet;
use super::outage;
use super::queue::Queue;
use super::settings::LogFile;
use crate::logs::ContextFields;

const PERFORMANCE: &str = "tachograph::performance";
const SECURITY: &str = "tachograph::security";

pub(super) fn files_layer<S, F>(queue: Arc<Queue>, filter: F) -> impl Layer<S> + Send + Sync + 'static
where
    S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
    F: Filter<S> + Send + Sync + 'static,
{
    tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .fmt_fields(FileFields::default())
        .event_format(file_format::<S>())
        .with_writer(ToQueue(queue))
        .with_filter(filter.and(filter_fn(|metadata| metadata.target() != outage::TARGET)))
}

/// How lines in files look.
fn file_format<S>() -> impl FormatEvent<S, FileFields> + Send + Sync + 'static
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    ContextFields::new(tracing_subscriber::fmt::format().with_ansi(false))
}

/// The fields of spans as files have them. A type of its own, because layers share what they formatted by its type, and a console's
/// has the colours of a terminal in it.
#[derive(Debug, Default)]
struct FileFields(DefaultFields);

impl<'writer> FormatFields<'writer> for FileFields {
    fn format_fields<R: RecordFields>(&self, writer: Writer<'writer>, fields: R) -> fmt::Result {
        self.0.format_fields(writer, fields)
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
