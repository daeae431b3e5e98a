//! What can be captured, and what is known of it.

use std::{any, borrow::Cow, error::Error, fmt, io};

use crate::{
    outcome::{CallError, ErrorType as _, variant_of_unknown},
    semconv::value,
};

/// An error that can be captured: every `Error + 'static`, and `dyn Error` with `Send` and `Sync` or without.
///
/// Nobody else can implement it. An error behind `dyn` has lost its type: `exception.type` is then its variant, as its derived `Debug` form
/// tells it, or left out where it does not.
pub trait Capturable: sealed::Capturable {}

impl<T: sealed::Capturable + ?Sized> Capturable for T {}

pub(super) mod sealed {
    use std::error::Error;

    use super::Described;

    pub trait Capturable {
        fn described(&self) -> Described<'_>;
    }

    impl<T: Error + 'static> Capturable for T {
        fn described(&self) -> Described<'_> {
            Described::of_type(self)
        }
    }

    macro_rules! unknown {
        ($($error:ty),*) => {
            $(impl Capturable for $error {
                fn described(&self) -> Described<'_> {
                    Described::of_unknown(self)
                }
            })*
        };
    }
    unknown!(dyn Error, dyn Error + Send, dyn Error + Sync, dyn Error + Send + Sync);
}

/// An error and how to find out what it is called.
pub struct Described<'a> {
    error: &'a (dyn Error + 'static),
    type_name: Option<&'static str>,
    call_error: fn(&(dyn Error + 'static)) -> CallError,
}

impl<'a> Described<'a> {
    fn of_type<E: Error + 'static>(error: &'a E) -> Self {
        let call_error =
            |error: &(dyn Error + 'static)| error.downcast_ref::<E>().map_or_else(other, CallError::of_debug);
        Self { error, type_name: Some(any::type_name::<E>()), call_error }
    }

    fn of_unknown(error: &'a (dyn Error + 'static)) -> Self {
        let call_error = |error: &(dyn Error + 'static)| variant_of_unknown(error).map_or_else(other, CallError::new);
        Self { error, type_name: None, call_error }
    }
}

fn other() -> CallError {
    CallError::new(value::OTHER)
}

/// What is reported.
pub(super) enum Subject<'a> {
    Error(Described<'a>),
    Message(Cow<'a, str>),
}

impl<'a> Subject<'a> {
    pub(super) fn error<E: sealed::Capturable + ?Sized>(error: &'a E) -> Self {
        Self::Error(error.described())
    }

    pub(super) fn is_error(&self) -> bool {
        matches!(self, Self::Error(_))
    }
}

impl<'a> Described<'a> {
    pub(super) fn error(&self) -> &'a (dyn Error + 'static) {
        self.error
    }

    /// A bounded name, for metrics and calls.
    pub(super) fn call_error(&self) -> CallError {
        match self.error.downcast_ref::<io::Error>() {
            Some(error) => CallError::new(error.error_type()),
            None => (self.call_error)(self.error),
        }
    }

    /// The `exception.type`, if anything is known of it.
    pub(super) fn exception_type(&self) -> Option<Cow<'static, str>> {
        if self.error.is::<io::Error>() {
            return Some(Cow::Borrowed(any::type_name::<io::Error>()));
        }
        self.type_name.map(Cow::Borrowed).or_else(|| variant_of_unknown(self.error).map(Cow::Owned))
    }
}

impl fmt::Debug for Described<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Described").field("type_name", &self.type_name).finish_non_exhaustive()
    }
}
