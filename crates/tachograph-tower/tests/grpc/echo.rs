//! A gRPC service without generated code: messages are bytes, and what a call does is what it is asked for.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{self, Poll},
};

use bytes::{Buf as _, BufMut as _, Bytes};
use futures_util::{Stream, StreamExt as _, future::BoxFuture, stream};
use opentelemetry::{Context, baggage::BaggageExt as _};
use tokio::sync::mpsc::UnboundedSender;
use tonic::{
    Request, Response, Status, Streaming,
    body::Body,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    server::{Grpc, NamedService},
};
use tower::{Service, service_fn};

/// Bytes as they are.
#[derive(Clone, Copy, Default)]
pub(crate) struct Raw;

impl Codec for Raw {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        *self
    }

    fn decoder(&mut self) -> Self {
        *self
    }
}

impl Encoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put(item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(buffer.copy_to_bytes(buffer.remaining())))
    }
}

type Messages = Pin<Box<dyn Stream<Item = Result<Bytes, Status>> + Send>>;

/// What happens to a call that waits for ever.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Event {
    Began,
    LetGo,
}

struct Waiting(UnboundedSender<Event>);

impl Waiting {
    fn begin(tell: UnboundedSender<Event>) -> Self {
        let _ = tell.send(Event::Began);
        Self(tell)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let _ = self.0.send(Event::LetGo);
    }
}

/// `test.Echo`: `Say` (unary), `List` (server stream), `Count` (client stream), `Chat` (both).
#[derive(Clone)]
pub(crate) struct Echo {
    tell: UnboundedSender<Event>,
}

impl Echo {
    pub(crate) fn new(tell: UnboundedSender<Event>) -> Self {
        Self { tell }
    }
}

impl NamedService for Echo {
    const NAME: &'static str = "test.Echo";
}

impl Service<http::Request<Body>> for Echo {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<http::Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut task::Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let tell = self.tell.clone();
        let path = request.uri().path().to_owned();
        Box::pin(async move {
            let mut grpc = Grpc::new(Raw);
            Ok(match path.as_str() {
                "/test.Echo/Say" => grpc.unary(service_fn(move |asked| say(asked, tell.clone())), request).await,
                "/test.Echo/List" => {
                    grpc.server_streaming(service_fn(move |asked| list(asked, tell.clone())), request).await
                }
                "/test.Echo/Count" => grpc.client_streaming(service_fn(count), request).await,
                "/test.Echo/Chat" => grpc.streaming(service_fn(chat), request).await,
                _ => Status::unimplemented("no such method").into_http(),
            })
        })
    }
}

async fn say(asked: Request<Bytes>, tell: UnboundedSender<Event>) -> Result<Response<Bytes>, Status> {
    let asked = asked.into_inner();
    match &asked[..] {
        b"not found" => Err(Status::not_found("no such thing")),
        b"internal" => Err(Status::internal("broken")),
        b"denied" => Err(Status::permission_denied("not yours")),
        b"panic" => panic!("on purpose"),
        b"never" => {
            let _waiting = Waiting::begin(tell);
            std::future::pending().await
        }
        b"tenant" => {
            let tenant = Context::map_current(|context| context.baggage().get("tenant").map(ToString::to_string));
            Ok(Response::new(tenant.unwrap_or_default().into()))
        }
        _ => Ok(Response::new(asked)),
    }
}

async fn list(asked: Request<Bytes>, tell: UnboundedSender<Event>) -> Result<Response<Messages>, Status> {
    let message = || Ok(Bytes::from_static(b"message"));
    Ok(Response::new(match &asked.into_inner()[..] {
        b"fails" => stream::iter([message(), Err(Status::internal("broken"))]).boxed(),
        b"panic" => stream::iter([message()]).chain(stream::poll_fn(|_| panic!("on purpose"))).boxed(),
        b"endless" => {
            let waiting = Waiting::begin(tell);
            let pending = stream::pending().inspect(move |_| {
                let _ = &waiting;
            });
            stream::iter([message()]).chain(pending).boxed()
        }
        _ => stream::iter([message(), message(), message()]).boxed(),
    }))
}

async fn count(asked: Request<Streaming<Bytes>>) -> Result<Response<Bytes>, Status> {
    let messages = asked.into_inner().count().await;
    Ok(Response::new(messages.to_string().into()))
}

async fn chat(asked: Request<Streaming<Bytes>>) -> Result<Response<Messages>, Status> {
    Ok(Response::new(asked.into_inner().boxed()))
}
