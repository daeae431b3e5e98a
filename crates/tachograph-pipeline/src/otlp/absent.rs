//! In a build without OTLP.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::trace::SpanData;

use crate::error::Error;
use crate::exporter::{AnyLogExporter, AnyMetricExporter, AnySpanExporter, BoxFuture, Guard, OwnedLog, Progress};
use crate::settings::OtlpSettings;

/// There is none.
#[derive(Debug)]
pub(crate) enum OtlpExporter {}

/// Nor this.
#[derive(Debug)]
pub(crate) enum OpenSpool {}

/// An error that names the feature.
pub(crate) fn exporter(
    _: &Guard,
    settings: &OtlpSettings,
    _: &Resource,
    _: Option<&OpenSpool>,
) -> Result<Arc<OtlpExporter>, Error> {
    Err(super::not_built(settings))
}

impl AnySpanExporter for OtlpExporter {
    fn export(self: Arc<Self>, _: Vec<SpanData>, _: Progress) -> BoxFuture<()> {
        match *self {}
    }

    fn shutdown(&self, _: Duration) -> OTelSdkResult {
        match *self {}
    }

    fn set_resource(&mut self, _: &Resource) {
        match *self {}
    }
}

impl AnyLogExporter for OtlpExporter {
    fn export(self: Arc<Self>, _: Vec<OwnedLog>, _: Progress) -> BoxFuture<()> {
        match *self {}
    }

    fn shutdown(&self, _: Duration) -> OTelSdkResult {
        match *self {}
    }

    fn set_resource(&mut self, _: &Resource) {
        match *self {}
    }
}

impl AnyMetricExporter for OtlpExporter {
    fn export(self: Arc<Self>, _: ResourceMetrics, _: Progress) -> BoxFuture<ResourceMetrics> {
        match *self {}
    }

    fn shutdown(&self, _: Duration) -> OTelSdkResult {
        match *self {}
    }
}
