//! {kind of function} × {how the call ends}: in each cell exactly one span, one duration, the right `error.type`, and
//! nothing left in flight.

use std::{
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
};

use futures_util::{Stream, StreamExt as _, future::BoxFuture, stream::BoxStream};
use tachograph::{
    AgentExecution, track_agent_execution, track_cache_operation, track_command, track_db_query, track_http_request,
    track_llm_request, track_tool_execution, track_workflow,
};
use tachograph_testing::TestTelemetry;

/// How the body behaves.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Body {
    Succeeds,
    Fails,
    Panics,
    Hangs,
}

#[derive(Debug, thiserror::Error)]
enum Oops {
    #[error("no answer for user 4711")]
    Timeout,
}

fn act(body: Body) -> Result<u32, Oops> {
    match body {
        Body::Succeeds => Ok(7),
        Body::Fails => Err(Oops::Timeout),
        Body::Panics => panic!("on purpose"),
        Body::Hangs => unreachable!("a synchronous body does not hang"),
    }
}

async fn act_later(body: Body) -> Result<u32, Oops> {
    YieldOnce::default().await;
    if body == Body::Hangs {
        std::future::pending::<()>().await;
    }
    act(body)
}

/// Two good items, then what the body says.
fn items(body: Body) -> impl Stream<Item = Result<u32, Oops>> {
    async_stream::stream! {
        yield Ok(1);
        YieldOnce::default().await;
        yield Ok(2);
        if body != Body::Succeeds {
            yield act_later(body).await;
        }
    }
}

#[derive(Default)]
struct YieldOnce(bool);

impl Future for YieldOnce {
    type Output = ();
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

// The kinds of function. -------------------------------------------------------------------------------------------

#[track_tool_execution("sync")]
fn sync_fn(body: Body) -> Result<u32, Oops> {
    if body == Body::Fails {
        // An early return must not pass the recording by.
        return Err(Oops::Timeout);
    }
    let value = act(body)?;
    Ok(value)
}

#[track_agent_execution("async")]
async fn async_fn(body: Body) -> Result<u32, Oops> {
    let value = act_later(body).await?;
    Ok(value)
}

#[track_workflow("generic")]
async fn generic_fn<B>(body: B) -> Result<u32, Oops>
where
    B: Into<Body> + Send,
{
    act_later(body.into()).await
}

#[track_command("impl-future")]
fn impl_future(body: Body) -> impl Future<Output = Result<u32, Oops>> + Send {
    act_later(body)
}

#[track_db_query("SELECT", "users")]
fn boxed_future(body: Body) -> BoxFuture<'static, Result<u32, Oops>> {
    Box::pin(act_later(body))
}

type Later<T> = Pin<Box<dyn Future<Output = T>>>;

#[track_http_request("GET", "/users/{id}")]
fn local_boxed_future_behind_an_alias(body: Body) -> Later<Result<u32, Oops>> {
    Box::pin(act_later(body))
}

#[track_llm_request("openai", "gpt-4o")]
fn impl_stream(body: Body) -> impl Stream<Item = Result<u32, Oops>> {
    items(body)
}

#[track_llm_request("openai", "gpt-4o")]
fn boxed_stream(body: Body) -> BoxStream<'static, Result<u32, Oops>> {
    items(body).boxed()
}

#[track_llm_request("openai", "gpt-4o")]
async fn async_impl_stream(body: Body) -> Result<impl Stream<Item = Result<u32, Oops>>, Oops> {
    YieldOnce::default().await;
    Ok(items(body))
}

#[track_llm_request("openai", "gpt-4o")]
async fn async_boxed_stream(body: Body) -> Result<BoxStream<'static, Result<u32, Oops>>, Oops> {
    YieldOnce::default().await;
    Ok(items(body).boxed())
}

#[track_llm_request("openai", "gpt-4o")]
fn impl_future_of_stream(body: Body) -> impl Future<Output = impl Stream<Item = Result<u32, Oops>>> {
    async move { items(body) }
}

#[track_llm_request("openai", "gpt-4o", stream)]
fn explicit_stream(body: Body) -> impl Stream<Item = Result<u32, Oops>> {
    items(body)
}

#[track_llm_request("openai", "gpt-4o")]
async fn stream_that_does_not_open(body: Body) -> Result<BoxStream<'static, Result<u32, Oops>>, Oops> {
    act_later(body).await?;
    Ok(items(body).boxed())
}

struct Service;

impl Service {
    #[track_tool_execution("method")]
    fn method(&self, body: Body) -> Result<u32, Oops> {
        act(body)
    }

