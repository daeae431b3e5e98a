//! How a call ended, and what its error is called.

use std::{
    borrow::Cow,
    fmt::{self, Write as _},
};

use opentelemetry::StringValue;

use crate::semconv::value;

/// Longest `error.type` and longest status description, in bytes.
const MAX_ERROR_TYPE: usize = 80;
const MAX_MESSAGE: usize = 256;

/// How a call ended.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Outcome {
    /// The call did what it was asked.
    Success,
    /// The call failed.
    Error(CallError),
    /// The call was dropped before it ended: a future or stream that its caller gave up.
    Cancelled,
    /// The call panicked.
    Panic,
}

impl Outcome {
    /// A failure with an `error.type`. Keep it one of a few names: it becomes a metric label.
    #[must_use]
    pub fn error(error_type: impl Into<Cow<'static, str>>) -> Self {
        Self::Error(CallError::new(error_type))
    }

    /// Classifies a `Result`: the error's variant, taken from its `Debug` form, becomes the `error.type`.
    #[must_use]
    pub fn of_result<T, E: fmt::Debug>(result: &Result<T, E>) -> Self {
        match result {
            Ok(_) => Self::Success,
            Err(error) => Self::Error(CallError::of_debug(error)),
        }
    }

    /// `true` for [`Outcome::Success`].
    #[must_use]
    pub fn is_success(&self) -> bool {
        matches!(self, Self::Success)
    }

    /// The `error.type` of the outcome; `None` on success.
    #[must_use]
    pub fn error_type(&self) -> Option<&str> {
        match self {
            Self::Success => None,
            Self::Error(error) => Some(error.error_type()),
            Self::Cancelled => Some(value::CANCELLED),
            Self::Panic => Some(value::PANIC),
        }
    }
}

/// What a failed call is told by: a bounded name, and a message for the span alone.
#[derive(Clone, Debug, PartialEq)]
pub struct CallError {
    error_type: StringValue,
    message: Option<String>,
}

impl CallError {
    /// An error by its name. Names longer than 80 bytes and empty ones become `_OTHER`.
    #[must_use]
    pub fn new(error_type: impl Into<Cow<'static, str>>) -> Self {
        let name = error_type.into();
        let name = if name.is_empty() || name.len() > MAX_ERROR_TYPE { Cow::Borrowed(value::OTHER) } else { name };
        Self { error_type: name.into(), message: None }
    }

    /// Adds a message. It goes to the span's status description (cut at 256 bytes), never to a metric.
    #[must_use]
    pub fn with_message(mut self, message: impl fmt::Display) -> Self {
        self.message = Some(cut_text(message, MAX_MESSAGE));
        self
    }

    /// The `error.type`.
    #[must_use]
    pub fn error_type(&self) -> &str {
        self.error_type.as_str()
    }

    /// The message, if there is one.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    pub(crate) fn of_debug<E: fmt::Debug>(error: &E) -> Self {
        Self::new(debug_variant(error).map_or_else(short_type_name::<E>, Cow::Owned))
    }

    pub(crate) fn renamed(self, error_type: impl Into<Cow<'static, str>>) -> Self {
        Self { message: self.message, ..Self::new(error_type) }
    }

    pub(crate) fn of_type<E>() -> Self {
        Self::new(short_type_name::<E>())
    }

    pub(crate) fn into_parts(self) -> (StringValue, Option<String>) {
        (self.error_type, self.message)
    }
}

/// Gives an error its own `error.type`.
///
/// Without it the variant's name is taken from the `Debug` form (`LlmError::Timeout { .. }` becomes `Timeout`), which is
/// right for derived `Debug`. Implement it where the provider's own code is the better name.
///
/// The attribute macros pick the implementation up at compile time; the functions (`track_llm_request` and so on) cannot,
/// and use the `Debug` form.
///
/// ```
/// use std::borrow::Cow;
/// use tachograph_core::ErrorType;
/// enum ApiError { Status(u16), Closed }
/// impl ErrorType for ApiError {
///     fn error_type(&self) -> Cow<'static, str> {
///         match self {
///             Self::Status(429) => Cow::Borrowed("rate_limit_exceeded"),
///             Self::Status(_) => Cow::Borrowed("http_status"),
///             Self::Closed => Cow::Borrowed("connection_closed"),
///         }
///     }
/// }
/// ```
pub trait ErrorType {
    /// One of a few names that do not depend on the error's message. Longer than 80 bytes becomes `_OTHER`.
    fn error_type(&self) -> Cow<'static, str>;
}

impl ErrorType for std::io::Error {
    /// The kind: `NotFound`, `TimedOut`.
    fn error_type(&self) -> Cow<'static, str> {
        Cow::Owned(format!("{:?}", self.kind()))
    }
}

/// A value that tells by itself whether the call that returned it succeeded.
///
/// The functions (`track_llm_request` and so on) need it of what they return. It stands for `Result`, for which `Err` is a
/// failure, and for the usual plain values, which are successes. For your own type that is no `Result`, the empty
/// implementation says that it is always a success.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not tell whether the tracked call succeeded",
    note = "return a `Result`, or write `impl tachograph::Observe for {Self} {{}}` for a type that is always a success"
)]
pub trait Observe {
    /// How the call ended. The default is success.
    fn outcome(&self) -> Outcome {
        Outcome::Success
    }
}

impl<T, E: fmt::Debug> Observe for Result<T, E> {
    fn outcome(&self) -> Outcome {
        Outcome::of_result(self)
    }
}

impl<T> Observe for Option<T> {}
impl<T> Observe for Vec<T> {}
impl<T> Observe for Box<T> {}
impl<T: ?Sized> Observe for &T {}
impl<T, U> Observe for (T, U) {}

