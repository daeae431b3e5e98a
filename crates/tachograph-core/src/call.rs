//! A running call: what it gathers until it ends, and the handle that enriches it.

mod lasting;
mod served;

use std::{
    borrow::Cow,
    marker::PhantomData,
    num::NonZeroU64,
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use opentelemetry::{Context, ContextGuard, Key, KeyValue, StringValue, Value, trace::TraceContextExt as _};

use crate::{
    answer::AnswerReader,
    attempts::Attempts,
    breadcrumbs::Trail,
    chunks::ChunkTimes,
    operation::{
        AgentExecution, CacheOperation, DbQuery, HttpClientRequest, HttpRequest, Kind, RpcClientCall, RpcServerCall,
    },
    outcome::CallError,
    semconv::{attribute as attr, value},
    series::SeriesRef,
    telemetry::TelemetryRef,
    usage::Usage,
    work::Tally,
};

pub(crate) use self::served::Served;

/// Attributes that one call may be given while it runs; further ones are dropped, as the SDK would.
const MAX_ATTRIBUTES: usize = 128;

/// The state of a running call. It lies in the OpenTelemetry context, so whatever carries the context carries it.
pub(crate) struct CallState {
    pub(crate) kind: Kind,
    pub(crate) telemetry: TelemetryRef,
    pub(crate) series: SeriesRef,
    /// The context that the call was started in, with the call's span if it has one. The enclosing call is found in it.
    pub(crate) around: Context,
    /// When the call's span started; `None` where it has none.
    pub(crate) span_started: Option<SystemTime>,
    /// The duration of a call that was measured elsewhere. Such a call was never in flight.
    pub(crate) recorded: Option<Duration>,
    pub(crate) started: Instant,
    /// What the calls below did, once there was one; for requests that are served.
    pub(crate) tally: OnceLock<Box<Tally>>,
    pub(crate) served: Served,
    pub(crate) gathered: Mutex<Gathered>,
}

/// What a call gathers while it runs. It is moved with the call, so what few calls have lies elsewhere.
#[derive(Default)]
pub(crate) struct Gathered {
    pub(crate) finished: bool,
    pub(crate) failure: Option<Box<CallError>>,
    pub(crate) attributes: Vec<KeyValue>,
    pub(crate) model: Option<Box<ModelAnswer>>,
    pub(crate) status: u16,
    /// Status of an RPC, or code that a database gave.
    pub(crate) code: Option<StringValue>,
    pub(crate) hit: Option<bool>,
    pub(crate) rows: Option<u64>,
    /// The method of an RPC that was not known at its start.
    pub(crate) method: Option<Box<StringValue>>,
    pub(crate) request_size: Option<u64>,
    pub(crate) response_size: Option<u64>,
    /// What led to whatever happens in this call, once somebody left a breadcrumb.
    pub(crate) trail: Option<Box<Trail>>,
    /// After how many nanoseconds a response began that is meant to last.
    pub(crate) lasts_from: Option<NonZeroU64>,
}

/// What a model said with its answer, and how the answer came.
#[derive(Default)]
pub(crate) struct ModelAnswer {
    pub(crate) usage: Usage,
    /// Whether somebody looks for usage in the answer, so that none is worth a mark.
    pub(crate) usage_expected: bool,
    pub(crate) cost: Option<Cost>,
    pub(crate) name: Option<StringValue>,
    pub(crate) service_tier: Option<StringValue>,
    pub(crate) batch: bool,
    pub(crate) chunks: Option<Box<ChunkTimes>>,
    pub(crate) attempts: Option<Box<Attempts>>,
    pub(crate) reader: Option<Box<dyn AnswerReader>>,
    /// Bytes of content that the call has on its span.
    pub(crate) content_bytes: usize,
    /// Bytes of content that had no room.
    pub(crate) content_omitted: usize,
}

/// An amount in US dollars and where it comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    pub(crate) usd: f64,
    pub(crate) source: &'static str,
}

impl Cost {
    /// An amount that can be added up, to a millionth of a millionth of a dollar: `0.00006615`, not `0.00006615000000000001`.
    pub(crate) fn new(usd: f64, source: &'static str) -> Option<Self> {
        const PARTS: f64 = 1e12;
        let rounded = (usd * PARTS).round() / PARTS;
        let usd = if rounded.is_finite() { rounded } else { usd };
        (usd.is_finite() && usd >= 0.0).then_some(Self { usd, source })
    }
}

impl Gathered {
    pub(crate) fn model(&mut self) -> &mut ModelAnswer {
        self.model.get_or_insert_default()
    }

