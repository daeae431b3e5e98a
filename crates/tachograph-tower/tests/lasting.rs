//! Responses that are meant to last are as slow as their beginning, through every layer.

#![allow(clippy::unwrap_used, clippy::panic, reason = "in a test they are the assertion, or the subject")]

use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use axum::body::Body;
use bytes::Bytes;
use futures_util::{FutureExt as _, stream};
use http::{HeaderMap, Request, Response, header::CONTENT_TYPE};
use http_body::{Body as HttpBody, Frame};
use http_body_util::{BodyExt as _, StreamBody};
use opentelemetry::Value;
use tachograph_core::{
    CallEvents, Kind, Policy, SlowCalls,
    event::{Event, EventSink, Severity, Topic},
};
use tachograph_testing::TestTelemetry;
use tachograph_tower::{GrpcClientLayer, GrpcServerLayer, HttpClientLayer, HttpServerLayer};
use tower::{Layer, Service, ServiceExt as _, service_fn};

const LONG: Duration = Duration::from_millis(30);

/// Milliseconds of the end of a call, and of its slowness.
#[derive(Default)]
struct Durations(Mutex<Vec<f64>>);

impl EventSink for Durations {
    fn wants(&self, _: Topic, _: Severity) -> bool {
        true
    }

    fn emit(&self, event: Event<'_>) {
        let duration = event.attributes.iter().find(|kv| kv.key.as_str() == "duration_ms").unwrap();
        let Value::F64(milliseconds) = duration.value else { panic!("{event:?}") };
        self.0.lock().unwrap().push(milliseconds);
    }
}

/// A service whose response has this content type, and a body that takes its time.
async fn answer(
    content_type: &'static str,
) -> Result<Response<impl HttpBody<Data = Bytes, Error = Infallible>>, Infallible> {
    let body = stream::once(async {
        let began = Instant::now();
        while began.elapsed() < LONG {
            std::thread::yield_now();
        }
        let mut trailers = HeaderMap::new();
        trailers.insert("grpc-status", "0".parse().unwrap());
        Ok::<_, Infallible>(Frame::<Bytes>::trailers(trailers))
    });
    Ok(Response::builder().header(CONTENT_TYPE, content_type).body(StreamBody::new(Box::pin(body))).unwrap())
}

/// Whether a response of this content type is judged by its beginning.
fn is_judged_by_its_beginning<L, B>(layer: L, content_type: &'static str) -> bool
where
    L: Layer<BoxedService, Service: Service<Request<Body>, Response = Response<B>, Error = Infallible>>,
    B: HttpBody<Data = Bytes, Error: std::fmt::Debug>,
{
    let durations = Arc::new(Durations::default());
    let slow = Kind::ALL.iter().fold(SlowCalls::none(), |slow, kind| slow.with(*kind, Duration::ZERO));
    let policy = Policy::default().with_slow_calls(slow).with_call_events(CallEvents::all());
    let test = TestTelemetry::builder().with_policy(policy).with_event_sink(Arc::clone(&durations) as _).build();
    let service = BoxedService::new(service_fn(move |_: Request<Body>| async move {
        answer(content_type).await.map(|response| response.map(Body::new))
    }));
    let request = Request::get("http://example.com/test.Echo/Say").body(Body::empty()).unwrap();
    test.scope(|| {
        let response = layer.layer(service).oneshot(request).now_or_never().unwrap().unwrap();
        response.into_body().collect().now_or_never().unwrap().unwrap();
    });
    let durations = durations.0.lock().unwrap();
    let [whole, judged] = durations[..] else { panic!("{durations:?}") };
    assert!(whole >= 30.0 && judged <= whole, "{durations:?}");
    // The body alone took so long.
    whole - judged >= 30.0
}

type BoxedService = tower::util::BoxService<Request<Body>, Response<Body>, Infallible>;

#[test]
fn event_streams_and_rpcs_are_judged_by_their_beginning_and_nothing_else() {
    for (content_type, by_its_beginning) in [("text/event-stream", true), ("text/plain", false)] {
        assert_eq!(is_judged_by_its_beginning(HttpServerLayer::new(), content_type), by_its_beginning);
        assert_eq!(is_judged_by_its_beginning(HttpClientLayer::new(), content_type), by_its_beginning);
    }
    assert!(is_judged_by_its_beginning(GrpcServerLayer::new(), "application/grpc"));
    assert!(is_judged_by_its_beginning(GrpcClientLayer::new(), "application/grpc"));
}
