//! Exporters of the three signals: the SDK's data into requests, and these to the receiver.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::trace::SpanData;

use super::client::Client;
use super::encode::{self, EncodedResource, Encoding};
use super::target::Target;
use super::{OpenSpool, not_built};
use crate::error::Error;
use crate::exporter::{AnyLogExporter, AnyMetricExporter, AnySpanExporter, BoxFuture, Guard, OwnedLog, Progress};
use crate::runtime::RunError;
use crate::settings::OtlpSettings;

/// Reading the system's roots takes milliseconds; this is for a file system that hangs.
const BUILD_TIMEOUT: Duration = Duration::from_secs(10);

/// The exporter of a signal, its connections on the export runtime. With a spool, what it cannot send goes there.
pub(crate) fn exporter(
    guard: &Guard,
    settings: &OtlpSettings,
    resource: &Resource,
    spool: Option<&OpenSpool>,
) -> Result<Arc<OtlpExporter>, Error> {
    let (signal, url, copy) = (guard.signal, settings.url(guard.signal)?, settings.clone());
    let failed = |reason| Error::Exporter { signal: signal.name(), reason };
    let build = async move { Target::new(url, copy).map(|target| target.transport(signal)) };
    let transport = match guard.runtime.run(BUILD_TIMEOUT, build) {
        Ok(Err(error)) => return Err(error),
        Ok(Ok(None)) => return Err(not_built(settings)),
        Ok(Ok(Some(built))) => built.map_err(failed)?,
        Err(RunError::TimedOut) => return Err(failed(format!("building it took longer than {BUILD_TIMEOUT:?}"))),
        Err(RunError::Panicked(message)) => return Err(failed(message)),
        Err(RunError::Gone) => return Err(failed("the export thread has ended".to_owned())),
    };
    let spooling = spool.map(|spool| spool.of(guard));
    let client = Client::new(transport, settings.timeout, Arc::clone(&guard.deadline), spooling);
    let client = Arc::new(client);
    #[cfg(all(feature = "_otlp", feature = "spool"))]
    if let Some(spool) = spool {
        spool.resend_with(signal, &client);
    }
    Ok(Arc::new(OtlpExporter { client, resource: resource.into(), limit: settings.max_request_bytes }))
}

/// Sends what one signal has.
#[derive(Debug)]
pub(crate) struct OtlpExporter {
    client: Arc<Client>,
    resource: EncodedResource,
    /// Bytes of a request before it is compressed.
    limit: usize,
}

impl OtlpExporter {
    /// Encodes where it is called, which is not on the export runtime, so that encoding and sending go on side by side.
    fn deliver(self: Arc<Self>, encoding: Encoding, progress: Progress) -> BoxFuture<()> {
        Box::pin(async move { self.client.deliver(encoding, progress).await })
    }

    fn spill(self: Arc<Self>, encoding: Encoding, progress: Progress) -> BoxFuture<()> {
        Box::pin(async move { self.client.spill(encoding, progress).await })
    }
}

impl AnySpanExporter for OtlpExporter {
    fn export(self: Arc<Self>, batch: Vec<SpanData>, progress: Progress) -> BoxFuture<()> {
        let encoding = encode::spans(&batch, &self.resource, self.limit);
        self.deliver(encoding, progress)
    }

    fn can_spill(&self) -> bool {
        self.client.spooling().is_some()
    }

    fn spill(self: Arc<Self>, batch: Vec<SpanData>, progress: Progress) -> BoxFuture<()> {
        let encoding = encode::spans(&batch, &self.resource, self.limit);
        Self::spill(self, encoding, progress)
    }

    fn shutdown(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }

    fn set_resource(&mut self, _: &Resource) {
        // It has it since it was built.
    }
}

impl AnyLogExporter for OtlpExporter {
    fn export(self: Arc<Self>, batch: Vec<OwnedLog>, progress: Progress) -> BoxFuture<()> {
        let encoding = encode::logs(&batch, &self.resource, self.limit);
        self.deliver(encoding, progress)
    }

    fn can_spill(&self) -> bool {
        self.client.spooling().is_some()
    }

    fn spill(self: Arc<Self>, batch: Vec<OwnedLog>, progress: Progress) -> BoxFuture<()> {
        let encoding = encode::logs(&batch, &self.resource, self.limit);
        Self::spill(self, encoding, progress)
    }

    fn shutdown(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }

    fn set_resource(&mut self, _: &Resource) {
        // It has it since it was built.
    }
}

impl AnyMetricExporter for OtlpExporter {
    fn export(self: Arc<Self>, metrics: ResourceMetrics, progress: Progress) -> BoxFuture<ResourceMetrics> {
        Box::pin(async move {
            let encoding = encode::metrics(&metrics, self.limit);
            self.client.deliver(encoding, progress).await;
            metrics
        })
    }

    fn shutdown(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}
