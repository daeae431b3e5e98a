use std::time::SystemTime;

use opentelemetry::trace::{SpanContext, SpanId, SpanKind, Status};
use opentelemetry_sdk::trace::{SpanEvents, SpanLinks};
use tachograph_core::source::{EndedSpan, ObserveSpans};

use super::*;

/// Far more than anything here needs.
const LONG: Duration = Duration::from_secs(30);

/// Tells the size of each batch that it is shown.
struct Sizes(Sender<usize>);

impl ObserveSpans for Sizes {
    fn spans_ended(&self, spans: &mut dyn Iterator<Item = EndedSpan<'_>>) {
        let _ = self.0.send(spans.count());
    }
}

/// A queue that time does not empty, with its observer.
fn queue(queue: usize, batch: usize) -> (LateQueue, Receiver<usize>) {
    let (shown, sizes) = mpsc::channel();
    let observer = Arc::new(Observer::default());
    observer.set(Some(Arc::new(Sizes(shown))));
    (LateQueue::new(observer, Batching { queue, batch, delay: Duration::from_secs(3600) }), sizes)
}

fn span() -> SpanData {
    SpanData {
        span_context: SpanContext::NONE,
        parent_span_id: SpanId::INVALID,
        parent_span_is_remote: false,
        span_kind: SpanKind::Internal,
        name: "span".into(),
        start_time: SystemTime::UNIX_EPOCH,
        end_time: SystemTime::UNIX_EPOCH,
        attributes: Vec::new(),
        dropped_attributes_count: 0,
        events: SpanEvents::default(),
        links: SpanLinks::default(),
        status: Status::Unset,
        instrumentation_scope: opentelemetry::InstrumentationScope::default(),
    }
}

fn push(queue: &LateQueue, count: usize) {
    (0..count).for_each(|_| queue.push(span()));
}

#[test]
fn a_full_batch_is_shown_without_waiting_each_time_anew() {
    let (queue, sizes) = queue(100, 10);
    queue.start().unwrap();
    for _ in 0..3 {
        push(&queue, 10);
        let mut shown = 0;
        while shown < 10 {
            shown += sizes.recv_timeout(LONG).unwrap();
        }
        assert_eq!(shown, 10);
    }
    push(&queue, 9);
    assert_eq!(sizes.try_recv(), Err(mpsc::TryRecvError::Empty), "nine wait for a tenth, or for time to pass");
    queue.shut_down(LONG).unwrap();
    assert_eq!(sizes.recv_timeout(LONG), Ok(9));
}

#[test]
fn nothing_is_kept_before_the_start_and_nothing_starts_after_the_end() {
    let (late, sizes) = queue(100, 10);
    push(&late, 50);
    assert!(late.started.get().is_none());
    late.flush().unwrap();
    late.start().unwrap();
    late.flush().unwrap();
    assert_eq!(sizes.try_recv(), Err(mpsc::TryRecvError::Empty));

    let (ended, _sizes) = queue(100, 10);
    ended.shut_down(LONG).unwrap();
    ended.start().unwrap();
    assert!(ended.started.get().is_none());
}

#[test]
fn a_second_start_keeps_what_is_queued() {
    let (queue, sizes) = queue(100, 10);
    queue.start().unwrap();
    push(&queue, 3);
    queue.start().unwrap();
    queue.flush().unwrap();
    assert_eq!(sizes.try_recv(), Ok(3));
}

#[test]
fn a_queue_that_is_dropped_shows_what_is_left() {
    let (queue, sizes) = queue(100, 10);
    queue.start().unwrap();
    push(&queue, 3);
    drop(queue);
    assert_eq!(sizes.recv_timeout(LONG), Ok(3));
    // Then its thread has ended, and the observer is let go.
    assert_eq!(sizes.recv_timeout(LONG), Err(RecvTimeoutError::Disconnected));
}
