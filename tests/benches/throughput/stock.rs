//! The stock pipeline: the SDK's batch processor and the exporter of `opentelemetry-otlp`.

use std::time::Duration;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{Compression, SpanExporter, WithExportConfig as _, WithHttpConfig as _, WithTonicConfig as _};
use opentelemetry_sdk::trace::{BatchConfigBuilder, BatchSpanProcessor, SdkTracer, SdkTracerProvider};
use tachograph::Protocol;
use tokio::runtime::Runtime;

use super::{Exports, Setup};

pub(crate) struct Stock {
    provider: SdkTracerProvider,
    /// tonic lives in it.
    _runtime: Option<Runtime>,
}

impl Stock {
    pub(crate) fn new(setup: Setup, endpoint: &str) -> Self {
        let compression =
            setup.compression.map(|name| if name == "gzip" { Compression::Gzip } else { Compression::Zstd });
        let (exporter, runtime) = match setup.protocol {
            Protocol::Grpc => {
                let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
                let runtime = runtime.expect("a runtime");
                let inside = runtime.enter();
                let builder = SpanExporter::builder().with_tonic().with_endpoint(endpoint);
                let builder = match compression {
                    Some(compression) => builder.with_compression(compression),
                    None => builder,
                };
                let exporter = builder.build().expect("an exporter");
                drop(inside);
                (exporter, Some(runtime))
            }
            _ => {
                let builder = SpanExporter::builder().with_http().with_endpoint(format!("{endpoint}/v1/traces"));
                let builder = match compression {
                    Some(compression) => builder.with_compression(compression),
                    None => builder,
                };
                (builder.build().expect("an exporter"), None)
            }
        };
        let batch = BatchConfigBuilder::default();
        let batch = match setup.queue {
            Some((items, batch_size)) => batch.with_max_queue_size(items).with_max_export_batch_size(batch_size),
            None => batch,
        };
        let processor = BatchSpanProcessor::builder(exporter).with_batch_config(batch.build()).build();
        Self { provider: SdkTracerProvider::builder().with_span_processor(processor).build(), _runtime: runtime }
    }
}

impl Exports for Stock {
    fn tracer(&self) -> SdkTracer {
        self.provider.tracer("bench")
    }

    fn end(self: Box<Self>) {
        let _ = self.provider.shutdown_with_timeout(Duration::from_secs(30));
    }
}
