//! Telemetry as a value: where calls are recorded to.

use std::{
    cell::Cell,
    fmt,
    ops::Deref,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use opentelemetry::{
    Context, ContextGuard,
    metrics::{Meter, MeterProvider as _, NoopMeterProvider},
    trace::{SpanBuilder, TraceContextExt as _, Tracer},
};

use crate::{
    event::{Event, EventSink, Severity, Topic},
    instruments::Instruments,
    operation::Kind,
    policy::Policy,
    pricing::Pricing,
    series::SeriesTable,
};

static GLOBAL: OnceLock<Telemetry> = OnceLock::new();
/// Set once a scope was entered anywhere: until then nobody looks for one.
static SCOPES_IN_USE: AtomicBool = AtomicBool::new(false);
static NEXT_ID: AtomicU64 = AtomicU64::new(1);

/// Where calls are recorded to: a tracer, a meter and a policy.
///
/// Global is a convenience over this value. [`install`](Self::install) makes one the default of the process, once;
/// [`enter`](Self::enter) and [`scope`](Self::scope) put another in force for a thread or a future, which is how tests and
/// multi-tenant processes keep apart. Cloning is cheap.
#[derive(Clone)]
pub struct Telemetry {
    inner: Arc<Inner>,
}

struct Inner {
    id: u64,
    tracer: Option<Box<dyn StartSpan>>,
    instruments: Instruments,
    series: SeriesTable,
    policy: Policy,
    pricing: Option<Arc<dyn Pricing>>,
    events: Option<Arc<dyn EventSink>>,
    /// By kind, from which duration on there may be an event of a call.
    told_from: [Duration; Kind::COUNT],
}

/// The value of a context scope.
struct Scoped(Telemetry);

impl Telemetry {
    /// Starts from nothing: no tracer, no meter.
    pub fn builder() -> TelemetryBuilder {
        TelemetryBuilder {
            tracer: None,
            meter: None,
            policy: Policy::default(),
            pricing: None,
            events: None,
            value_limit: None,
        }
    }

    /// Makes this the default of the process.
    ///
    /// # Errors
    ///
    /// When one was installed before: it stays in force, and this one is given back.
    pub fn install(self) -> Result<(), Self> {
        GLOBAL.set(self)
    }

    /// The telemetry in force here: that of the innermost scope, else the installed one, else none.
    #[must_use]
    pub fn current() -> Option<Self> {
        Self::in_force().map(|telemetry| telemetry.clone())
    }

    /// The same without a reference count for the installed one: the way of every call.
    pub(crate) fn in_force() -> Option<TelemetryRef> {
        if SCOPES_IN_USE.load(Ordering::Relaxed)
            && let Some(scoped) = Context::map_current(|cx| cx.get::<Scoped>().map(|scoped| scoped.0.clone()))
        {
            return Some(TelemetryRef::Scoped(scoped));
        }
        GLOBAL.get().map(TelemetryRef::Installed)
    }

    /// The same in a context that need not be the current one.
    pub(crate) fn in_force_in(context: &Context) -> Option<TelemetryRef> {
        if SCOPES_IN_USE.load(Ordering::Relaxed)
            && let Some(scoped) = context.get::<Scoped>()
        {
            return Some(TelemetryRef::Scoped(scoped.0.clone()));
        }
        GLOBAL.get().map(TelemetryRef::Installed)
    }

    /// Whether a call started here would be recorded.
    #[must_use]
    pub fn is_in_force() -> bool {
        GLOBAL.get().is_some() || Self::in_force().is_some()
    }

    /// Puts this telemetry in force on this thread until the guard is dropped.
    ///
    /// The scope lies in the OpenTelemetry context: it follows what carries the context (`with_current_context`), and calls
    /// and spans that are under way stay the parents of what is started inside.
    #[must_use = "the scope ends when the guard is dropped"]
    pub fn enter(&self) -> ContextGuard {
        self.scoped(&Context::current()).attach()
    }

    /// A context like `context` in which this telemetry is in force: for futures, by
    /// `future.with_context(telemetry.scoped(&Context::current()))`.
    #[must_use]
    pub fn scoped(&self, context: &Context) -> Context {
        SCOPES_IN_USE.store(true, Ordering::Relaxed);
        context.with_value(Scoped(self.clone()))
    }

    /// Runs `body` with this telemetry in force.
    pub fn scope<R>(&self, body: impl FnOnce() -> R) -> R {
        let _scope = self.enter();
        body()
    }

    /// The meter that the instruments come from; an application's own instruments belong here.
    #[must_use]
    pub fn meter(&self) -> &Meter {
        self.inner.instruments.meter()
    }

    /// The policy.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.inner.policy
    }

    /// Tells one telemetry of the process from another; clones have the same.
    #[must_use]
    pub fn id(&self) -> u64 {
        self.inner.id
    }

    pub(crate) fn pricing(&self) -> Option<&dyn Pricing> {
        self.inner.pricing.as_deref()
    }

    /// Whether there may be an event of a call of this kind that took so long: all that calls pay where there is none.
    pub(crate) fn may_tell(&self, kind: Kind, took: Duration) -> bool {
        took >= self.inner.told_from[kind as usize]
    }

    /// Whether anybody would see such an event here. Ask before making a dear one.
    #[must_use]
    pub fn wants_event(&self, topic: Topic, severity: Severity) -> bool {
        !Context::is_current_telemetry_suppressed() && self.asks_for(topic, severity)
    }

    /// The same in a context that need not be the current one.
    pub(crate) fn wants_event_in(&self, context: &Context, topic: Topic, severity: Severity) -> bool {
        !context.is_telemetry_suppressed() && self.asks_for(topic, severity)
    }

    fn asks_for(&self, topic: Topic, severity: Severity) -> bool {
        let Some(events) = &self.inner.events else { return false };
        catch_unwind(AssertUnwindSafe(|| events.wants(topic, severity))).unwrap_or(false)
    }

    /// Tells an event, of the context that is current here. Without a sink nothing happens.
    pub fn tell(&self, event: Event<'_>) {
        if let Some(events) = &self.inner.events
            && !Context::is_current_telemetry_suppressed()
        {
            // Subscribers are somebody else's code, and calls end in destructors.
            let _ = catch_unwind(AssertUnwindSafe(|| events.emit(event)));
        }
    }

    pub(crate) fn instruments(&self) -> &Instruments {
        &self.inner.instruments
    }

    pub(crate) fn series(&self) -> &SeriesTable {
        &self.inner.series
    }

    /// Whether a span started below `parent` can be kept.
    pub(crate) fn wants_span(&self, parent: &Context) -> bool {
        if self.inner.tracer.is_none() {
            return false;
        }
        if !self.inner.policy.drops_unsampled_children() || !parent.has_active_span() {
            return true;
        }
        let span = parent.span();
        let parent = span.span_context();
        !parent.is_valid() || parent.is_sampled()
    }

    /// Starts a span below `parent`; the context has it as its span.
    pub(crate) fn start_span(&self, builder: SpanBuilder, parent: &Context) -> Context {
        let Some(tracer) = &self.inner.tracer else { return parent.clone() };
        let _own = OwnSpan::starting();
        tracer.start_span(builder, parent)
    }
}

