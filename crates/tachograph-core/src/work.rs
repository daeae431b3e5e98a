//! What a request set off: how many database, model, tool and cache operations, and how long they took.

use std::{
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use opentelemetry::{Context, KeyValue, StringValue};

use crate::{
    bound::BoundHistogram,
    call::{Call, CallState, enclosing},
    instruments::Instruments,
    operation::{HttpRequest, Kind, RpcServerCall},
    semconv::attribute as attr,
};

/// What was done below a request so far.
///
/// Each call counts when it ends, on the innermost HTTP request or RPC that is answered around it, with its whole duration.
/// Calls inside of each other count each for its kind (a model asked by a tool is in both), and calls at the same time add up,
/// so that the times may exceed the time of the request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Work {
    /// Calls to databases, Redis included.
    pub db: Share,
    /// Calls to models.
    pub llm: Share,
    /// Executions of tools.
    pub tool: Share,
    /// Operations on caches; those that are only counted take no time.
    pub cache: Share,
}

/// The part of one kind of operation in a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Share {
    /// How many ended.
    pub count: u64,
    /// How long they took, added up.
    pub time: Duration,
}

impl Call<HttpRequest> {
    /// Database, model, tool and cache operations that ended below this request so far.
    #[must_use]
    pub fn work(&self) -> Work {
        work_of(self)
    }
}

impl Call<RpcServerCall> {
    /// Database, model, tool and cache operations that ended below this call so far.
    #[must_use]
    pub fn work(&self) -> Work {
        work_of(self)
    }
}

fn work_of<O>(call: &Call<O>) -> Work {
    call.state().and_then(|state| state.tally.get()).map_or_else(Work::default, |tally| tally.work())
}

/// Kinds that are tallied, with their attributes.
const TALLIED: [(Kind, &str, &str); 4] = [
    (Kind::Db, attr::REQUEST_DB_OPERATIONS, attr::REQUEST_DB_DURATION),
    (Kind::Llm, attr::REQUEST_LLM_OPERATIONS, attr::REQUEST_LLM_DURATION),
    (Kind::Tool, attr::REQUEST_TOOL_OPERATIONS, attr::REQUEST_TOOL_DURATION),
    (Kind::Cache, attr::REQUEST_CACHE_OPERATIONS, attr::REQUEST_CACHE_DURATION),
];

/// The running tally of one request.
#[derive(Default)]
pub(crate) struct Tally {
    shares: [(AtomicU64, AtomicU64); TALLIED.len()],
}

impl Tally {
    fn share(&self, index: usize) -> Share {
        let (count, nanos) = &self.shares[index];
        Share { count: count.load(Ordering::Relaxed), time: Duration::from_nanos(nanos.load(Ordering::Relaxed)) }
    }

    pub(crate) fn work(&self) -> Work {
        Work { db: self.share(0), llm: self.share(1), tool: self.share(2), cache: self.share(3) }
    }

    /// What the request's span says of it.
    pub(crate) fn span_attributes(&self, out: &mut Vec<KeyValue>) {
        for (index, (_, operations, duration)) in TALLIED.iter().enumerate() {
            let share = self.share(index);
            if share.count > 0 {
                out.push(KeyValue::new(*operations, i64::try_from(share.count).unwrap_or(i64::MAX)));
                out.push(KeyValue::new(*duration, share.time.as_secs_f64()));
            }
        }
    }
}

/// Adds an ended call to the request around it.
pub(crate) fn tally(state: &CallState, elapsed: Duration) {
    add(&state.around, state.kind, elapsed);
}

/// Counts an operation that was not measured on the request that is served here.
pub(crate) fn count_here(kind: Kind) {
    Context::map_current(|context| add(context, kind, Duration::ZERO));
}

fn add(context: &Context, kind: Kind, elapsed: Duration) {
    let Some(index) = TALLIED.iter().position(|(tallied, ..)| *tallied == kind) else { return };
    if let Some(request) = enclosing(context, |call| call.kind.is_served()) {
        let (count, nanos) = &request.tally.get_or_init(Box::default).shares[index];
        count.fetch_add(1, Ordering::Relaxed);
        nanos.fetch_add(u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

/// Bound histograms of what requests of one series set off, by kind of operation.
#[derive(Default)]
pub(crate) struct WorkSeries {
    kinds: [KindSeries; TALLIED.len()],
}

#[derive(Default)]
struct KindSeries {
    operations: OnceLock<BoundHistogram<u64>>,
    duration: OnceLock<BoundHistogram<f64>>,
}

impl WorkSeries {
    /// Records the shares of one request; kinds that it did not use are left out.
    pub(crate) fn record(&self, instruments: &Instruments, attributes: impl Fn() -> Vec<KeyValue>, tally: &Tally) {
        for (index, ((kind, ..), of_kind)) in TALLIED.iter().zip(&self.kinds).enumerate() {
            let share = tally.share(index);
            if share.count == 0 {
                continue;
            }
            let attributes = || {
                let mut attributes = attributes();
                attributes.push(KeyValue::new(attr::OPERATION_KIND, StringValue::from(kind.as_str())));
                attributes
            };
            of_kind
                .operations
                .get_or_init(|| BoundHistogram::new(instruments.request_operations(), &attributes()))
                .record(share.count);
            of_kind
                .duration
                .get_or_init(|| BoundHistogram::new(instruments.request_operations_duration(), &attributes()))
                .record(share.time.as_secs_f64());
        }
    }
}
