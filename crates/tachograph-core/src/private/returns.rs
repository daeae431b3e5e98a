//! How a function that is not `async` runs: at once for a value, at the first poll for a future or stream.

use std::{convert::Infallible, marker::PhantomData};

use futures_core::Stream;

use super::{
    Prepared,
    boxed::{BoxedFuture, BoxedStream},
    shape::{self, Finish, Subject},
};
use crate::{call::Call, future::Driven, operation::Operation, outcome::Outcome, stream::TrackedStream};

/// The return type of a body, asked for how the body runs.
#[derive(Debug)]
pub struct Returns<R>(PhantomData<fn() -> R>);

impl<R> Returns<R> {
    /// Asks the body that was fixed by [`once`](super::once).
    pub fn of<F: FnOnce() -> R>(_body: &F) -> Self {
        Self(PhantomData)
    }
}

/// Runs now; the output is a value, or a result of a stream.
#[derive(Clone, Copy, Debug)]
pub struct Now<S>(S);

impl<S> Now<S> {
    /// Runs the body inside its call.
    pub fn run<O, R, F, I, X>(self, call: Prepared<O>, body: F, inspect: I, open: X) -> <S as Finish<O, R, I, X>>::Out
    where
        O: Operation,
        F: FnOnce() -> R,
        S: Subject<R> + Finish<O, R, I, X>,
        I: FnMut(&Call<O>, &<S as Subject<R>>::Subject) -> Outcome,
        X: FnOnce(&Result<Infallible, <S as Subject<R>>::OpenError>) -> Outcome,
    {
        let guard = call.0.start();
        let output = {
            let _context = guard.enter();
            body()
        };
        self.0.finish(guard, output, inspect, open)
    }
}

/// Gives a future of opaque type; the call starts at its first poll.
#[derive(Clone, Copy, Debug)]
pub struct Later<S>(S);

impl<S> Later<S> {
    /// Makes the future and wraps it.
    pub fn run<O, R, F, I, X>(
        self,
        call: Prepared<O>,
        body: F,
        inspect: I,
        open: X,
    ) -> impl Future<Output = <S as Finish<O, R::Output, I, X>>::Out>
    where
        O: Operation,
        F: FnOnce() -> R,
        R: Future,
        S: Subject<R::Output> + Finish<O, R::Output, I, X>,
        I: FnMut(&Call<O>, &<S as Subject<R::Output>>::Subject) -> Outcome,
        X: FnOnce(&Result<Infallible, <S as Subject<R::Output>>::OpenError>) -> Outcome,
    {
        let driven = Driven::new(call.0, body());
        let shape = self.0;
        async move {
            let (guard, output) = driven.await;
            shape.finish(guard, output, inspect, open)
        }
    }
}

/// Gives a boxed future; the call starts at its first poll.
#[derive(Clone, Copy, Debug)]
pub struct BoxLater<S>(S);

impl<S> BoxLater<S> {
    /// Makes the future and wraps it into a box of the same type.
    pub fn run<O, R, F, I, X>(self, call: Prepared<O>, body: F, inspect: I, open: X) -> R
    where
        O: Operation,
        F: FnOnce() -> R,
        R: BoxedFuture,
        S: Subject<R::Output> + Finish<O, R::Output, I, X, Out = R::Output> + Send + 'static,
        I: FnMut(&Call<O>, &<S as Subject<R::Output>>::Subject) -> Outcome + Send + 'static,
        X: FnOnce(&Result<Infallible, <S as Subject<R::Output>>::OpenError>) -> Outcome + Send + 'static,
    {
        body().tracked(call.0, self.0, inspect, open)
    }
}

/// Gives a stream of opaque type; the call starts at its first poll.
#[derive(Clone, Copy, Debug)]
pub struct LaterStream;

impl LaterStream {
    /// Makes the stream and wraps it.
    pub fn run<O, R, F, I, X>(self, call: Prepared<O>, body: F, inspect: I, _open: X) -> TrackedStream<R, O, I>
    where
        O: Operation,
        F: FnOnce() -> R,
        R: Stream,
        I: FnMut(&Call<O>, &R::Item) -> Outcome,
        X: FnOnce(&Result<Infallible, ()>) -> Outcome,
    {
        TrackedStream::new(call.0, body(), inspect)
    }
}

/// Gives a boxed stream; the call starts at its first poll.
#[derive(Clone, Copy, Debug)]
pub struct BoxLaterStream;

