//! Recent traces: the latest, the slowest and the failed ones, in bounded memory.
//!
//! ```text
//!  ObserveSpans ──> SpanRecord (what may be shown) ──> Trace ──> latest, slowest, failed
//! ```

mod category;
mod handlers;
mod lists;
mod record;
mod shown;
mod store;
mod trace;
mod view;

use std::{
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use tachograph_core::source::{EndedSpan, ObserveSpans};

pub(crate) use self::handlers::{one as one_answer, recent as recent_answer};
pub use self::{
    lists::TraceKind,
    view::{EventView, SpanView, TraceLinks, TraceSummary, TraceView},
};
use self::{
    record::SpanRecord,
    store::{Limits, Store},
};

/// Keeps recent traces. As an [`ObserveSpans`] it is shown the spans of the process; clones are the same.
///
/// A trace is listed from the end of its first span without a parent in this process; spans that end later are added to it. Of each
/// trace the first 500 spans to end are kept and the others counted, and the span that a trace begins with is always kept.
///
/// Content of messages, prompts and arguments is left out even where it is recorded, unless [`set_content`](Self::set_content) lets it
/// in; values of keys that look like a secret's are left out always; long values are cut.
#[derive(Clone)]
pub struct Traces {
    inner: Arc<Inner>,
}

struct Inner {
    store: Mutex<Store>,
    content: AtomicBool,
}

impl Traces {
    /// Up to 100 of the latest, the 50 slowest of the last hour and 100 of the failed traces, in 16 MB of memory at most.
    #[must_use]
    pub fn new() -> Self {
        Self { inner: Arc::new(Inner { store: Mutex::new(Store::new(Limits::default())), content: false.into() }) }
    }

    /// Keeps traces in at most this many bytes, counted by their texts and records. At least 64 kB.
    pub fn set_memory_limit(&self, bytes: usize) {
        self.store().set_memory_limit(bytes.max(64 * 1024));
    }

    /// Whether prompts, answers, arguments and what may quote them are kept from now on, as far as they are recorded at all. The default
    /// is no: what may go to a backend need not be open to everybody who reaches the monitoring endpoints.
    pub fn set_content(&self, on: bool) {
        self.inner.content.store(on, Ordering::Relaxed);
    }

    /// The traces of a kind, at most `limit`: the latest and the failed with the newest first, the slowest with the slowest first.
    #[must_use]
    pub fn recent(&self, kind: TraceKind, limit: usize) -> Vec<TraceSummary> {
        self.store().recent(kind, limit)
    }

    /// One trace by its 32 hexadecimal digits; `None` when it is not kept.
    #[must_use]
    pub fn trace(&self, id: &str) -> Option<TraceView> {
        let id = handlers::trace_id(id)?;
        self.store().trace(id)
    }

    /// How many traces there were so far, and how many of them are kept.
    #[must_use]
    pub fn seen_and_kept(&self) -> (u64, usize) {
        let store = self.store();
        (store.seen(), store.kept())
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        self.inner.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Traces {
    fn default() -> Self {
        Self::new()
    }
}

impl ObserveSpans for Traces {
    fn spans_ended(&self, spans: &mut dyn Iterator<Item = EndedSpan<'_>>) {
        // Made before the lock is taken: whoever looks at the page waits for nothing but the sorting.
        let content = self.inner.content.load(Ordering::Relaxed);
        let records: Vec<_> = spans.map(|span| (span.context.trace_id(), SpanRecord::new(&span, content))).collect();
        self.store().add(records);
    }
}

impl fmt::Debug for Traces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seen, kept) = self.seen_and_kept();
        f.debug_struct("Traces").field("seen", &seen).field("kept", &kept).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
