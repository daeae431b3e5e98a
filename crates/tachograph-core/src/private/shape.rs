//! What becomes of an output: a value ends the call, a stream carries it on.

use std::convert::Infallible;

use futures_core::Stream;

use super::boxed::BoxedStream;
use crate::{
    call::Call, future::Lazy, operation::Operation, outcome::Outcome, recorder::CallGuard, stream::TrackedStream,
};

/// What the closures of an attribute look at, for an output `T`.
pub trait Subject<T> {
    /// The value, or the item of the stream.
    type Subject;
    /// The error with which a stream did not even open.
    type OpenError;
}

/// Ends the call with the output, or hands the call on to the stream.
pub trait Finish<O, T, I, X> {
    /// What the function returns.
    type Out;
    /// Takes the call over.
    fn finish(self, guard: CallGuard<O>, output: T, inspect: I, open: X) -> Self::Out;
}

macro_rules! shapes {
    ($($(#[$doc:meta])* $name:ident),*) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name;

        impl $name {
            /// [`Finish::finish`], with the closures' types given where closures are written.
            pub fn finish<O, T, I, X>(
                self,
                guard: CallGuard<O>,
                output: T,
                inspect: I,
                open: X,
            ) -> <Self as Finish<O, T, I, X>>::Out
            where
                Self: Subject<T> + Finish<O, T, I, X>,
                I: FnMut(&Call<O>, &<Self as Subject<T>>::Subject) -> Outcome,
                X: FnOnce(&Result<Infallible, <Self as Subject<T>>::OpenError>) -> Outcome,
            {
                Finish::finish(self, guard, output, inspect, open)
            }
        }
    )* };
}

shapes! {
    /// A plain value.
    Value,
    /// A stream.
    Streamed,
    /// A stream, or an error instead of one.
    TryStreamed,
    /// A boxed stream.
    BoxStreamed,
    /// A boxed stream, or an error instead of one.
    TryBoxStreamed
}

impl<T> Subject<T> for Value {
    type Subject = T;
    type OpenError = Infallible;
}

impl<O, T, I, X> Finish<O, T, I, X> for Value
where
    I: FnMut(&Call<O>, &T) -> Outcome,
{
    type Out = T;

    fn finish(self, guard: CallGuard<O>, output: T, mut inspect: I, _open: X) -> T {
        let outcome = inspect(guard.handle(), &output);
        guard.finish(outcome);
        output
    }
}

impl<S: Stream> Subject<S> for Streamed {
    type Subject = S::Item;
    type OpenError = Infallible;
}

impl<O: Operation, S: Stream, I, X> Finish<O, S, I, X> for Streamed {
    type Out = TrackedStream<S, O, I>;

    fn finish(self, guard: CallGuard<O>, output: S, inspect: I, _open: X) -> Self::Out {
        TrackedStream::new(Lazy::running(guard), output, inspect)
    }
}

impl<S: BoxedStream> Subject<S> for BoxStreamed {
    type Subject = S::Item;
    type OpenError = Infallible;
}

impl<O, S, I, X> Finish<O, S, I, X> for BoxStreamed
where
    O: Operation,
    S: BoxedStream,
    I: FnMut(&Call<O>, &S::Item) -> Outcome + Send + 'static,
{
    type Out = S;

    fn finish(self, guard: CallGuard<O>, output: S, inspect: I, _open: X) -> S {
        output.tracked(Lazy::running(guard), inspect)
    }
}

impl<S: Stream, E> Subject<Result<S, E>> for TryStreamed {
    type Subject = S::Item;
    type OpenError = E;
}

impl<O, S, E, I, X> Finish<O, Result<S, E>, I, X> for TryStreamed
where
    O: Operation,
    S: Stream,
    X: FnOnce(&Result<Infallible, E>) -> Outcome,
{
    type Out = Result<TrackedStream<S, O, I>, E>;

    fn finish(self, guard: CallGuard<O>, output: Result<S, E>, inspect: I, open: X) -> Self::Out {
        opened(guard, output, open, |guard, stream| TrackedStream::new(Lazy::running(guard), stream, inspect))
    }
}

impl<S: BoxedStream, E> Subject<Result<S, E>> for TryBoxStreamed {
    type Subject = S::Item;
    type OpenError = E;
}

impl<O, S, E, I, X> Finish<O, Result<S, E>, I, X> for TryBoxStreamed
where
    O: Operation,
    S: BoxedStream,
    I: FnMut(&Call<O>, &S::Item) -> Outcome + Send + 'static,
    X: FnOnce(&Result<Infallible, E>) -> Outcome,
{
    type Out = Result<S, E>;

    fn finish(self, guard: CallGuard<O>, output: Result<S, E>, inspect: I, open: X) -> Self::Out {
        opened(guard, output, open, |guard, stream| stream.tracked(Lazy::running(guard), inspect))
    }
}

/// Hands the call to an opened stream, or ends it with the error.
fn opened<O, S, E, T>(
    guard: CallGuard<O>,
    output: Result<S, E>,
    open: impl FnOnce(&Result<Infallible, E>) -> Outcome,
    carry: impl FnOnce(CallGuard<O>, S) -> T,
) -> Result<T, E> {
    match output {
        Ok(stream) => Ok(carry(guard, stream)),
        Err(error) => {
            let failed = Err(error);
            guard.finish(open(&failed));
            failed.map(|never| match never {})
        }
    }
}

/// An output that is asked for its shape.
#[derive(Debug)]
pub struct Output<'a, T>(pub &'a T);

