//! What calls record, as code wishes it.

use std::sync::Arc;

use tachograph_core::{
    CallEvents, ContentKind, ContentPolicy, ExceptionSignal, GenAiNames, Policy, Pricing, Redact, SlowCalls,
};

use super::Builder;
use crate::settings::{ContentDestination, Settings};

/// What was asked for in code.
#[derive(Default)]
pub(super) struct Recording {
    content: Option<Content>,
    /// Closed: it holds the redactions for the time that somebody opens it.
    redacted: ContentPolicy,
    error_messages: Option<bool>,
    gen_ai_names: Option<GenAiNames>,
    exception_signal: Option<ExceptionSignal>,
    call_events: Option<CallEvents>,
    slow_calls: Option<SlowCalls>,
    pricing: Option<Arc<dyn Pricing>>,
    default_pricing: Option<Arc<dyn Pricing>>,
}

enum Content {
    Everything(bool),
    Policy(ContentPolicy),
}

impl Recording {
    /// Puts what code said over what the environment said.
    pub(super) fn apply(&self, settings: &mut Settings) {
        match &self.content {
            Some(Content::Everything(open)) => settings.content = ContentDestination::of(*open),
            Some(Content::Policy(policy)) => settings.content = ContentDestination::of(policy.is_open()),
            None => {}
        }
        if let Some(names) = self.gen_ai_names {
            settings.gen_ai_names = names;
        }
        settings.exception_signal = self.exception_signal.unwrap_or(settings.exception_signal);
        settings.call_events = self.call_events.unwrap_or(settings.call_events);
        settings.slow_calls = self.slow_calls.unwrap_or(settings.slow_calls);
    }

    /// The policy under settings that code was [applied](Self::apply) to.
    pub(super) fn policy(&mut self, settings: &Settings) -> Policy {
        let content = match self.content.take() {
            Some(Content::Policy(policy)) => policy,
            _ if settings.content.has_spans() => std::mem::take(&mut self.redacted).only(ContentKind::ALL),
            _ => ContentPolicy::none(),
        };
        let policy = Policy::default()
            .with_content(content)
            .with_gen_ai_names(settings.gen_ai_names)
            .with_exception_signal(settings.exception_signal)
            .with_call_events(settings.call_events)
            .with_slow_calls(settings.slow_calls);
        match self.error_messages {
            Some(on) => policy.with_error_messages(on),
            None => policy,
        }
    }

    pub(super) fn pricing(&mut self) -> Option<Arc<dyn Pricing>> {
        self.pricing.take().or(self.default_pricing.take())
    }
}

/// What calls record.
impl<P> Builder<P> {
    /// Which content of calls is recorded on spans, how much of it, and what is taken out: prompts, answers, arguments. Default:
    /// `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT`, else none.
    ///
    /// This policy is the whole decision. The variable has no say beside it, in neither direction: not even `NO_CONTENT` closes what
    /// code opens. An application that leaves the decision to its operators does not call this.
    ///
    /// ```
    /// use tachograph_core::{ContentKind, ContentPolicy};
    /// use tachograph_pipeline::Builder;
    ///
    /// let answers = ContentPolicy::none().only([ContentKind::Completion]).with_text_bytes(1024);
    /// let builder = Builder::new().with_content(answers);
    /// # let _ = builder;
    /// ```
    pub fn with_content(mut self, policy: ContentPolicy) -> Self {
        self.wishes.recording.content = Some(Content::Policy(policy));
        self
    }

    /// Whether every kind of content is recorded, or none: short for [`with_content`](Self::with_content), in whose place it stands
    /// and over the same variable. What is recorded goes through the [default redactions](Self::with_default_redaction).
    pub fn with_content_capture(mut self, capture: bool) -> Self {
        self.wishes.recording.content = Some(Content::Everything(capture));
        self
    }

    /// Takes out of all content what must not be recorded, where the variable or [`with_content_capture`](Self::with_content_capture)
    /// opened it. A policy from [`with_content`](Self::with_content) has its own redactions and none of these. Given several times,
    /// all are applied, in this order. It opens nothing by itself.
    pub fn with_default_redaction(mut self, redaction: impl Redact) -> Self {
        let redacted = std::mem::take(&mut self.wishes.recording.redacted);
        self.wishes.recording.redacted = redacted.with_redaction(redaction);
        self
    }

    /// Whether the messages of errors are recorded as the status description of spans. Default: for calls whose errors are their own
    /// (databases, caches, outgoing requests), and for all where content is recorded; see [`Policy::with_error_messages`].
    pub fn with_error_messages(mut self, on: bool) -> Self {
        self.wishes.recording.error_messages = Some(on);
        self
    }

    /// Under which names the metrics of calls to models are recorded. Default: `OTEL_SEMCONV_STABILITY_OPT_IN`, else the established
    /// ones. The classic names of a scrape are there under all of them.
    pub fn with_gen_ai_names(mut self, names: GenAiNames) -> Self {
        self.wishes.recording.gen_ai_names = Some(names);
        self
    }

    /// Whether errors that are captured are events of their span as well as log records. Default:
    /// `OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN`, else both; see [`ExceptionSignal`].
    pub fn with_exception_signal(mut self, signal: ExceptionSignal) -> Self {
        self.wishes.recording.exception_signal = Some(signal);
        self
    }

    /// Of which calls an event says that they ended, as a line of the log with target `tachograph::calls`. Default:
    /// `TACHOGRAPH_LOG_CALLS` and `TACHOGRAPH_LOG_CALLS_RATIO`, else of none, which costs nothing. This is the whole decision: the
    /// variables have no say beside it.
    ///
    /// ```
    /// use tachograph_core::{CallEvents, Kind};
    /// use tachograph_pipeline::Builder;
    ///
    /// let builder = Builder::new().with_call_events(CallEvents::failed().with_kinds([Kind::Agent]));
    /// # let _ = builder;
    /// ```
    pub fn with_call_events(mut self, events: CallEvents) -> Self {
        self.wishes.recording.call_events = Some(events);
        self
    }

    /// From when on a line of the log, with target `tachograph::performance`, says that a call was slow. Default: `TACHOGRAPH_SLOW_MS`
    /// over [`SlowCalls::default`]. This is the whole decision: the variable has no say beside it.
    pub fn with_slow_calls(mut self, slow: SlowCalls) -> Self {
        self.wishes.recording.slow_calls = Some(slow);
        self
    }

    /// Who knows what calls to models cost. Default: [`with_default_pricing`](Self::with_default_pricing), else nobody: then only
    /// amounts that calls are told are recorded.
    pub fn with_pricing(mut self, pricing: Arc<dyn Pricing>) -> Self {
        self.wishes.recording.pricing = Some(pricing);
        self
    }

    /// Who knows what calls to models cost where [`with_pricing`](Self::with_pricing) named nobody: for crates that bring prices of
    /// their own. The last one given counts.
    pub fn with_default_pricing(mut self, pricing: Arc<dyn Pricing>) -> Self {
        self.wishes.recording.default_pricing = Some(pricing);
        self
    }
}
