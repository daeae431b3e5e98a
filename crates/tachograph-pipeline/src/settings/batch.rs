//! How items are collected into batches: `OTEL_BSP_*` for spans, `OTEL_BLRP_*` for log records.

use std::time::Duration;

use super::parse::Reader;
use crate::error::Error;

/// How items are collected into batches.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BatchSettings {
    pub(crate) schedule_delay: Duration,
    pub(crate) export_timeout: Duration,
    pub(crate) max_queue_size: usize,
    pub(crate) max_export_batch_size: usize,
}

/// The variables of one signal.
struct Variables {
    schedule_delay: &'static str,
    export_timeout: &'static str,
    max_queue_size: &'static str,
    max_export_batch_size: &'static str,
}

impl BatchSettings {
    /// The defaults for spans.
    pub(crate) const SPANS: Self = Self {
        schedule_delay: Duration::from_secs(5),
        export_timeout: Duration::from_secs(30),
        max_queue_size: 2048,
        max_export_batch_size: 512,
    };

    /// The defaults for log records, which people wait for.
    pub(crate) const LOGS: Self = Self { schedule_delay: Duration::from_secs(1), ..Self::SPANS };

    pub(super) fn of_spans(read: &Reader<'_>) -> Result<Self, Error> {
        let variables = Variables {
            schedule_delay: "OTEL_BSP_SCHEDULE_DELAY",
            export_timeout: "OTEL_BSP_EXPORT_TIMEOUT",
            max_queue_size: "OTEL_BSP_MAX_QUEUE_SIZE",
            max_export_batch_size: "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
        };
        Self::SPANS.over(read, &variables)
    }

    pub(super) fn of_logs(read: &Reader<'_>) -> Result<Self, Error> {
        let variables = Variables {
            schedule_delay: "OTEL_BLRP_SCHEDULE_DELAY",
            export_timeout: "OTEL_BLRP_EXPORT_TIMEOUT",
            max_queue_size: "OTEL_BLRP_MAX_QUEUE_SIZE",
            max_export_batch_size: "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE",
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
            max_export_batch_size,
        })
    }
}
