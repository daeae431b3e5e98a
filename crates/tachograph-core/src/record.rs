//! Recording after the fact, for code that measures by itself.
//!
//! Each gives the same metrics as tracking would, and a span that began `duration` ago below the current one. Nothing was
//! in flight.

use std::{borrow::Cow, time::Duration};

use opentelemetry::{KeyValue, StringValue};

use crate::{
    operation::{
        AgentExecution, CommandExecution, DbQuery, HttpRequest, Kind, LlmRequest, ToolExecution, WorkflowExecution,
    },
    outcome::{CallError, Outcome},
    recorder::CallGuard,
    semconv::attribute as attr,
    series::{End, Identity},
    telemetry::Telemetry,
    usage::Usage,
    work,
};

/// Records a run of the agent `name`.
pub fn record_agent_execution(name: impl Into<StringValue>, duration: Duration, outcome: Outcome) {
    AgentExecution::new(name).record(duration, outcome);
}

/// Records a call to `model` of `provider` with the tokens that it used.
pub fn record_llm_request(
    provider: impl Into<StringValue>,
    model: impl Into<StringValue>,
    duration: Duration,
    usage: impl Into<Usage>,
    outcome: Outcome,
) {
    let call = CallGuard::started_before(LlmRequest::new(provider, model), duration);
    call.usage(usage);
    call.finish(outcome);
}

/// Records an execution of the tool `name`.
pub fn record_tool_execution(name: impl Into<StringValue>, duration: Duration, outcome: Outcome) {
    ToolExecution::new(name).record(duration, outcome);
}

/// Records an execution of the command `name`.
pub fn record_command_execution(name: impl Into<StringValue>, duration: Duration, outcome: Outcome) {
    CommandExecution::new(name).record(duration, outcome);
}

/// Records a run of the workflow `name`.
pub fn record_workflow_execution(name: impl Into<StringValue>, duration: Duration, outcome: Outcome) {
    WorkflowExecution::new(name).record(duration, outcome);
}

/// Records an answered HTTP request with `method` to the route template `route`; a status from 500 on is an error.
pub fn record_api_request(
    method: impl Into<StringValue>,
    route: impl Into<StringValue>,
    status: u16,
    duration: Duration,
) {
    let call = CallGuard::started_before(HttpRequest::new(method, route), duration);
    call.status(status);
    call.succeed();
}

/// Records a database `operation` on `table`. For the product, use [`DbQuery::system`] and [`DbQuery::record`].
pub fn record_db_query(
    operation: impl Into<StringValue>,
    table: impl Into<StringValue>,
    duration: Duration,
    outcome: Outcome,
) {
    DbQuery::new(operation, table).record(duration, outcome);
}

/// Counts a look-up in the cache `name` that found a value. It has no duration and no span. For many, keep a
/// [`CacheCounter`](crate::CacheCounter).
pub fn record_cache_hit(name: impl Into<StringValue>) {
    count_lookup(&name.into(), true);
}

/// Counts a look-up in the cache `name` that found none. It has no duration and no span.
pub fn record_cache_miss(name: impl Into<StringValue>) {
    count_lookup(&name.into(), false);
}

fn count_lookup(name: &StringValue, hit: bool) {
    if let Some(telemetry) = Telemetry::in_force() {
        let operation = StringValue::from("get");
        let identity = Identity::of([Some(name), Some(&operation)]);
        let series = telemetry.series().get(telemetry.id(), Kind::Cache, &identity);
        let end = End { hit: Some(hit), ..End::default() };
        series.complete(telemetry.series().known(), &end, |completion| {
            completion.cache_operation(telemetry.instruments())
        });
        work::count_here(Kind::Cache);
    }
}

/// Counts an error of `component` in `tachograph.errors`, and marks the running call, if there is one, as failed.
///
/// Of an error that marked a call the metric says the kind of the call (`tachograph.operation.kind`): the duration of that call has
/// the error as well, and whoever adds the two up leaves these out.
///
/// `error_type` becomes a metric label: one of a few names, never a message.
pub fn record_error(error_type: impl Into<Cow<'static, str>>, component: impl Into<StringValue>) {
    let Some(telemetry) = Telemetry::current() else { return };
    let error = CallError::new(error_type);
    let mut failed = None;
    crate::current::operation(|call| failed = call.fail_if_running(error.clone()));
    count_error(&telemetry, error, Some(&component.into()), failed);
}

/// Counts one error; `failed` is the kind of the call that has it as well.
pub(crate) fn count_error(
    telemetry: &Telemetry,
    error: CallError,
    component: Option<&StringValue>,
    failed: Option<Kind>,
) {
    let (error_type, _) = error.into_parts();
    let known = telemetry.series().known();
    let mut attributes = Vec::with_capacity(3);
    attributes.push(KeyValue::new(attr::ERROR_TYPE, known.shown(None, attr::ERROR_TYPE, &error_type).into_owned()));
    attributes.extend(component.map(|component| of_component(telemetry, component)));
    attributes.extend(failed.map(|kind| KeyValue::new(attr::OPERATION_KIND, kind.as_str())));
    telemetry.instruments().errors().add(1, &attributes);
}

/// Sets the health of `component`: 1 is healthy, 0 unhealthy, between them degraded. Values outside are clamped; NaN is
/// unhealthy.
pub fn set_system_health(component: impl Into<StringValue>, health: f64) {
    if let Some(telemetry) = Telemetry::current() {
        let health = if health.is_nan() { 0.0 } else { health.clamp(0.0, 1.0) };
        telemetry.instruments().system_health().record(health, &[of_component(&telemetry, &component.into())]);
    }
}

fn of_component(telemetry: &Telemetry, component: &StringValue) -> KeyValue {
    KeyValue::new(attr::COMPONENT, telemetry.series().known().shown(None, attr::COMPONENT, component).into_owned())
}

/// Sets how many users are active now.
pub fn set_active_users(users: u64) {
    if let Some(telemetry) = Telemetry::current() {
        telemetry.instruments().users_active().record(users, &[]);
    }
}

/// Sets how many database connections are open now.
pub fn set_database_connections(connections: u64) {
    if let Some(telemetry) = Telemetry::current() {
        telemetry.instruments().database_connections().record(connections, &[]);
    }
}
