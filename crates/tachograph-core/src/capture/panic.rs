//! Panics, as a hook sees them.

use std::{
    backtrace::Backtrace,
    fmt,
    panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind},
    thread,
};

use opentelemetry::{Context, KeyValue};

use super::report::{self, MAX_MESSAGE};
use crate::{
    event::{Event, Severity, Topic},
    outcome::{CallError, cut_text},
    record::count_error,
    semconv::{attribute as attr, value},
    telemetry::Telemetry,
};

/// Reports a panic: for an application's own panic hook, on the thread that panics.
///
/// ```
/// let before = std::panic::take_hook();
/// std::panic::set_hook(Box::new(move |info| {
///     tachograph_core::capture::capture_panic(info);
///     before(info);
/// }));
/// ```
///
/// One event `exception` of severity [`Critical`](Severity::Critical) and type `panic`: message, place, thread, and a backtrace where
/// `RUST_BACKTRACE` asks for one. It counts in `tachograph.errors`; inside of a call with the kind of that call, which is recorded as
/// panicked when the panic unwinds through it. Panics that are caught later are panics as well.
///
/// The event is told here and now, by whoever prints events; where the panicking code holds a lock that printing needs, that would wait
/// for ever. The pipeline's hook does it on another thread.
pub fn capture_panic(info: &PanicHookInfo<'_>) {
    CapturedPanic::of(info).report();
}

/// A panic that was taken down, to be reported elsewhere: [`capture_panic`] in two steps.
pub struct CapturedPanic {
    context: Context,
    message: String,
    place: Option<(String, u32, u32)>,
    thread: (Option<String>, Option<i64>),
    backtrace: Backtrace,
}

impl CapturedPanic {
    /// Takes down what is known, on the thread that panics. It prints nothing and waits for nobody.
    #[must_use]
    pub fn of(info: &PanicHookInfo<'_>) -> Self {
        let current = thread::current();
        let number = format!("{:?}", current.id());
        let digits = number.trim_matches(|c: char| !c.is_ascii_digit());
        Self {
            context: Context::current(),
            message: cut_text(info.payload_as_str().unwrap_or("no message"), MAX_MESSAGE),
            place: info.location().map(|place| (place.file().to_owned(), place.line(), place.column())),
            thread: (current.name().map(str::to_owned), digits.parse().ok()),
            backtrace: Backtrace::capture(),
        }
    }

    /// Reports it, on any thread, in the context of the panic.
    pub fn report(self) {
        let _ = catch_unwind(AssertUnwindSafe(|| self.tell()));
    }

    fn tell(self) {
        let Self { context, message, place, thread, backtrace } = self;
        let _context = context.attach();
        let Some(telemetry) = Telemetry::in_force().filter(|_| !Context::is_current_telemetry_suppressed()) else {
            return;
        };
        count_error(&telemetry, CallError::new(value::PANIC), None, report::running_kind());
        let message = telemetry.policy().captured_messages().then_some(message);
        let mut all = report::exception(Some(value::PANIC.to_owned()), message.clone(), &backtrace);
        report::add_to_span(&telemetry, &all);
        if !telemetry.wants_event(Topic::Errors, Severity::Critical) {
            return;
        }
        if let Some((file, line, column)) = place {
            all.push(KeyValue::new(attr::CODE_FILE_PATH, file));
            all.push(KeyValue::new(attr::CODE_LINE_NUMBER, i64::from(line)));
            all.push(KeyValue::new(attr::CODE_COLUMN_NUMBER, i64::from(column)));
        }
        let (name, number) = thread;
        all.extend(number.map(|number| KeyValue::new(attr::THREAD_ID, number)));
        all.extend(name.map(|name| KeyValue::new(attr::THREAD_NAME, name)));
        let mut event = Event::new(Topic::Errors, Severity::Critical, value::EXCEPTION_EVENT);
        event.message = message.unwrap_or_else(|| value::PANIC.to_owned()).into();
        report::tell(&telemetry, event, all);
    }
}

impl fmt::Debug for CapturedPanic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CapturedPanic")
            .field("message", &self.message)
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}