impl BoxLaterStream {
    /// Makes the stream and wraps it into a box of the same type.
    pub fn run<O, R, F, I, X>(self, call: Prepared<O>, body: F, inspect: I, _open: X) -> R
    where
        O: Operation,
        F: FnOnce() -> R,
        R: BoxedStream,
        I: FnMut(&Call<O>, &R::Item) -> Outcome + Send + 'static,
        X: FnOnce(&Result<Infallible, ()>) -> Outcome,
    {
        body().tracked(call.0, inspect)
    }
}

/// One rung of a ladder: bodies that return this run like that.
macro_rules! rung {
    ($trait:ident -> $way:ty = $value:expr; for<$($g:ident),+> $self:ty where $($bound:tt)*) => {
        pub trait $trait<$($g),+> {
            fn tachograph_way(&self) -> $way;
        }
        impl<$($g),+> $trait<$($g),+> for $self where $($bound)* {
            fn tachograph_way(&self) -> $way {
                $value
            }
        }
    };
}

/// Ways of a function whose return type is written: what is returned must keep it.
#[allow(missing_docs)]
pub mod written {
    use super::{
        BoxLater, BoxLaterStream, BoxedFuture, BoxedStream, Now, Returns, Stream,
        shape::{BoxStreamed, TryBoxStreamed, Value},
    };

    rung!(FutureOfStream -> BoxLater<BoxStreamed> = BoxLater(BoxStreamed);
        for<R> &&&&&&&Returns<R> where R: BoxedFuture, R::Output: BoxedStream);
    rung!(FutureOfTryStream -> BoxLater<TryBoxStreamed> = BoxLater(TryBoxStreamed);
        for<R, S, E> &&&&&&Returns<R> where R: BoxedFuture + Future<Output = Result<S, E>>, S: BoxedStream);
    rung!(FutureOfValue -> BoxLater<Value> = BoxLater(Value);
        for<R> &&&&&Returns<R> where R: BoxedFuture);
    rung!(OfStream -> BoxLaterStream = BoxLaterStream;
        for<R> &&&&Returns<R> where R: BoxedStream);
    rung!(OfTryStream -> Now<TryBoxStreamed> = Now(TryBoxStreamed);
        for<S, E> &&&Returns<Result<S, E>> where S: BoxedStream);
    // Taken for their error messages: a future or stream of another type is not a boxed one.
    rung!(LostFuture -> BoxLater<Value> = BoxLater(Value); for<R> &&Returns<R> where R: Future);
    rung!(LostStream -> BoxLaterStream = BoxLaterStream; for<R> &Returns<R> where R: Stream);
    rung!(OfValue -> Now<Value> = Now(Value); for<R> Returns<R> where);
}

/// Ways of a function whose return type is `impl …`: it may become another.
#[allow(missing_docs)]
pub mod opaque {
    use super::{
        BoxedStream, Later, LaterStream, Now, Returns, Stream,
        shape::{BoxStreamed, Streamed, TryBoxStreamed, TryStreamed, Value},
    };

    rung!(FutureOfBoxStream -> Later<BoxStreamed> = Later(BoxStreamed);
        for<R> &&&&&&&Returns<R> where R: Future, R::Output: BoxedStream);
    rung!(FutureOfTryBoxStream -> Later<TryBoxStreamed> = Later(TryBoxStreamed);
        for<R, S, E> &&&&&&Returns<R> where R: Future<Output = Result<S, E>>, S: BoxedStream);
    rung!(FutureOfStream -> Later<Streamed> = Later(Streamed);
        for<R> &&&&&Returns<R> where R: Future, R::Output: Stream);
    rung!(FutureOfTryStream -> Later<TryStreamed> = Later(TryStreamed);
        for<R, S, E> &&&&Returns<R> where R: Future<Output = Result<S, E>>, S: Stream);
    rung!(FutureOfValue -> Later<Value> = Later(Value); for<R> &&&Returns<R> where R: Future);
    rung!(OfStream -> LaterStream = LaterStream; for<R> &&Returns<R> where R: Stream);
    rung!(OfTryStream -> Now<TryStreamed> = Now(TryStreamed); for<S, E> &Returns<Result<S, E>> where S: Stream);
    rung!(OfValue -> Now<Value> = Now(Value); for<R> Returns<R> where);
}

/// The explicit `value` argument: the call ends when the function returns, whatever it returns.
pub fn explicit_value<R>(_returns: &Returns<R>) -> Now<shape::Value> {
    Now(shape::Value)
}

/// The explicit `stream` argument on a function of opaque return type.
pub fn explicit_stream<R: shape::AnyStream>(_returns: &Returns<R>) -> LaterStream {
    LaterStream
}

/// The explicit `stream` argument on a function whose return type is written.
pub fn explicit_boxed_stream<R: BoxedStream>(_returns: &Returns<R>) -> BoxLaterStream {
    BoxLaterStream
}
