//! Spans at a rate.

use std::{
    thread,
    time::{Duration, Instant},
};

use opentelemetry::{
    KeyValue,
    trace::{SpanKind, TraceContextExt as _, Tracer as _},
};
use rustix::time::{ClockId, clock_gettime};

use super::{Exports, receiver::Receiver};

/// How long each rate is offered.
const OFFER: Duration = Duration::from_secs(2);
/// Made one after the other, without a pause.
const BURST: u32 = 50;

pub(crate) struct Measured {
    pub(crate) offered: u64,
    pub(crate) received: u64,
    /// Processor time of this process, from the first span to the end of the last export.
    pub(crate) cpu: Duration,
}

pub(crate) fn measure(rate: u32, receiver: &Receiver, exports: Box<dyn Exports>) -> Measured {
    let tracer = exports.tracer();
    let parent = tracer.build(tracer.span_builder("parent").with_kind(SpanKind::Internal));
    let parent = opentelemetry::Context::new().with_span(parent);
    let (pause, start, before) = (Duration::from_secs(1) * BURST / rate, Instant::now(), processor_time());
    let (mut next, mut offered) = (start, 0);
    while start.elapsed() < OFFER {
        for _ in 0..BURST {
            let span = tracer.span_builder("execute_tool search").with_kind(SpanKind::Internal).with_attributes([
                KeyValue::new("gen_ai.operation.name", "execute_tool"),
                KeyValue::new("gen_ai.tool.name", "search"),
                KeyValue::new("gen_ai.tool.call.id", "call_0123456789abcdef"),
                KeyValue::new("app.attempt", 1),
            ]);
            drop(tracer.build_with_context(span, &parent));
        }
        offered += u64::from(BURST);
        next += pause;
        let now = Instant::now();
        if next > now {
            thread::sleep(next - now);
        }
    }
    drop(parent);
    exports.end();
    let cpu = processor_time() - before;
    // The parent is one of them.
    Measured { offered: offered + 1, received: receiver.taken(), cpu }
}

fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or_default())
}
