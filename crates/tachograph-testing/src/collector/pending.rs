//! The traces that a collector holds: running ones, and whole ones that nobody has taken.

use std::collections::VecDeque;

use opentelemetry::TraceId;
use opentelemetry_sdk::trace::SpanData;

#[derive(Debug)]
pub(super) struct Pending {
    max_traces: usize,
    max_spans: usize,
    /// Oldest first. A few hundred at most, looked up from the young end.
    running: VecDeque<Running>,
    whole: VecDeque<(TraceId, Vec<SpanData>)>,
    dropped: u64,
}

#[derive(Debug)]
struct Running {
    trace: TraceId,
    roots: usize,
    spans: Vec<SpanData>,
}

impl Pending {
    pub(super) fn new(max_traces: usize, max_spans: usize) -> Self {
        Self { max_traces, max_spans, running: VecDeque::new(), whole: VecDeque::new(), dropped: 0 }
    }

    pub(super) fn root_started(&mut self, trace: TraceId) {
        if let Some(at) = self.position(trace) {
            self.running[at].roots += 1;
            return;
        }
        if self.running.len() >= self.max_traces
            && let Some(oldest) = self.running.pop_front()
        {
            self.dropped += oldest.spans.len() as u64;
        }
        self.running.push_back(Running { trace, roots: 1, spans: Vec::new() });
    }

    /// Takes a span in. When it makes a trace whole the trace is kept to be taken, or given back where it is not to be kept.
    pub(super) fn ended(&mut self, span: SpanData, keep: bool) -> Option<Vec<SpanData>> {
        let trace = span.span_context.trace_id();
        let Some(at) = self.position(trace) else {
            self.dropped += 1;
            return None;
        };
        let running = &mut self.running[at];
        if span.parent_span_is_remote || span.parent_span_id == opentelemetry::SpanId::INVALID {
            running.roots -= 1;
        }
        // The last of the roots is always kept: a tree without it falls apart.
        if running.spans.len() < self.max_spans || running.roots == 0 {
            running.spans.push(span);
        } else {
            self.dropped += 1;
        }
        if running.roots > 0 {
            return None;
        }
        let spans = self.running.remove(at).map(|whole| whole.spans)?;
        if !keep {
            return Some(spans);
        }
        if self.whole.len() >= self.max_traces
            && let Some((_, oldest)) = self.whole.pop_front()
        {
            self.dropped += oldest.len() as u64;
        }
        self.whole.push_back((trace, spans));
        None
    }

    pub(super) fn take(&mut self, trace: TraceId) -> Option<Vec<SpanData>> {
        let at = self.whole.iter().position(|(id, _)| *id == trace)?;
        self.whole.remove(at).map(|(_, spans)| spans)
    }

    pub(super) fn take_next(&mut self) -> Option<Vec<SpanData>> {
        self.whole.pop_front().map(|(_, spans)| spans)
    }

    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }

    fn position(&self, trace: TraceId) -> Option<usize> {
        self.running.iter().rposition(|running| running.trace == trace)
    }
}
