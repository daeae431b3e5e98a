//! What may be recorded, and under which names.

use crate::{call_events::CallEvents, content::ContentPolicy, operation::Kind, slow_calls::SlowCalls};

/// What may be recorded. Content is closed by default.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    drop_unsampled_children: bool,
    content: ContentPolicy,
    error_messages: Option<bool>,
    gen_ai_names: GenAiNames,
    agent_on_tokens: bool,
    route_on_active_requests: bool,
    requests_in_logs: bool,
    exception_signal: ExceptionSignal,
    call_events: CallEvents,
    slow_calls: SlowCalls,
}

impl Policy {
    /// Makes no span object below a parent that is not sampled. Right for parent-based samplers only, under which such a
    /// span would be dropped anyway. The default is off.
    #[must_use]
    pub fn with_drop_unsampled_children(mut self, on: bool) -> Self {
        self.drop_unsampled_children = on;
        self
    }

    /// Which content is recorded: prompts, answers, arguments (`capture(…)`). The default is none.
    #[must_use]
    pub fn with_content(mut self, content: ContentPolicy) -> Self {
        self.content = content;
        self
    }

    /// Every kind of content, or none: short for [`with_content`](Self::with_content).
    #[must_use]
    pub fn with_content_capture(self, on: bool) -> Self {
        self.with_content(if on { ContentPolicy::all() } else { ContentPolicy::none() })
    }

    /// Whether the message of an error, cut at 256 bytes, is recorded as the status description of the span.
    ///
    /// Unless told, the calls have it whose errors are their own: database, cache, outgoing HTTP requests and RPCs. The others
    /// (models, agents, tools, workflows, commands, served requests) may hand on what a model provider wrote, which may quote the
    /// prompt: they have it where any content is recorded. The `error.type` is always there.
    ///
    /// Errors that are [captured](crate::capture_error) by hand have their message unless this says `false`.
    #[must_use]
    pub fn with_error_messages(mut self, on: bool) -> Self {
        self.error_messages = Some(on);
        self
    }

    /// Under which names the metrics of calls to models are recorded. The default is the established ones.
    #[must_use]
    pub fn with_gen_ai_names(mut self, names: GenAiNames) -> Self {
        self.gen_ai_names = names;
        self
    }

    /// Whether the metrics of tokens say which agent used them, as `gen_ai.agent.name`: the one that the call to the model runs in.
    /// Under the established and under the latest names; calls outside of every agent have no such attribute.
    ///
    /// The default is off: with A agents that use the same M models there are up to A × M series in place of M. The cost has the
    /// agent in any case.
    #[must_use]
    pub fn with_agent_on_tokens(mut self, on: bool) -> Self {
        self.agent_on_tokens = on;
        self
    }

    /// Whether `http.server.active_requests` says the route of the requests, as `http.route`, where it is known when they start.
    ///
    /// The default is off: the convention counts by method and scheme.
    #[must_use]
    pub fn with_route_on_active_requests(mut self, on: bool) -> Self {
        self.route_on_active_requests = on;
        self
    }

    /// Whether HTTP requests that are served keep their path and the address of their client for log lines
    /// ([`context::served_request`](crate::context::served_request)). Up to three small allocations for each request.
    ///
    /// The default is off: spans alone have both.
    #[must_use]
    pub fn with_requests_in_logs(mut self, on: bool) -> Self {
        self.requests_in_logs = on;
        self
    }

    /// Where captured errors are recorded. The default is as log records, and as events of the span that is recorded there.
    #[must_use]
    pub fn with_exception_signal(mut self, signal: ExceptionSignal) -> Self {
        self.exception_signal = signal;
        self
    }

    /// Of which calls an event says that they ended. The default is none.
    #[must_use]
    pub fn with_call_events(mut self, events: CallEvents) -> Self {
        self.call_events = events;
        self
    }

    /// From when on an event says that a call was slow. The default is [`SlowCalls::default`].
    #[must_use]
    pub fn with_slow_calls(mut self, slow: SlowCalls) -> Self {
        self.slow_calls = slow;
        self
    }

    /// Which content is recorded.
    #[must_use]
    pub fn content(&self) -> &ContentPolicy {
        &self.content
    }

    /// Under which names the metrics of calls to models are recorded.
    #[must_use]
    pub fn gen_ai_names(&self) -> GenAiNames {
        self.gen_ai_names
    }

    /// Whether the metrics of tokens say which agent used them.
    #[must_use]
    pub fn has_agent_on_tokens(&self) -> bool {
        self.agent_on_tokens
    }

    /// Whether `http.server.active_requests` says the route.
    #[must_use]
    pub fn has_route_on_active_requests(&self) -> bool {
        self.route_on_active_requests
    }

    /// Whether HTTP requests that are served keep their path and the address of their client for log lines.
    #[must_use]
    pub fn has_requests_in_logs(&self) -> bool {
        self.requests_in_logs
    }

    /// Where captured errors are recorded.
    #[must_use]
    pub fn exception_signal(&self) -> ExceptionSignal {
        self.exception_signal
    }

    /// Whether the message of an error that was captured by hand is recorded: whoever captures asks for it, and is refused only where
    /// messages are switched off by name.
    pub(crate) fn captured_messages(&self) -> bool {
        self.error_messages != Some(false)
    }

    /// Of which calls an event says that they ended.
    #[must_use]
    pub fn call_events(&self) -> CallEvents {
        self.call_events
    }

    /// From when on an event says that a call was slow.
    #[must_use]
    pub fn slow_calls(&self) -> SlowCalls {
        self.slow_calls
    }

    pub(crate) fn error_messages(&self, kind: Kind) -> bool {
        self.error_messages.unwrap_or_else(|| kind.has_errors_of_its_own() || self.content.is_open())
    }

    pub(crate) fn drops_unsampled_children(&self) -> bool {
        self.drop_unsampled_children
    }
}

/// Where errors that are captured ([`capture_error`](crate::capture_error)) are recorded.
///
/// The conventions record exceptions as log records, and have deprecated the span events of old. What recorded span events goes on
/// doing so until its operator opts in, by `OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN`; what is new records logs. Captured errors are always
/// log records here. Most backends of today show exceptions by span events alone, so these are there as well until the opt-in says
/// `logs`; `logs/dup` says what is the default here anyway.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ExceptionSignal {
    /// As log records alone: `logs`.
    Logs,
    /// As log records, and as events of the span that is recorded where they are captured: `logs/dup`, or nothing.
    #[default]
    LogsAndSpanEvents,
}

impl ExceptionSignal {
    /// Whether spans have events of exceptions.
    #[must_use]
    pub const fn has_span_events(self) -> bool {
        matches!(self, Self::LogsAndSpanEvents)
    }
}

/// Names of the metrics of calls to models. The conventions are in development and were renamed; backends read the
/// established names. Names of attributes are the same in all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum GenAiNames {
    /// `gen_ai.client.operation.duration`, `gen_ai.client.token.usage` and their kin.
    #[default]
    Established,
    /// `gen_ai.client.inference.duration`, `gen_ai.client.inference.usage.input_tokens` and their kin.
    Latest,
    /// Both, for the time of a move: each metric is recorded twice.
    Both,
}

impl GenAiNames {
    /// Whether the established names are recorded.
    #[must_use]
    pub const fn has_established(self) -> bool {
        matches!(self, Self::Established | Self::Both)
    }

    /// Whether the latest names are recorded.
    #[must_use]
    pub const fn has_latest(self) -> bool {
        matches!(self, Self::Latest | Self::Both)
    }
}
