//! Whole traces, collected in a program.

mod pending;

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use opentelemetry::{
    Context, TraceId,
    trace::{Span as _, TraceContextExt as _},
};
use opentelemetry_sdk::{
    error::OTelSdkResult,
    trace::{Span, SpanData, SpanProcessor},
};

use self::pending::Pending;

type Callback = dyn Fn(&[SpanData]) + Send + Sync;

/// A span processor that gathers the spans of each trace and gives them as a whole once its local root has ended.
///
/// A local root is a span without a parent, or with one in another process. Where several local roots of one trace run at
/// the same time, the trace is whole when the last of them ends. Spans that end after that (of tasks that were left
/// running) are counted as dropped.
///
/// It is bounded: traces beyond the limit push the oldest out, spans beyond the limit of a trace are dropped, and
/// [`dropped_spans`](Self::dropped_spans) counts both. Clones share their traces: give one to the tracer provider and keep the other.
///
/// ```
/// use opentelemetry::trace::{Tracer as _, TracerProvider as _};
/// use opentelemetry_sdk::trace::SdkTracerProvider;
/// use tachograph_testing::{TraceCollector, tree};
///
/// let collector = TraceCollector::new();
/// let provider = SdkTracerProvider::builder().with_span_processor(collector.clone()).build();
/// let tracer = provider.tracer("example");
/// tracer.in_span("request", |_| tracer.in_span("work", |_| ()));
///
/// let trace = collector.take_next().unwrap_or_default();
/// assert_eq!(tree::render(&trace, tree::DEFAULT_ATTRIBUTES), "request\n  work\n");
/// ```
#[derive(Clone)]
pub struct TraceCollector {
    pending: Arc<Mutex<Pending>>,
    callback: Option<Arc<Callback>>,
}

impl TraceCollector {
    /// A collector with the defaults of [`builder`](Self::builder).
    #[must_use]
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// Starts from 256 traces of at most 1,024 spans each, and no callback.
    pub fn builder() -> TraceCollectorBuilder {
        TraceCollectorBuilder { max_traces: 256, max_spans: 1024, callback: None }
    }

    /// Takes the spans of a trace that is whole, in the order in which they ended; `None` for one that is unknown, still
    /// running, taken, or was pushed out. With a callback there is never anything to take.
    #[must_use]
    pub fn take(&self, trace: TraceId) -> Option<Vec<SpanData>> {
        self.pending().take(trace)
    }

    /// Takes the oldest trace that is whole.
    #[must_use]
    pub fn take_next(&self) -> Option<Vec<SpanData>> {
        self.pending().take_next()
    }

    /// How many spans were dropped, because they came too late or were too many.
    #[must_use]
    pub fn dropped_spans(&self) -> u64 {
        self.pending().dropped()
    }

    fn pending(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for TraceCollector {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for TraceCollector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TraceCollector").finish_non_exhaustive()
    }
}

impl SpanProcessor for TraceCollector {
    fn on_start(&self, span: &mut Span, parent: &Context) {
        let parent = parent.span();
        let parent = parent.span_context();
        if !parent.is_valid() || parent.is_remote() {
            self.pending().root_started(span.span_context().trace_id());
        }
    }

    fn on_end(&self, span: SpanData) {
        let whole = self.pending().ended(span, self.callback.is_none());
        // Outside of the lock: the callback may start spans of its own.
        if let (Some(trace), Some(callback)) = (whole, &self.callback) {
            callback(&trace);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        Ok(())
    }
}

/// Builds a [`TraceCollector`].
#[must_use]
pub struct TraceCollectorBuilder {
    max_traces: usize,
    max_spans: usize,
    callback: Option<Arc<Callback>>,
}

impl TraceCollectorBuilder {
    /// How many traces are kept, running ones and whole ones each. The default is 256, the least 1.
    pub fn with_max_traces(mut self, traces: usize) -> Self {
        self.max_traces = traces.max(1);
        self
    }

    /// How many spans of a trace are kept. The default is 1,024, the least 1.
    pub fn with_max_spans_per_trace(mut self, spans: usize) -> Self {
        self.max_spans = spans.max(1);
        self
    }

    /// Gets every trace that is whole, on the thread that ended its local root, which waits meanwhile: keep it short. The
    /// trace is not kept then.
    pub fn with_callback(mut self, callback: impl Fn(&[SpanData]) + Send + Sync + 'static) -> Self {
        self.callback = Some(Arc::new(callback));
        self
    }

    /// The collector.
    #[must_use]
    pub fn build(self) -> TraceCollector {
        TraceCollector {
            pending: Arc::new(Mutex::new(Pending::new(self.max_traces, self.max_spans))),
            callback: self.callback,
        }
    }
}

impl fmt::Debug for TraceCollectorBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TraceCollectorBuilder")
            .field("max_traces", &self.max_traces)
            .field("max_spans", &self.max_spans)
            .field("callback", &self.callback.is_some())
            .finish()
    }
}
