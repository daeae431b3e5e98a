//! Boxed futures and streams: the one kind that can be wrapped without changing its type.

use std::pin::Pin;

use futures_core::Stream;

use super::shape::{Finish, Subject};
use crate::{
    call::Call,
    future::{Driven, Lazy},
    operation::Operation,
    outcome::Outcome,
    stream::TrackedStream,
};

/// A boxed stream, wrapped into a box of the same type.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is a stream that cannot be tracked under its own type",
    label = "the call would end before the stream does",
    note = "return `impl Stream<Item = …>` or `Pin<Box<dyn Stream<Item = …> + Send>>`, or add the argument `value` to end the call when the function returns"
)]
pub trait BoxedStream: Stream + Sized {
    /// The stream inside its call.
    fn tracked<O, I>(self, call: Lazy<O>, inspect: I) -> Self
    where
        O: Operation,
        I: FnMut(&Call<O>, &Self::Item) -> Outcome + Send + 'static;
}

/// A boxed future, wrapped into a box of the same type.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is a future that cannot be tracked under its own type",
    label = "the call would end before the future does",
    note = "return `impl Future<Output = …>` or `Pin<Box<dyn Future<Output = …> + Send>>`, or add the argument `value` to end the call when the function returns"
)]
pub trait BoxedFuture: Future + Sized {
    /// The future inside its call.
    fn tracked<O, S, I, X>(self, call: Lazy<O>, shape: S, inspect: I, open: X) -> Self
    where
        O: Operation,
        S: Subject<Self::Output> + Finish<O, Self::Output, I, X, Out = Self::Output> + Send + 'static,
        I: Send + 'static,
        X: Send + 'static;
}

macro_rules! boxed {
    ($($auto:tt)*) => {
        impl<'a, T: 'a> BoxedStream for Pin<Box<dyn Stream<Item = T> $($auto)* + 'a>> {
            fn tracked<O, I>(self, call: Lazy<O>, inspect: I) -> Self
            where
                O: Operation,
                I: FnMut(&Call<O>, &T) -> Outcome + Send + 'static,
            {
                Box::pin(TrackedStream::new(call, self, inspect))
            }
        }

        impl<'a, T: 'a> BoxedFuture for Pin<Box<dyn Future<Output = T> $($auto)* + 'a>> {
            fn tracked<O, S, I, X>(self, call: Lazy<O>, shape: S, inspect: I, open: X) -> Self
            where
                O: Operation,
                S: Subject<T> + Finish<O, T, I, X, Out = T> + Send + 'static,
                I: Send + 'static,
                X: Send + 'static,
            {
                Box::pin(async move {
                    let (guard, output) = Driven::new(call, self).await;
                    shape.finish(guard, output, inspect, open)
                })
            }
        }
    };
}

boxed!();
boxed!(+ Send);