thread_local! {
    static OWN_SPAN: Cell<bool> = const { Cell::new(false) };
}

/// Tells span processors that the span they are shown is Tachograph's.
struct OwnSpan;

impl OwnSpan {
    fn starting() -> Self {
        // In a destructor of the thread the cell may be gone; then nobody is told.
        let _ = OWN_SPAN.try_with(|own| own.set(true));
        Self
    }
}

impl Drop for OwnSpan {
    fn drop(&mut self) {
        let _ = OWN_SPAN.try_with(|own| own.set(false));
    }
}

pub(crate) fn is_own_span_starting() -> bool {
    OWN_SPAN.try_with(Cell::get).unwrap_or(false)
}

/// The telemetry that a call is recorded to.
pub(crate) enum TelemetryRef {
    Installed(&'static Telemetry),
    Scoped(Telemetry),
}

impl Deref for TelemetryRef {
    type Target = Telemetry;

    fn deref(&self) -> &Telemetry {
        match self {
            Self::Installed(telemetry) => telemetry,
            Self::Scoped(telemetry) => telemetry,
        }
    }
}

impl fmt::Debug for Telemetry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Telemetry")
            .field("id", &self.inner.id)
            .field("policy", &self.inner.policy)
            .finish_non_exhaustive()
    }
}

