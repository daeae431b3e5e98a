//! Data points of metrics.

use opentelemetry::KeyValue;
use opentelemetry_sdk::metrics::data::{
    Exemplar, ExponentialBucket, ExponentialHistogramDataPoint, HistogramDataPoint,
};

use super::values::attributes;
use super::wire::{Writer, nanos};

/// What instruments measure.
pub(super) trait Number: Copy {
    /// Whether it is an integer, and its eight bytes.
    fn fixed(self) -> (bool, [u8; 8]);
    /// Histograms have floating point numbers alone.
    fn double(self) -> f64;
}

impl Number for f64 {
    fn fixed(self) -> (bool, [u8; 8]) {
        (false, self.to_le_bytes())
    }
    fn double(self) -> f64 {
        self
    }
}

impl Number for i64 {
    fn fixed(self) -> (bool, [u8; 8]) {
        (true, self.to_le_bytes())
    }
    fn double(self) -> f64 {
        self as f64
    }
}

impl Number for u64 {
    /// Like the OpenTelemetry exporters: zero for what the protocol's integer cannot hold.
    fn fixed(self) -> (bool, [u8; 8]) {
        i64::try_from(self).unwrap_or_default().fixed()
    }
    fn double(self) -> f64 {
        self as f64
    }
}

/// When the time series began, and when it was read.
type Times = (u64, u64);

/// `NumberDataPoint`.
pub(super) fn number<'a, T: Number + 'a>(
    writer: &mut Writer,
    times: Times,
    labels: impl Iterator<Item = &'a KeyValue>,
    value: T,
    exemplars: impl Iterator<Item = &'a Exemplar<T>>,
) {
    write_times(writer, times);
    match value.fixed() {
        (true, bytes) => writer.fixed64(0x31, bytes),
        (false, bytes) => writer.fixed64(0x21, bytes),
    }
    attributes(writer, 0x3a, labels);
    write_exemplars(writer, 0x2a, exemplars);
}

/// `HistogramDataPoint`.
pub(super) fn histogram<T: Number>(writer: &mut Writer, times: Times, point: &HistogramDataPoint<T>) {
    write_times(writer, times);
    writer.number64(0x21, point.count());
    writer.fixed64(0x29, point.sum().double().to_le_bytes());
    writer.packed(0x32, |w| point.bucket_counts().for_each(|count| w.raw(count.to_le_bytes())));
    writer.packed(0x3a, |w| point.bounds().for_each(|bound| w.raw(bound.to_le_bytes())));
    extremes(writer, (0x59, point.min()), (0x61, point.max()));
    attributes(writer, 0x4a, point.attributes());
    write_exemplars(writer, 0x42, point.exemplars());
}

/// `ExponentialHistogramDataPoint`.
pub(super) fn exponential<T: Number>(writer: &mut Writer, times: Times, point: &ExponentialHistogramDataPoint<T>) {
    write_times(writer, times);
    writer.number64(0x21, point.count() as u64);
    writer.fixed64(0x29, point.sum().double().to_le_bytes());
    writer.number(0x30, zigzag(point.scale().into()));
    writer.number64(0x39, point.zero_count());
    writer.message::<1>(0x42, |writer| buckets(writer, point.positive_bucket()));
    writer.message::<1>(0x4a, |writer| buckets(writer, point.negative_bucket()));
    extremes(writer, (0x61, point.min()), (0x69, point.max()));
    writer.number64(0x71, point.zero_threshold().to_bits());
    attributes(writer, 0x0a, point.attributes());
    write_exemplars(writer, 0x5a, point.exemplars());
}

fn write_times(writer: &mut Writer, (start, time): Times) {
    writer.number64(0x11, start);
    writer.number64(0x19, time);
}

fn buckets(writer: &mut Writer, buckets: &ExponentialBucket) {
    writer.number(0x08, zigzag(buckets.offset()));
    writer.packed(0x12, |writer| buckets.counts().for_each(|count| writer.varint(count)));
}

fn zigzag(value: i32) -> u64 {
    ((value << 1) ^ (value >> 31)) as u32 as u64
}

fn extremes<T: Number>(writer: &mut Writer, min: (u8, Option<T>), max: (u8, Option<T>)) {
    for (tag, value) in [min, max] {
        if let Some(value) = value {
            writer.fixed64(tag, value.double().to_le_bytes());
        }
    }
}

/// The SDK has none as yet.
fn write_exemplars<'a, T: Number + 'a>(writer: &mut Writer, tag: u8, exemplars: impl Iterator<Item = &'a Exemplar<T>>) {
    for exemplar in exemplars {
        writer.message::<1>(tag, |writer| {
            writer.number64(0x11, nanos(exemplar.time()));
            match exemplar.value.fixed() {
                (true, bytes) => writer.fixed64(0x31, bytes),
                (false, bytes) => writer.fixed64(0x19, bytes),
            }
            writer.field(0x22, exemplar.span_id());
            writer.field(0x2a, exemplar.trace_id());
            attributes(writer, 0x3a, exemplar.filtered_attributes());
        });
    }
}
