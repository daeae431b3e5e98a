//! Where captured errors are recorded.

use tachograph_core::ExceptionSignal;

use super::parse::Reader;

pub(crate) const EXCEPTION_SIGNAL: &str = "OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN";

/// What the convention's opt-in asks for. As with its siblings, both is stronger than one, and words of other versions are no mistake.
pub(super) fn signal(read: &Reader<'_>) -> ExceptionSignal {
    let opted_in = read.list(EXCEPTION_SIGNAL).unwrap_or_default();
    let has = |token: &str| opted_in.iter().any(|entry| entry == token);
    if has("logs") && !has("logs/dup") { ExceptionSignal::Logs } else { ExceptionSignal::LogsAndSpanEvents }
}
