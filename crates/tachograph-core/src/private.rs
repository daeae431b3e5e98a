//! What the attribute macros expand to. No part of the public API: it may change in any release.
//!
//! The logic lives here and not in the macros, because only here do types decide. Which kind of function an attribute
//! stands on (one that gives a value, a future or a stream) and what its result tells is found by *autoref dispatch*: one
//! method name in several traits, implemented for more and more references to a probe, so that method resolution takes
//! the first implementation whose bounds hold. It works on the concrete types of the function, aliases included.
//!
//! - [`answer`]: what the answer of a model tells, where nobody can read it: nothing;
//! - [`probe`]: what a value tells: its outcome, its `Ok` part, hit or miss, an HTTP status;
//! - [`boxed`]: boxed futures and streams, which are wrapped without changing their type;
//! - [`shape`]: what becomes of an output: a value ends the call, a stream carries it on;
//! - [`returns`]: how a function that is not `async` runs.

pub mod answer;
pub mod boxed;
pub mod probe;
pub mod returns;
pub mod shape;

use std::{borrow::Cow, fmt};

use self::probe::ResultLike;

pub use crate::{
    call::Call,
    outcome::{CallError, Outcome},
    recorder::CallGuard,
    series::CallSite,
    usage::Usage,
};
use crate::{
    content::ContentKind,
    future::{Driven, Lazy},
    operation::{Kind, Operation, sealed::Describe},
    semconv::{attribute as attr, value},
    telemetry::Telemetry,
};

/// A call that is described and not yet started.
#[allow(missing_debug_implementations)]
pub struct Prepared<O: Operation>(pub(crate) Lazy<O>);

/// Describes a call, where telemetry is in force; elsewhere `describe` is not even run.
pub fn prepare<O: Operation>(site: &'static CallSite, skip: bool, describe: impl FnOnce(bool) -> O) -> Prepared<O> {
    if skip || !Telemetry::is_in_force() {
        return Prepared(Lazy::never());
    }
    // Whether there will be a span is known where the call starts, which may be elsewhere.
    Prepared(Lazy::waiting(describe(true), Some(site)))
}

/// Starts the call of an `async fn`, whose first poll this is; `describe` is told whether attributes of a span are of use.
pub fn begin<O: Operation>(site: &'static CallSite, skip: bool, describe: impl FnOnce(bool) -> O) -> CallGuard<O> {
    if skip { CallGuard::inert() } else { CallGuard::start_described(site, describe) }
}

/// Runs the body of an `async fn` inside its call.
pub fn drive<F: Future, O: Operation>(call: CallGuard<O>, body: F) -> Driven<F, CallGuard<O>> {
    Driven::new(call, body)
}

/// Fixes a closure as one that is called once, so that it may move what it captured into its result.
pub fn once<R, F: FnOnce() -> R>(body: F) -> F {
    body
}

/// Applies a user's closure to a part of the result; here its parameter's type is known before its body is checked.
pub fn apply<T: ?Sized, R>(part: &T, closure: impl FnOnce(&T) -> R) -> R {
    closure(part)
}

/// A value of any type, in code that is never run: it gives `?` and `return` in an `async` block their type.
pub fn never<T>() -> T {
    unreachable!("stands behind `if false`")
}

/// Adds a captured argument as an attribute, where the policy allows content.
pub fn capture<O: Operation>(
    argument: &dyn fmt::Debug,
    name: &'static str,
    operation: O,
    with_attribute: impl FnOnce(O, String, String) -> O,
) -> O {
    let kind = match <O as Describe>::KIND {
        Kind::Llm => ContentKind::Prompt,
        Kind::Tool => ContentKind::ToolArguments,
        _ => ContentKind::Argument,
    };
    let Some(telemetry) = Telemetry::in_force() else { return operation };
    let policy = telemetry.policy().content();
    if !policy.allows(kind) {
        return operation;
    }
    let text = format!("{argument:?}");
    let text = policy.redact(kind, &text);
    let text = text[..text.floor_char_boundary(policy.text_bytes())].to_owned();
    with_attribute(operation, format!("{}{name}", attr::ARGUMENT_PREFIX), text)
}

/// What `usage = …` may give.
#[diagnostic::on_unimplemented(
    message = "`usage` must give a `Usage`, not `{Self}`",
    note = "a `Usage`, an `Option<Usage>` or `(input, output)` in tokens"
)]
pub trait IntoUsage {
    /// The usage, if there is one.
    fn into_usage(self) -> Option<Usage>;
}

impl IntoUsage for Usage {
    fn into_usage(self) -> Option<Usage> {
        Some(self)
    }
}

impl IntoUsage for (u64, u64) {
    fn into_usage(self) -> Option<Usage> {
        Some(self.into())
    }
}

impl IntoUsage for Option<Usage> {
    fn into_usage(self) -> Option<Usage> {
        self
    }
}

/// What `response_model = …` may give.
#[diagnostic::on_unimplemented(
    message = "`response_model` must give a string, not `{Self}`",
    note = "a `String`, a `&'static str`, an `Arc<str>`, or an `Option` of one"
)]
pub trait IntoName {
    /// The name, if there is one.
    fn into_name(self) -> Option<opentelemetry::StringValue>;
}

macro_rules! names {
    ($($t:ty),*) => { $(
        impl IntoName for $t {
            fn into_name(self) -> Option<opentelemetry::StringValue> {
                Some(self.into())
            }
        }
        impl IntoName for Option<$t> {
            fn into_name(self) -> Option<opentelemetry::StringValue> {
                self.map(Into::into)
            }
        }
    )* };
}
names!(String, &'static str, std::sync::Arc<str>, Cow<'static, str>);

/// What the arguments of an attribute say about an output, beside its type.
#[derive(Clone, Copy, Debug, Default)]
pub struct Verdict {
    /// `ok_if`: whether it is a success after all.
    pub ok: Option<bool>,
    /// `error_if`: whether it is a failure after all.
    pub error: bool,
    /// `none_is_error`: whether nothing was found.
    pub none: bool,
}

/// The outcome after what the arguments of the attribute say.
pub fn decide(of_type: Outcome, verdict: Verdict) -> Outcome {
    match of_type {
        _ if verdict.none => Outcome::error(value::NONE),
        _ if verdict.ok == Some(true) => Outcome::Success,
        Outcome::Success if verdict.ok == Some(false) || verdict.error => Outcome::error(value::OTHER),
        other => other,
    }
}

/// Gives a failure the name that `error_type = …` finds for it; the message stays.
pub fn renamed<R: ResultLike, N>(outcome: Outcome, result: &R, name: impl FnOnce(&R::Error) -> N) -> Outcome
where
    N: Into<Cow<'static, str>>,
{
    match (outcome, result.error()) {
        (Outcome::Error(error), Some(of)) => Outcome::Error(error.renamed(name(of))),
        (other, _) => other,
    }
}

/// The figure of `rows = …`; negative ones are none.
pub fn rows(rows: impl TryInto<u64>) -> Option<u64> {
    rows.try_into().ok()
}