    /// Figures that spans and events have.
    pub(crate) fn numbers(&self) -> [(&'static str, Option<u64>); 3] {
        [
            (attr::HTTP_REQUEST_BODY_SIZE, self.request_size),
            (attr::HTTP_RESPONSE_BODY_SIZE, self.response_size),
            (attr::DB_RESPONSE_RETURNED_ROWS, self.rows),
        ]
    }

    /// What a call starts with: the attributes that its caller chose.
    pub(crate) fn starting_with(attributes: Vec<KeyValue>) -> Mutex<Self> {
        Mutex::new(Self { attributes, ..Self::default() })
    }
}

impl CallState {
    pub(crate) fn gathered(&self) -> MutexGuard<'_, Gathered> {
        // Nothing under the lock can panic half-way; what a poisoned lock holds is whole.
        self.gathered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The context of the innermost running call that `wanted` accepts, starting at `context`.
pub(crate) fn find(context: &Context, wanted: impl Fn(&CallState) -> bool) -> Option<Context> {
    let mut context = context.clone();
    loop {
        let state = context.get::<CallState>()?;
        if wanted(state) {
            return Some(context);
        }
        context = state.around.clone();
    }
}

/// The innermost running call that `wanted` accepts, starting at `context`.
pub(crate) fn enclosing(mut context: &Context, wanted: impl Fn(&CallState) -> bool) -> Option<&CallState> {
    loop {
        let state = context.get::<CallState>()?;
        if wanted(state) {
            return Some(state);
        }
        context = &state.around;
    }
}

/// A handle on a running call, with which it is enriched from anywhere.
///
/// It comes from a [`CallGuard`](crate::CallGuard), which it outlives harmlessly: once the call has ended, every method does
/// nothing. So it does where no telemetry is installed.
#[derive(Debug)]
pub struct Call<O> {
    pub(crate) context: Option<Context>,
    pub(crate) operation: PhantomData<fn() -> O>,
}

impl<O> Clone for Call<O> {
    fn clone(&self) -> Self {
        Self::of(self.context.clone())
    }
}

impl<O> Call<O> {
    pub(crate) fn of(context: Option<Context>) -> Self {
        Self { context, operation: PhantomData }
    }

    pub(crate) fn state(&self) -> Option<&CallState> {
        self.context.as_ref()?.get::<CallState>()
    }

    pub(crate) fn gather(&self, change: impl FnOnce(&mut Gathered)) {
        if let Some(state) = self.state() {
            let mut gathered = state.gathered();
            if !gathered.finished {
                change(&mut gathered);
            }
        }
    }

    /// Whether the call is recorded at all: telemetry is installed.
    #[must_use]
    pub fn is_tracked(&self) -> bool {
        self.context.is_some()
    }

    /// Whether the call has a span that is recorded. Ask before building a dear attribute.
    #[must_use]
    pub fn is_recording(&self) -> bool {
        self.state().is_some_and(|state| state.span_started.is_some() && state.around.span().is_recording())
    }

    /// Sets an attribute of the span; the last value of a key counts. Metrics never carry it.
    pub fn attribute(&self, key: impl Into<Key>, value: impl Into<Value>) {
        if self.state().is_some_and(|state| state.span_started.is_some()) {
            self.keep(KeyValue::new(key, value));
        }
    }

    /// The same of what events say as well, of calls without a span too.
    pub(crate) fn told_attribute(&self, key: &'static str, value: impl Into<Value>) {
        let is_told =
            |state: &CallState| state.span_started.is_some() || state.telemetry.may_tell(state.kind, Duration::ZERO);
        if self.state().is_some_and(is_told) {
            self.keep(KeyValue::new(key, value));
        }
    }

    fn keep(&self, attribute: KeyValue) {
        self.gather(|Gathered { attributes, .. }| {
            match attributes.iter().position(|known| known.key == attribute.key) {
                Some(known) => attributes[known] = attribute,
                None if attributes.len() < MAX_ATTRIBUTES => attributes.push(attribute),
                None => {}
            }
        });
    }

    /// Adds an event to the span, now.
    pub fn event(&self, name: impl Into<Cow<'static, str>>, attributes: Vec<KeyValue>) {
        if let Some(state) = self.state()
            && state.span_started.is_some()
            && !state.gathered().finished
        {
            state.around.span().add_event(name, attributes);
        }
    }

    /// A call to a model streams its response; of other calls nothing is said.
    pub(crate) fn streams(&self) {
        if self.state().is_some_and(|state| state.kind == Kind::Llm) {
            self.attribute(attr::GEN_AI_REQUEST_STREAM, true);
        }
    }

    /// The conversation that the call belongs to, on the span.
    pub fn conversation_id(&self, id: impl Into<StringValue>) {
        self.told_attribute(attr::GEN_AI_CONVERSATION_ID, id.into());
    }

    /// The user that the call is made for, on the span.
    pub fn user_id(&self, id: impl Into<StringValue>) {
        self.told_attribute(attr::USER_ID, id.into());
    }

    /// Marks the call as failed although its end will look like a success. The first mark counts.
    pub fn fail(&self, error: CallError) {
        self.fail_if_running(error);
    }

