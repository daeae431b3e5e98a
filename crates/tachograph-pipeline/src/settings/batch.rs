//! How items are collected into batches: `OTEL_BSP_*` for spans, `OTEL_BLRP_*` for log records.

use std::time::Duration;

use super::parse::Reader;
use crate::error::Error;
use crate::queue::{Limits, Pace, WhenFull};

/// How items are collected into batches.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BatchSettings {
    pub(crate) schedule_delay: Duration,
    pub(crate) export_timeout: Duration,
    pub(crate) max_queue_size: usize,
    /// Estimated memory of what waits.
    pub(crate) max_queue_bytes: usize,
    pub(crate) max_export_batch_size: usize,
    /// The same for one export.
    pub(crate) max_export_batch_bytes: usize,
    pub(crate) max_concurrent_exports: usize,
    pub(crate) when_full: WhenFull,
}

/// The variables of one signal.
struct Variables {
    schedule_delay: &'static str,
    export_timeout: &'static str,
    max_queue_size: &'static str,
    max_queue_bytes: &'static str,
    max_export_batch_size: &'static str,
    max_export_batch_bytes: &'static str,
    max_concurrent_exports: &'static str,
    when_full: &'static str,
}

impl BatchSettings {
    /// The defaults for spans.
    pub(crate) const SPANS: Self = Self {
        schedule_delay: Duration::from_secs(5),
        export_timeout: Duration::from_secs(30),
        max_queue_size: 2048,
        max_queue_bytes: 64 * 1024 * 1024,
        max_export_batch_size: 512,
        // Receivers of gRPC usually take 4 MiB.
        max_export_batch_bytes: 3_500_000,
        // One at a time, a receiver that takes 20 ms for each caps what is sent at batch ÷ 20 ms.
        max_concurrent_exports: 4,
        when_full: WhenFull::DropNewest,
    };

    /// The defaults for log records, which people wait for.
    pub(crate) const LOGS: Self = Self { schedule_delay: Duration::from_secs(1), ..Self::SPANS };

    pub(super) fn of_spans(read: &Reader<'_>) -> Result<Self, Error> {
        let variables = Variables {
            schedule_delay: "OTEL_BSP_SCHEDULE_DELAY",
            export_timeout: "OTEL_BSP_EXPORT_TIMEOUT",
            max_queue_size: "OTEL_BSP_MAX_QUEUE_SIZE",
            max_queue_bytes: "TACHOGRAPH_BSP_MAX_QUEUE_BYTES",
            max_export_batch_size: "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
            max_export_batch_bytes: "TACHOGRAPH_BSP_MAX_EXPORT_BATCH_BYTES",
            max_concurrent_exports: "OTEL_BSP_MAX_CONCURRENT_EXPORTS",
            when_full: "TACHOGRAPH_BSP_WHEN_FULL",
        };
        Self::SPANS.over(read, &variables)
    }

    pub(super) fn of_logs(read: &Reader<'_>) -> Result<Self, Error> {
        let variables = Variables {
            schedule_delay: "OTEL_BLRP_SCHEDULE_DELAY",
            export_timeout: "OTEL_BLRP_EXPORT_TIMEOUT",
            max_queue_size: "OTEL_BLRP_MAX_QUEUE_SIZE",
            max_queue_bytes: "TACHOGRAPH_BLRP_MAX_QUEUE_BYTES",
            max_export_batch_size: "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE",
            max_export_batch_bytes: "TACHOGRAPH_BLRP_MAX_EXPORT_BATCH_BYTES",
            max_concurrent_exports: "OTEL_BLRP_MAX_CONCURRENT_EXPORTS",
            when_full: "TACHOGRAPH_BLRP_WHEN_FULL",
        };
        Self::LOGS.over(read, &variables)
    }

    /// What the variables say, over these defaults.
    fn over(self, read: &Reader<'_>, variables: &Variables) -> Result<Self, Error> {
        let max_queue_size = read.count(variables.max_queue_size)?.unwrap_or(self.max_queue_size);
        let max_export_batch_size = match read.count(variables.max_export_batch_size)? {
            Some(size) if size > max_queue_size => {
                return Err(Error::invalid(
                    variables.max_export_batch_size,
                    &size.to_string(),
                    format!("at most the queue size, {max_queue_size}"),
                ));
            }
            Some(size) => size,
            None => self.max_export_batch_size.min(max_queue_size),
        };
        Ok(Self {
            schedule_delay: read.milliseconds(variables.schedule_delay)?.unwrap_or(self.schedule_delay),
            export_timeout: read.milliseconds(variables.export_timeout)?.unwrap_or(self.export_timeout),
            max_queue_size,
            max_queue_bytes: read.bytes(variables.max_queue_bytes)?.unwrap_or(self.max_queue_bytes),
            max_export_batch_size,
            max_export_batch_bytes: read
                .bytes(variables.max_export_batch_bytes)?
                .unwrap_or(self.max_export_batch_bytes),
            max_concurrent_exports: exports(read, variables.max_concurrent_exports)?
                .unwrap_or(self.max_concurrent_exports),
            when_full: when_full(read, variables.when_full)?.unwrap_or(self.when_full),
        })
    }

    pub(crate) fn limits(&self) -> Limits {
        Limits {
            items: self.max_queue_size,
            bytes: self.max_queue_bytes,
            batch: self.max_export_batch_size,
            batch_bytes: self.max_export_batch_bytes,
            when_full: self.when_full,
        }
    }

    pub(crate) fn pace(&self) -> Pace {
        Pace { delay: self.schedule_delay, exports: self.max_concurrent_exports }
    }
}

/// Each export holds a batch, and a connection where HTTP is spoken.
pub(crate) const MOST_EXPORTS: usize = 64;

fn exports(read: &Reader<'_>, name: &str) -> Result<Option<usize>, Error> {
    match read.count(name)? {
        Some(exports) if exports > MOST_EXPORTS => {
            let accepted = format!("a whole number of exports from 1 to {MOST_EXPORTS}");
            Err(Error::invalid(name, &exports.to_string(), accepted))
        }
        exports => Ok(exports),
    }
}

pub(super) fn when_full(read: &Reader<'_>, name: &str) -> Result<Option<WhenFull>, Error> {
    match read.keyword(name).as_deref() {
        None => Ok(None),
        Some("drop_newest") => Ok(Some(WhenFull::DropNewest)),
        Some("drop_oldest") => Ok(Some(WhenFull::DropOldest)),
        Some(value) => Err(Error::invalid(name, value, "drop_newest, drop_oldest")),
    }
}