    #[track_cache_operation("sessions", "get")]
    async fn async_method(&mut self, body: Body) -> Result<u32, Oops> {
        act_later(body).await
    }
}

#[async_trait::async_trait]
trait Model {
    async fn ask(&self, body: Body) -> Result<u32, Oops>;
    async fn stream(&self, body: Body) -> Result<BoxStream<'static, Result<u32, Oops>>, Oops>;
}

#[async_trait::async_trait]
impl Model for Service {
    #[track_llm_request("openai", "gpt-4o")]
    async fn ask(&self, body: Body) -> Result<u32, Oops> {
        act_later(body).await
    }

    #[track_llm_request("openai", "gpt-4o")]
    async fn stream(&self, body: Body) -> Result<BoxStream<'static, Result<u32, Oops>>, Oops> {
        YieldOnce::default().await;
        Ok(items(body).boxed())
    }
}

trait NativeModel {
    fn answer(&self, body: Body) -> impl Future<Output = Result<u32, Oops>> + Send;
}

impl NativeModel for Service {
    #[track_llm_request("openai", "gpt-4o")]
    async fn answer(&self, body: Body) -> Result<u32, Oops> {
        act_later(body).await
    }
}

// The rows. --------------------------------------------------------------------------------------------------------

type Row<T> = (&'static str, fn(Body) -> T);
type Answer = Pin<Box<dyn Future<Output = Result<u32, Oops>>>>;
type Items = Pin<Box<dyn Stream<Item = Result<u32, Oops>>>>;

const SYNC: &[Row<Result<u32, Oops>>] = &[
    ("sync fn", sync_fn),
    ("method", |body| Service.method(body)),
    ("builder and closure", |body| AgentExecution::new("builder").run(|| act(body))),
    ("builder and guard", |body| {
        let guard = AgentExecution::new("guard").start();
        guard.finish_with(act(body))
    }),
];

const FUTURES: &[Row<Answer>] = &[
    ("async fn", |body| Box::pin(async_fn(body))),
    ("generic async fn", |body| Box::pin(generic_fn(body))),
    ("async method", |body| Box::pin(async move { Service.async_method(body).await })),
    ("async_trait method", |body| Box::pin(async move { Service.ask(body).await })),
    ("async fn in trait", |body| Box::pin(async move { Service.answer(body).await })),
    ("fn of impl Future", |body| Box::pin(impl_future(body))),
    ("fn of boxed future", |body| boxed_future(body)),
    ("fn of local boxed future", local_boxed_future_behind_an_alias),
    ("function", |body| Box::pin(track_llm_request("openai", "gpt-4o", act_later(body)))),
    ("builder", |body| Box::pin(AgentExecution::new("builder").track(act_later(body)))),
];

const STREAMS: &[Row<Items>] = &[
    ("fn of impl Stream", |body| Box::pin(impl_stream(body))),
    ("fn of boxed stream", |body| boxed_stream(body)),
    ("async fn of impl Stream", |body| flat(async_impl_stream(body))),
    ("async fn of boxed stream", |body| flat(async_boxed_stream(body))),
    ("async_trait method of boxed stream", |body| flat(async move { Service.stream(body).await })),
    ("fn of impl Future of stream", |body| flat(async move { Ok(impl_future_of_stream(body).await) })),
    ("explicit stream", |body| Box::pin(explicit_stream(body))),
    ("builder", |body| Box::pin(AgentExecution::new("builder").track_stream(items(body)))),
];

fn flat<S>(open: impl Future<Output = Result<S, Oops>> + 'static) -> Items
where
    S: Stream<Item = Result<u32, Oops>>,
{
    Box::pin(async_stream::stream! {
        let stream = open.await.expect("it opens");
        for await item in stream {
            yield item;
        }
    })
}

// The columns. -----------------------------------------------------------------------------------------------------

/// Runs one cell and checks what it left.
fn cell(row: &str, column: &str, error_type: Option<&str>, run: impl FnOnce()) {
    let test = TestTelemetry::new();
    test.scope(run);
    let spans = test.spans();
    assert_eq!(spans.len(), 1, "{row}, {column}: one span; got\n{}", test.tree());
    let span = &spans[0];
    let told = span.attributes.iter().find(|kv| kv.key.as_str() == "error.type").map(|kv| kv.value.to_string());
    assert_eq!(told.as_deref(), error_type, "{row}, {column}: error.type of the span");
    let failed = matches!(span.status, opentelemetry::trace::Status::Error { .. });
    assert_eq!(failed, error_type.is_some(), "{row}, {column}: status of the span");
    assert!(span.end_time >= span.start_time, "{row}, {column}: times of the span");

    let metrics = test.metrics();
    let durations: Vec<_> = metrics.names().into_iter().filter(|name| name.ends_with("duration")).collect();
    assert_eq!(durations.len(), 1, "{row}, {column}: one duration metric, not {durations:?}");
    let all = metrics.count(durations[0], &[]);
    assert_eq!(all, 1, "{row}, {column}: one duration");
    if let Some(error_type) = error_type {
        assert_eq!(metrics.count(durations[0], &[("error.type", error_type)]), 1, "{row}, {column}: its error.type");
    }
    let gauge =
        if durations[0].starts_with("http") { "http.server.active_requests" } else { "tachograph.operations.active" };
    assert_eq!(metrics.value(gauge, &[]), 0.0, "{row}, {column}: nothing in flight");
}

fn poll_once<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    futures_executor::block_on(future)
}

fn quietly(run: impl FnOnce()) {
    let panicked = catch_unwind(AssertUnwindSafe(run)).expect_err("the body panics");
    assert_eq!(panicked.downcast_ref::<&str>(), Some(&"on purpose"));
}

#[test]
fn every_synchronous_function_is_recorded_once_however_it_ends() {
    for (row, call) in SYNC {
        cell(row, "Ok", None, || assert_eq!(call(Body::Succeeds).unwrap(), 7));
        cell(row, "Err", Some("Timeout"), || assert!(call(Body::Fails).is_err()));
        cell(row, "panic", Some("panic"), || quietly(|| drop(call(Body::Panics))));
    }
}

#[test]
fn every_future_is_recorded_once_however_it_ends() {
    for (row, call) in FUTURES {
        cell(row, "Ok", None, || assert_eq!(block_on(call(Body::Succeeds)).unwrap(), 7));
        cell(row, "Err", Some("Timeout"), || assert!(block_on(call(Body::Fails)).is_err()));
        cell(row, "panic", Some("panic"), || quietly(|| drop(block_on(call(Body::Panics)))));
        cell(row, "dropped after a poll", Some("cancelled"), || {
            let mut future = call(Body::Hangs);
            assert!(poll_once(future.as_mut()).is_pending());
        });
        cell(row, "panicked, dropped long after", Some("panic"), || {
            let mut future = call(Body::Panics);
            assert!(poll_once(future.as_mut()).is_pending());
            quietly(|| drop(poll_once(future.as_mut())));
            // The panic is over here: the drop itself no longer tells of it.
            drop(future);
        });
    }
}

#[test]
fn every_stream_is_recorded_once_however_it_ends() {
    for (row, call) in STREAMS {
        cell(row, "stream ended", None, || {
            assert_eq!(block_on(call(Body::Succeeds).collect::<Vec<_>>()).len(), 2);
        });
        cell(row, "stream with an error in it", Some("Timeout"), || {
            assert_eq!(block_on(call(Body::Fails).collect::<Vec<_>>()).len(), 3);
        });
        cell(row, "stream dropped at its error", Some("Timeout"), || {
            let mut stream = call(Body::Fails);
            while block_on(stream.next()).expect("an error comes").is_ok() {}
        });
        cell(row, "panic", Some("panic"), || quietly(|| drop(block_on(call(Body::Panics).collect::<Vec<_>>()))));
        cell(row, "stream dropped half-way", Some("cancelled"), || {
            let mut stream = call(Body::Succeeds);
            assert_eq!(block_on(stream.next()).unwrap().unwrap(), 1);
        });
        cell(row, "dropped while it waits", Some("cancelled"), || {
            let mut stream = call(Body::Hangs);
            assert_eq!(block_on(stream.by_ref().take(2).collect::<Vec<_>>()).len(), 2);
            assert!(poll_once(pin!(stream.next())).is_pending());
        });
    }
}

#[test]
fn a_stream_that_does_not_open_is_recorded_once_with_its_error() {
    let call = stream_that_does_not_open;
    cell("async fn", "Err", Some("Timeout"), || assert!(block_on(call(Body::Fails)).is_err()));
    cell("async fn", "Ok", None, || {
        let stream = block_on(call(Body::Succeeds)).unwrap();
        assert_eq!(block_on(stream.count()), 2);
    });
}

#[test]
fn what_was_never_polled_never_began() {
    let test = TestTelemetry::new();
    test.scope(|| {
        for (_, call) in FUTURES {
            drop(call(Body::Succeeds));
        }
        for (_, call) in STREAMS {
            drop(call(Body::Succeeds));
        }
    });
    assert_eq!(test.tree(), "");
    assert_eq!(test.metrics().names(), Vec::<String>::new());
}