    /// The same; which kind of call it is, unless it has ended.
    pub(crate) fn fail_if_running(&self, error: CallError) -> Option<Kind> {
        let mut running = false;
        self.gather(|gathered| {
            gathered.failure.get_or_insert_with(|| Box::new(error));
            running = true;
        });
        self.state().filter(|_| running).map(|state| state.kind)
    }

    /// Which kind of call it is, unless it has ended.
    pub(crate) fn running_kind(&self) -> Option<Kind> {
        self.state().filter(|state| !state.gathered().finished).map(|state| state.kind)
    }

    /// The context with this call as the innermost: to carry it to another task or thread. Without telemetry this is the
    /// current context.
    #[must_use]
    pub fn context(&self) -> Context {
        self.context.clone().unwrap_or_else(Context::current)
    }

    /// Makes this call the innermost on this thread until the guard is dropped. `None` where the call is not tracked.
    #[must_use = "the call stops being current when the guard is dropped"]
    pub fn enter(&self) -> Option<ContextGuard> {
        self.context.clone().map(Context::attach)
    }
}

impl Call<AgentExecution> {
    /// The model, for an agent that has exactly one.
    pub fn model(&self, model: impl Into<StringValue>) {
        self.attribute(attr::GEN_AI_REQUEST_MODEL, model.into());
    }
}

impl Call<HttpRequest> {
    /// The status code of the response. From 500 on the call is an error of that `error.type`, unless told otherwise.
    pub fn status(&self, code: u16) {
        self.gather(|gathered| gathered.status = code);
    }

    /// Size of the request body in bytes.
    pub fn request_body_size(&self, bytes: u64) {
        self.gather(|gathered| gathered.request_size = Some(bytes));
    }

    /// Size of the response body in bytes.
    pub fn response_body_size(&self, bytes: u64) {
        self.gather(|gathered| gathered.response_size = Some(bytes));
    }
}

impl Call<HttpClientRequest> {
    /// The status code of the response. From 400 on the call is an error of that `error.type`, unless told otherwise.
    pub fn status(&self, code: u16) {
        self.gather(|gathered| gathered.status = code);
    }

    /// Size of the request body in bytes.
    pub fn request_body_size(&self, bytes: u64) {
        self.gather(|gathered| gathered.request_size = Some(bytes));
    }

    /// Size of the response body in bytes.
    pub fn response_body_size(&self, bytes: u64) {
        self.gather(|gathered| gathered.response_size = Some(bytes));
    }

    /// Version of the protocol that was spoken, on the span: `1.1`, `2`.
    pub fn protocol_version(&self, version: impl Into<StringValue>) {
        self.attribute(attr::NETWORK_PROTOCOL_VERSION, version.into());
    }
}

impl Call<RpcServerCall> {
    /// The status that was answered: `OK`, `NOT_FOUND`. Those by which a server says that it failed are errors: `UNKNOWN`,
    /// `DEADLINE_EXCEEDED`, `UNIMPLEMENTED`, `INTERNAL`, `UNAVAILABLE` and `DATA_LOSS`.
    pub fn status(&self, code: impl Into<StringValue>) {
        let code = code.into();
        self.gather(|gathered| gathered.code = Some(code));
    }

    /// The method, where it was not told at the start: the span is renamed, and metrics have it.
    pub fn method(&self, method: impl Into<StringValue>) {
        let method = method.into();
        self.gather(|gathered| gathered.method = Some(Box::new(method)));
    }

    /// A method that the server does not know: `_OTHER` on span and metrics, and on the span the name as sent.
    pub fn unrecognized_method(&self, original: impl Into<StringValue>) {
        self.attribute(attr::RPC_METHOD_ORIGINAL, original.into());
        self.method(value::OTHER);
    }
}

impl Call<RpcClientCall> {
    /// The status that was answered: `OK`, `NOT_FOUND`. Every other than `OK` is an error of that `error.type`.
    pub fn status(&self, code: impl Into<StringValue>) {
        let code = code.into();
        self.gather(|gathered| gathered.code = Some(code));
    }
}

impl Call<DbQuery> {
    /// Rows that the query returned, on the span and in `db.client.response.returned_rows`.
    pub fn returned_rows(&self, rows: u64) {
        self.gather(|gathered| gathered.rows = Some(rows));
    }

    /// Rows that the query changed, on the span.
    pub fn affected_rows(&self, rows: u64) {
        self.attribute(attr::DB_AFFECTED_ROWS, i64::try_from(rows).unwrap_or(i64::MAX));
    }

    /// The code that the database gave: `23505`, `WRONGTYPE`. Keep it one of a few: it becomes a metric label. It is the
    /// `error.type` of a call that fails.
    pub fn status_code(&self, code: impl Into<StringValue>) {
        let code = code.into();
        self.gather(|gathered| gathered.code = Some(code));
    }
}

impl Call<CacheOperation> {
    /// Whether the look-up found a value.
    pub fn hit(&self, hit: bool) {
        self.gather(|gathered| gathered.hit = Some(hit));
    }
}
