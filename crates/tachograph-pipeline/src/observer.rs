//! Who is shown the spans that have ended, beside the exporter.
//!
//! The threads of the application do nothing for it that they would not do for an export. With an exporter the worker of its queue
//! shows the spans, whether exports keep up or not. Without one there is no queue until the first observer comes.

pub(crate) mod queue;

use std::fmt;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use opentelemetry_sdk::trace::SpanData;
use tachograph_core::source::{EndedSpan, ObserveSpans};

use self::queue::LateQueue;
use crate::queue::Queue;
use crate::runtime::panic_message;

/// The place of the one observer.
#[derive(Default)]
pub(crate) struct Observer(Mutex<Option<Arc<dyn ObserveSpans>>>);

impl Observer {
    fn set(&self, observer: Option<Arc<dyn ObserveSpans>>) {
        // What was there may have work to do at its end, and that is not done under the lock.
        let _before = std::mem::replace(&mut *self.place(), observer);
    }

    /// Shows spans to the observer, if there is one. One that panics is not called again.
    pub(crate) fn show(&self, spans: &mut dyn Iterator<Item = &SpanData>) {
        let Some(observer) = self.place().clone() else { return };
        let shown = catch_unwind(AssertUnwindSafe(|| observer.spans_ended(&mut spans.map(view))));
        if let Err(panic) = shown {
            let removed = self.place().take_if(|it| Arc::ptr_eq(it, &observer));
            let message = panic_message(panic.as_ref());
            tracing::warn!(%message, "the observer of spans panicked; it is not called again");
            drop(removed);
        }
    }

    pub(crate) fn is_set(&self) -> bool {
        self.place().is_some()
    }

    fn place(&self) -> MutexGuard<'_, Option<Arc<dyn ObserveSpans>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Observer").field(&self.is_set()).finish()
    }
}

fn view(span: &SpanData) -> EndedSpan<'_> {
    EndedSpan {
        context: &span.span_context,
        parent: span.parent_span_id,
        parent_is_remote: span.parent_span_is_remote,
        kind: span.span_kind.clone(),
        name: &span.name,
        start: span.start_time,
        end: span.end_time,
        attributes: &span.attributes,
        events: &span.events,
        status: &span.status,
    }
}

/// How an observer gets its spans.
#[derive(Debug)]
pub(crate) struct Observation {
    observer: Arc<Observer>,
    queue: SpanQueue,
}

/// Where sampled spans go when they have ended.
#[derive(Debug, Clone)]
pub(crate) enum SpanQueue {
    /// To an exporter, and on the way there to an observer.
    Export(Arc<Queue<SpanData>>),
    /// To an observer, if there ever is one.
    Observe(Arc<LateQueue>),
}

impl Observation {
    pub(crate) fn new(observer: Arc<Observer>, queue: SpanQueue) -> Self {
        Self { observer, queue }
    }

    /// Shows spans to this observer from now on, and to no other.
    pub(crate) fn observe(&self, observer: Arc<dyn ObserveSpans>) -> io::Result<()> {
        if let SpanQueue::Observe(queue) = &self.queue {
            queue.start()?;
        }
        self.observer.set(Some(observer));
        if let SpanQueue::Export(queue) = &self.queue {
            queue.watch();
        }
        Ok(())
    }
}
