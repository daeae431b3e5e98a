//! What a value tells about its call.
//!
//! The methods of the ladders are named so that no trait of the application has one like them: one that did would be chosen
//! over a lower rung, silently.

use std::fmt::{Debug, Display};

use crate::outcome::{CallError, ErrorType, Outcome};

/// A value that is asked.
#[derive(Debug)]
pub struct Probe<'a, T>(pub &'a T);

/// Defines one rung of a ladder: a trait of its own with the method of the ladder.
macro_rules! rung {
    ($trait:ident: $method:ident -> $out:ty; for[$($g:ident),+] where[$($bound:tt)*] $self:ty => |$this:ident| $body:expr) => {
        pub trait $trait<'a, $($g),+> {
            fn $method(&self) -> $out;
        }
        impl<'a, $($g),+> $trait<'a, $($g),+> for $self where $($bound)* {
            fn $method(&self) -> $out {
                let $this = self;
                $body
            }
        }
    };
}

/// `(&&&&&&Probe(value)).tachograph_outcome()`: an `Err` is a failure with the best name and message that its type allows.
#[allow(missing_docs)]
pub mod outcome {
    use super::{CallError, Debug, Display, ErrorType, Outcome, Probe};

    fn of<T, E>(result: &Result<T, E>, error: impl FnOnce(&E) -> CallError) -> Outcome {
        result.as_ref().map_or_else(|e| Outcome::Error(error(e)), |_| Outcome::Success)
    }

    rung!(NamedAndTold: tachograph_outcome -> Outcome; for[T, E] where[E: ErrorType + Display] &&&&&Probe<'a, Result<T, E>> =>
        |probe| of(probe.0, |e| CallError::new(e.error_type()).with_message(e)));
    rung!(Named: tachograph_outcome -> Outcome; for[T, E] where[E: ErrorType] &&&&Probe<'a, Result<T, E>> =>
        |probe| of(probe.0, |e| CallError::new(e.error_type())));
    rung!(DebugAndTold: tachograph_outcome -> Outcome; for[T, E] where[E: Debug + Display] &&&Probe<'a, Result<T, E>> =>
        |probe| of(probe.0, |e| CallError::of_debug(e).with_message(e)));
    rung!(Debugged: tachograph_outcome -> Outcome; for[T, E] where[E: Debug] &&Probe<'a, Result<T, E>> =>
        |probe| of(probe.0, |e| CallError::of_debug(e)));
    rung!(Silent: tachograph_outcome -> Outcome; for[T, E] where[] &Probe<'a, Result<T, E>> =>
        |probe| of(probe.0, |_| CallError::of_type::<E>()));
    rung!(Plain: tachograph_outcome -> Outcome; for[T] where[] Probe<'a, T> => |_probe| Outcome::Success);
}

/// `(&&Probe(value)).tachograph_ok_part()`: what is inside `Ok`, or the value itself.
#[allow(missing_docs)]
pub mod ok {
    use super::Probe;

    rung!(OfResult: tachograph_ok_part -> Option<&'a T>; for[T, E] where[] &Probe<'a, Result<T, E>> => |probe| probe.0.as_ref().ok());
    rung!(Plain: tachograph_ok_part -> Option<&'a T>; for[T] where[] Probe<'a, T> => |probe| Some(probe.0));
}

/// `(&&&Probe(value)).tachograph_found()`: whether a look-up found something; `None` where the type does not tell.
#[allow(missing_docs)]
pub mod found {
    use super::Probe;

    rung!(OfResult: tachograph_found -> Option<bool>; for[T, E] where[] &&Probe<'a, Result<Option<T>, E>> =>
        |probe| probe.0.as_ref().ok().map(Option::is_some));
    rung!(OfOption: tachograph_found -> Option<bool>; for[T] where[] &Probe<'a, Option<T>> => |probe| Some(probe.0.is_some()));
    rung!(Plain: tachograph_found -> Option<bool>; for[T] where[] Probe<'a, T> => |_probe| None);
}

/// `(&&&&Probe(value)).tachograph_status()`: the HTTP status of a response; `None` where the type does not tell.
#[allow(missing_docs)]
pub mod status {
    use super::Probe;

    #[cfg(feature = "http")]
    rung!(OfResult: tachograph_status -> Option<u16>; for[B, E] where[] &&&Probe<'a, Result<http::Response<B>, E>> =>
        |probe| probe.0.as_ref().ok().map(|response| response.status().as_u16()));
    #[cfg(feature = "http")]
    rung!(OfResponse: tachograph_status -> Option<u16>; for[B] where[] &&Probe<'a, http::Response<B>> =>
        |probe| Some(probe.0.status().as_u16()));

    #[cfg(feature = "http")]
    pub trait OfCode {
        fn tachograph_status(&self) -> Option<u16>;
    }
    #[cfg(feature = "http")]
    impl OfCode for &Probe<'_, http::StatusCode> {
        fn tachograph_status(&self) -> Option<u16> {
            Some(self.0.as_u16())
        }
    }

    rung!(Plain: tachograph_status -> Option<u16>; for[T] where[] Probe<'a, T> => |_probe| None);
}

/// A result, for `error_type = |error| …`.
#[diagnostic::on_unimplemented(
    message = "`error_type` reads the error of a `Result`, and `{Self}` is none",
    note = "use `error_if = |value| …` to say when a value is a failure"
)]
pub trait ResultLike {
    /// The error.
    type Error;
    /// The error, if it is one.
    fn error(&self) -> Option<&Self::Error>;
}

impl<T, E> ResultLike for Result<T, E> {
    type Error = E;
    fn error(&self) -> Option<&E> {
        self.as_ref().err()
    }
}

/// An option, for `none_is_error`.
#[diagnostic::on_unimplemented(
    message = "`none_is_error` needs an `Option`, and `{Self}` is none",
    note = "an `Option<T>` or a `Result<Option<T>, E>`"
)]
pub trait OptionLike {
    /// Whether it holds nothing.
    fn holds_none(&self) -> bool;
}

impl<T> OptionLike for Option<T> {
    fn holds_none(&self) -> bool {
        self.is_none()
    }
}

impl<T, E> OptionLike for Result<Option<T>, E> {
    fn holds_none(&self) -> bool {
        matches!(self, Ok(None))
    }
}
