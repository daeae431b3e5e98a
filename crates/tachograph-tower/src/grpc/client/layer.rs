use std::sync::Arc;

use opentelemetry::StringValue;
use tachograph_core::Telemetry;
use tower_layer::Layer;

use super::{service::GrpcClient, settings::Settings};

/// Tracks every gRPC call that is made through the channel that it is laid around.
///
/// ```no_run
/// use tachograph_tower::GrpcClientLayer;
/// use tonic::transport::Channel;
/// use tower::ServiceBuilder;
///
/// # async fn connect() -> Result<(), tonic::transport::Error> {
/// let channel = Channel::from_static("http://inventory:50051").connect().await?;
/// let channel = ServiceBuilder::new()
///     .layer(GrpcClientLayer::new().with_server("inventory", 50051))
///     .service(channel);
/// // let mut client = InventoryClient::new(channel);
/// # Ok(())
/// # }
/// ```
///
/// # What is recorded
///
/// A client span `{rpc.method}` (`pkg.Service/Method`) and the metric `rpc.client.call.duration`. Both end with the
/// trailers of the answer, for streams of any kind too:
///
/// | what happens | `rpc.status_code` |
/// |---|---|
/// | an answer came to its end | what its trailers, or its headers alone, say; without any `UNKNOWN` |
/// | an answer that is none of gRPC | what gRPC makes of its HTTP status |
/// | the call is dropped before its end | `CANCELLED`; `DEADLINE_EXCEEDED` once its `grpc-timeout` is over |
/// | no connection, or its end | `UNAVAILABLE` |
/// | a time-out | `DEADLINE_EXCEEDED` |
/// | any other failure | what it carries (a status, the reason of a reset stream), else `UNKNOWN` |
///
/// Every code but `OK` is an error of that `error.type`; a panic is one without a code.
///
/// Trace context and baggage go along, written by the propagator of the process (`opentelemetry::global`) from the call's
/// own span over metadata of the same names.
///
/// `server.address` and `server.port` come from the request's URI (or its `Host` header). In front of tonic's `Channel` that has neither, because
/// the channel puts its origin in: say it by [`with_server`](Self::with_server).
///
/// Where no telemetry is installed, calls pass through and nothing is looked at or sent.
#[derive(Clone, Debug, Default)]
pub struct GrpcClientLayer {
    settings: Settings,
}

impl GrpcClientLayer {
    /// A layer that records to the telemetry in force and sends the trace context along with every call.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Host and port of the server, as the channel is told them: `server.address` and `server.port` of spans and metrics.
    /// Port 0 stands for none.
    #[must_use]
    pub fn with_server(mut self, address: impl Into<StringValue>, port: u16) -> Self {
        self.settings.server = Some((address.into(), port));
        self
    }

    /// Whether trace context and baggage are sent along. The default is yes; say no where the server is somebody else's.
    #[must_use]
    pub fn with_propagation(mut self, send: bool) -> Self {
        self.settings.propagation = send;
        self
    }

    /// Records to this telemetry, and has it in force for what runs inside, instead of the one that is in force where the
    /// channel is called: for tests and for processes of several tenants.
    #[must_use]
    pub fn with_telemetry(mut self, telemetry: Telemetry) -> Self {
        self.settings.telemetry = Some(telemetry);
        self
    }
}

impl<S> Layer<S> for GrpcClientLayer {
    type Service = GrpcClient<S>;

    fn layer(&self, inner: S) -> GrpcClient<S> {
        GrpcClient::new(inner, Arc::new(self.settings.clone()))
    }
}