macro_rules! always_success {
    ($($t:ty),* $(,)?) => { $(impl Observe for $t {})* };
}
always_success!((), bool, char, u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize, f32, f64, String);

/// The name of an error whose type is not known: its variant, unless its `Debug` form is its message.
pub(crate) fn variant_of_unknown(error: &(dyn std::error::Error + 'static)) -> Option<String> {
    // A message of one word looks like a variant.
    derived_name(error).filter(|name| !cut_text(error, name.len() + 1).starts_with(name.as_str()))
}

/// The variant in a derived `Debug` form: the leading path, up to the first field.
///
/// `None` where the form does not look derived, so that messages of errors that print themselves never become labels: the
/// name must start with an upper-case letter and be all there is before the end, a `(` or a ` {`.
fn debug_variant<E: fmt::Debug>(error: &E) -> Option<String> {
    let own = std::any::type_name::<E>();
    if own.starts_with("alloc::") || own.starts_with("anyhow::") || own.starts_with("eyre::") || own.starts_with('&') {
        // Boxed and reported errors print their message.
        return None;
    }
    derived_name(error)
}

fn derived_name(error: &(impl fmt::Debug + ?Sized)) -> Option<String> {
    let mut head = Head::default();
    let _ = write!(head, "{error:?}");
    let derived = head.tail.is_empty() || head.tail.starts_with('(') || head.tail == " {";
    let is_name = |part: &str| part.starts_with(|c: char| c.is_ascii_alphabetic()) && !part.contains(':');
    let named = head.name.split("::").all(is_name)
        && head.name.rsplit("::").next().is_some_and(|last| last.starts_with(|c: char| c.is_ascii_uppercase()));
    (derived && named && head.name.len() <= MAX_ERROR_TYPE).then_some(head.name)
}

/// The last segment of the type's path without generic arguments; a plain `Error` keeps its crate: `anyhow::Error`.
fn short_type_name<E>() -> Cow<'static, str> {
    let full = std::any::type_name::<E>();
    let path = full.split('<').next().unwrap_or(full);
    let krate = path.split("::").next().unwrap_or(path);
    match path.rsplit("::").next() {
        Some("Error") => Cow::Owned(format!("{krate}::Error")),
        Some(last) if last.starts_with(|c: char| c.is_ascii_uppercase()) => Cow::Borrowed(last),
        _ => Cow::Borrowed(value::OTHER),
    }
}

/// Keeps the leading path of what is written and the two characters behind it, and stops the writer there.
#[derive(Default)]
struct Head {
    name: String,
    tail: String,
}

impl fmt::Write for Head {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        for c in piece.chars() {
            let in_name = self.tail.is_empty() && (c.is_ascii_alphanumeric() || c == '_' || c == ':');
            if in_name && self.name.len() <= MAX_ERROR_TYPE {
                self.name.push(c);
            } else if self.tail.chars().count() < 2 {
                self.tail.push(c);
            } else {
                return Err(fmt::Error);
            }
        }
        Ok(())
    }
}

/// The first bytes of what `text` prints. A `Display` that fails or is cut off leaves what it wrote so far.
pub(crate) fn cut_text(text: impl fmt::Display, limit: usize) -> String {
    let mut cut = Cut { text: String::new(), limit, full: false };
    let _ = write!(cut, "{text}");
    cut.text
}

/// Keeps the first bytes of what is written and stops the writer there.
struct Cut {
    text: String,
    limit: usize,
    full: bool,
}

impl fmt::Write for Cut {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        if self.full {
            return Err(fmt::Error);
        }
        let room = self.limit - self.text.len();
        self.text.push_str(&piece[..piece.floor_char_boundary(room.min(piece.len()))]);
        if piece.len() > room {
            self.full = true;
            return Err(fmt::Error);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    #[allow(dead_code)]
    enum LlmError {
        Timeout { after_ms: u64 },
        Status(u16),
        Closed,
    }

    fn name<E: fmt::Debug>(error: E) -> String {
        CallError::of_debug(&error).error_type().to_owned()
    }

    #[test]
    fn error_type_is_the_variant_and_never_the_message() {
        assert_eq!(name(LlmError::Timeout { after_ms: 7 }), "Timeout");
        assert_eq!(name(LlmError::Status(500)), "Status");
        assert_eq!(name(LlmError::Closed), "Closed");
        assert_eq!(name("user 4711 not found"), value::OTHER);
        assert_eq!(name(String::from("Timeout")), "String");
        let boxed: Box<dyn std::error::Error> = "Quota of user 4711".into();
        assert_eq!(name(boxed), "Box");
    }

    #[test]
    fn debug_that_prints_a_sentence_gives_the_type_name() {
        struct Chatty(&'static str);
        impl fmt::Debug for Chatty {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.0)
            }
        }
        for message in ["Failed: key sk-123 refused", "Failed to connect", "Key::sk-123", "::", "", "User4711 {", "É"]
        {
            let name = name(Chatty(message));
            assert!(name == "Chatty" || message == "User4711 {", "{message:?} became {name:?}");
        }
    }

    #[test]
    fn long_names_become_other_and_long_messages_are_cut_at_a_character() {
        assert_eq!(CallError::new("x".repeat(81)).error_type(), value::OTHER);
        let error = CallError::new("x").with_message("é".repeat(200));
        assert_eq!(error.message().map(str::len), Some(256));
        let error = CallError::new("x").with_message(format!("a{}", "é".repeat(200)));
        assert_eq!(error.message().map(str::len), Some(255));
    }
}