/// Builds a [`Telemetry`].
#[must_use]
pub struct TelemetryBuilder {
    tracer: Option<Box<dyn StartSpan>>,
    meter: Option<Meter>,
    policy: Policy,
    pricing: Option<Arc<dyn Pricing>>,
    events: Option<Arc<dyn EventSink>>,
    value_limit: Option<usize>,
}

impl TelemetryBuilder {
    /// Where spans come from. Without it calls have metrics alone.
    pub fn with_tracer<T>(mut self, tracer: T) -> Self
    where
        T: Tracer + Send + Sync + 'static,
        T::Span: Send + Sync + 'static,
    {
        self.tracer = Some(Box::new(tracer));
        self
    }

    /// Where instruments come from. Without it calls have spans alone.
    pub fn with_meter(mut self, meter: Meter) -> Self {
        self.meter = Some(meter);
        self
    }

    /// What may be recorded. The default is [`Policy::default`].
    pub fn with_policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// Who knows what calls to models cost. Without it only amounts that calls are told are recorded.
    pub fn with_pricing(mut self, pricing: Arc<dyn Pricing>) -> Self {
        self.pricing = Some(pricing);
        self
    }

    /// Who prints events. Without it there are none.
    pub fn with_event_sink(mut self, events: Arc<dyn EventSink>) -> Self {
        self.events = Some(events);
        self
    }

    /// How many values of one attribute metrics keep apart: models, tools, agents, hosts, and so on. The first ones are kept, and
    /// further ones are one series, `_OTHER`, so that names from outside cannot make series without end. Spans have the true values.
    ///
    /// The default is 200, and 1000 for what the source code names: HTTP routes and URL templates, RPC methods, database collections
    /// and query summaries. A limit given here stands in place of both. Values of one kind of call do not count for another, except
    /// that agents are the same everywhere. Whatever the limit, metrics show at most 256 bytes of a value.
    pub fn with_value_limit(mut self, limit: usize) -> Self {
        self.value_limit = Some(limit);
        self
    }

    /// The telemetry. Nothing global is touched.
    #[must_use]
    pub fn build(self) -> Telemetry {
        let told_from = told_from(&self.policy, self.events.is_some());
        let meter = self.meter.unwrap_or_else(|| NoopMeterProvider::new().meter("tachograph"));
        Telemetry {
            inner: Arc::new(Inner {
                id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
                tracer: self.tracer,
                instruments: Instruments::new(meter),
                series: SeriesTable::new(self.value_limit),
                policy: self.policy,
                pricing: self.pricing,
                events: self.events,
                told_from,
            }),
        }
    }
}

/// By kind, from which duration on there may be an event of a call.
fn told_from(policy: &Policy, has_sink: bool) -> [Duration; Kind::COUNT] {
    let (events, slow) = (policy.call_events(), policy.slow_calls());
    let mut told_from = [Duration::MAX; Kind::COUNT];
    for &kind in Kind::ALL.iter().filter(|_| has_sink) {
        let is_told = events.tells(kind, true) || events.tells(kind, false);
        told_from[kind as usize] = if is_told { Duration::ZERO } else { slow.threshold(kind).unwrap_or(Duration::MAX) };
    }
    told_from
}

impl fmt::Debug for TelemetryBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TelemetryBuilder")
            .field("tracer", &self.tracer.is_some())
            .field("meter", &self.meter.is_some())
            .field("policy", &self.policy)
            .field("pricing", &self.pricing.is_some())
            .field("events", &self.events.is_some())
            .field("value_limit", &self.value_limit)
            .finish()
    }
}

/// A tracer whose span goes straight into a context: one box less than through `BoxedTracer`.
trait StartSpan: Send + Sync {
    fn start_span(&self, builder: SpanBuilder, parent: &Context) -> Context;
}

impl<T> StartSpan for T
where
    T: Tracer + Send + Sync,
    T::Span: Send + Sync + 'static,
{
    fn start_span(&self, builder: SpanBuilder, parent: &Context) -> Context {
        parent.with_span(self.build_with_context(builder, parent))
    }
}