/// One rung of a ladder: these outputs have this shape.
macro_rules! rung {
    ($trait:ident -> $shape:ident; for<$($g:ident),+> $self:ty where $($bound:tt)*) => {
        pub trait $trait<$($g),+> {
            fn tachograph_shape(&self) -> $shape;
        }
        impl<$($g),+> $trait<$($g),+> for $self where $($bound)* {
            fn tachograph_shape(&self) -> $shape {
                $shape
            }
        }
    };
}

/// Shapes of an output whose type is written: what is returned must keep it.
#[allow(missing_docs)]
pub mod written {
    use super::{BoxStreamed, BoxedStream, Output, Stream, TryBoxStreamed, Value};

    rung!(Boxed -> BoxStreamed; for<S> &&&Output<'_, S> where S: BoxedStream);
    rung!(TryBoxed -> TryBoxStreamed; for<S, E> &&Output<'_, Result<S, E>> where S: BoxedStream);
    // Taken for its error message: a stream of another type is not a `BoxedStream`.
    rung!(Lost -> BoxStreamed; for<S> &Output<'_, S> where S: Stream);
    rung!(Plain -> Value; for<T> Output<'_, T> where);
}

/// Shapes of an output whose type is `impl …`: it may become another.
#[allow(missing_docs)]
pub mod opaque {
    use super::{BoxStreamed, BoxedStream, Output, Stream, Streamed, TryBoxStreamed, TryStreamed, Value};

    rung!(Boxed -> BoxStreamed; for<S> &&&&Output<'_, S> where S: BoxedStream);
    rung!(TryBoxed -> TryBoxStreamed; for<S, E> &&&Output<'_, Result<S, E>> where S: BoxedStream);
    rung!(Open -> Streamed; for<S> &&Output<'_, S> where S: Stream);
    rung!(TryOpen -> TryStreamed; for<S, E> &Output<'_, Result<S, E>> where S: Stream);
    rung!(Plain -> Value; for<T> Output<'_, T> where);
}

/// A stream, for the argument `stream`.
#[diagnostic::on_unimplemented(message = "`stream` needs a function that returns a stream, and `{Self}` is none")]
pub trait AnyStream: Stream {}

impl<S: Stream> AnyStream for S {}

/// The explicit `stream` argument on an output of opaque type.
pub fn explicit_stream<S: AnyStream>(_output: &S) -> Streamed {
    Streamed
}
