//! What a format prints, for tests.

use std::io;
use std::sync::{Arc, Mutex};

use tracing::Dispatch;
use tracing_subscriber::Registry;
use tracing_subscriber::fmt::format::DefaultFields;
use tracing_subscriber::fmt::{FormatEvent, FormatFields};
use tracing_subscriber::layer::SubscriberExt as _;

/// A sink that keeps each write apart.
#[derive(Clone, Default)]
pub(super) struct Writes(Arc<Mutex<Vec<Vec<u8>>>>);

impl Writes {
    pub(super) fn all(&self) -> Vec<String> {
        self.0.lock().unwrap().iter().map(|write| String::from_utf8(write.clone()).unwrap()).collect()
    }
}

impl io::Write for Writes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().push(bytes.to_vec());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A subscriber that prints into what comes with it.
pub(super) fn subscriber<F, N>(format: F, fields: N, ansi: bool) -> (Dispatch, Writes)
where
    F: FormatEvent<Registry, N> + Send + Sync + 'static,
    N: for<'a> FormatFields<'a> + Send + Sync + 'static,
{
    let writes = Writes::default();
    let writer = writes.clone();
    let layer = tracing_subscriber::fmt::layer()
        .with_ansi(ansi)
        .fmt_fields(fields)
        .event_format(format)
        .with_writer(move || writer.clone());
    (Dispatch::new(tracing_subscriber::registry().with(layer)), writes)
}

/// What is printed of the events of `body`, without colours.
pub(super) fn printed<F>(format: F, body: impl FnOnce()) -> String
where
    F: FormatEvent<Registry, DefaultFields> + Send + Sync + 'static,
{
    let (dispatch, writes) = subscriber(format, DefaultFields::new(), false);
    tracing::dispatcher::with_default(&dispatch, body);
    writes.all().concat()
}
