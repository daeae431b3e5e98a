use std::sync::Arc;

use http::HeaderName;
use tachograph_core::Telemetry;
use tower_layer::Layer;

use super::{service::GrpcServer, settings::Settings};

/// Tracks every gRPC call to the services that it is laid around.
///
/// ```no_run
/// use tachograph_tower::GrpcServerLayer;
/// use tonic::{service::Routes, transport::Server};
///
/// # async fn serve(services: Routes) -> Result<(), tonic::transport::Error> {
/// let address = ([127, 0, 0, 1], 50051).into();
/// Server::builder().layer(GrpcServerLayer::new()).add_routes(services).serve(address).await
/// # }
/// ```
///
/// # What is recorded
///
/// A server span `{rpc.method}` (`pkg.Service/Method`) and the metric `rpc.server.call.duration`. Both end with the trailers
/// of the answer, for streams of any kind too:
///
/// | what happens | `rpc.status_code` | `error.type` |
/// |---|---|---|
/// | an answer came to its end | what its trailers, or its headers alone, say; without any `UNKNOWN` | the code where it is `UNKNOWN`, `DEADLINE_EXCEEDED`, `UNIMPLEMENTED`, `INTERNAL`, `UNAVAILABLE` or `DATA_LOSS` |
/// | the client goes away, or the server gives the call up | `CANCELLED` | `cancelled` |
/// | the same, once the caller's `grpc-timeout` is over | `DEADLINE_EXCEEDED` | the code |
/// | the handler or the stream panics | none | `panic` |
/// | the inner service fails | what its error carries, else `UNKNOWN` | as for an answer |
///
/// The trace context and baggage that the caller sends are taken over through the propagator of the process, and the call
/// is current while its handler and its stream are polled.
///
/// # Names that callers make up
///
/// Any path can be asked for, and a name that no service has must not become a metric label. A call is named at its start
/// when its method was served before, else at its end when the answer came from a handler: any status of its own, or
/// messages that began to flow. `UNIMPLEMENTED`, and `UNAUTHENTICATED`, `PERMISSION_DENIED`, `RESOURCE_EXHAUSTED` and
/// `UNAVAILABLE` from a call that was refused without a message, are no such answer: the method of those is `_OTHER`, with
/// the name as sent (`rpc.method_original`) on the span alone. A call that was given up before any answer has no method.
/// So the first call of a method has its name late; [`with_methods`](Self::with_methods) spares that. Up to 1,024 methods of
/// up to 255 bytes are learned.
///
/// # Where to lay it
///
/// By `Server::builder().layer(…)`, or around the router. gRPC-Web has its status in the body: lay this below the layer that
/// translates (`tonic_web::GrpcWebLayer`). A deadline that tonic itself keeps is a call that is given up.
///
/// Where no telemetry is installed, calls pass through and nothing is looked at.
#[derive(Clone, Debug, Default)]
pub struct GrpcServerLayer {
    settings: Settings,
}

impl GrpcServerLayer {
    /// A layer that records to the telemetry in force, takes the caller's trace context over, and leaves out health checks
    /// and reflection: `grpc.health.v1.Health`, `grpc.reflection.v1.ServerReflection` and
    /// `grpc.reflection.v1alpha.ServerReflection`.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Leaves out the calls of a service (`pkg.Service`): they have neither span nor metrics. Adds to the services that are
    /// left out already.
    #[must_use]
    pub fn with_excluded_service(mut self, service: impl Into<String>) -> Self {
        self.settings.excluded.push(service.into());
        self
    }

    /// Leaves no service out, not even health checks and reflection, unless it is named after this.
    #[must_use]
    pub fn without_excluded_services(mut self) -> Self {
        self.settings.excluded.clear();
        self
    }

    /// Says that the server serves these methods (`pkg.Service/Method`): even their first call has its name from the start.
    #[must_use]
    pub fn with_methods<M: AsRef<str>>(self, methods: impl IntoIterator<Item = M>) -> Self {
        for method in methods {
            let method = method.as_ref();
            self.settings.known.learn(method.strip_prefix('/').unwrap_or(method));
        }
        self
    }

    /// Whether the trace context and baggage that the caller sends are taken over, through the propagator of the process
    /// (`opentelemetry::global`). The default is yes.
    ///
    /// Say no at the edge to the public: whoever sends a `traceparent` decides about the trace, and by it about sampling.
    #[must_use]
    pub fn with_remote_context(mut self, accept: bool) -> Self {
        self.settings.remote_context = accept;
        self
    }

    /// Makes entries of the caller's baggage with these keys [ids](tachograph_core::Ids): attributes of the call's span and
    /// of every span below it. The default is none.
    ///
    /// The caller chooses the values: list keys that you would believe. Called again, it adds.
    #[must_use]
    pub fn with_baggage_keys<K: Into<String>>(mut self, keys: impl IntoIterator<Item = K>) -> Self {
        self.settings.baggage_keys.extend(keys.into_iter().map(Into::into));
        self
    }

    /// The metadata that the id of a call comes in and is returned in. The default is `x-request-id`.
    ///
    /// An id of 1 to 128 letters, digits and `._:/+=-` is taken over; without one, or with any other, a random UUID is made.
    /// It stands on the span (`tachograph.request.id`) and is
    /// [`context::request_id`](tachograph_core::context::request_id) while the call is answered. Metadata of that name that
    /// the handler set stays.
    #[must_use]
    pub fn with_request_id_header(mut self, name: HeaderName) -> Self {
        self.settings.request_id = Some(name);
        self
    }

    /// Neither takes over nor makes request ids.
    #[must_use]
    pub fn without_request_id(mut self) -> Self {
        self.settings.request_id = None;
        self
    }

    /// Records to this telemetry, and has it in force for what runs inside, instead of the one that is in force where the
    /// service is called: for tests and for processes of several tenants.
    #[must_use]
    pub fn with_telemetry(mut self, telemetry: Telemetry) -> Self {
        self.settings.telemetry = Some(telemetry);
        self
    }
}

impl<S> Layer<S> for GrpcServerLayer {
    type Service = GrpcServer<S>;

    fn layer(&self, inner: S) -> GrpcServer<S> {
        GrpcServer::new(inner, Arc::new(self.settings.clone()))
    }
}
