//! What waits for its export, as code wishes it.

use super::Builder;
use crate::queue::WhenFull;
use crate::settings::{BatchSettings, MOST_EXPORTS, Settings};

/// What was asked for in code, of spans and log records alike.
#[derive(Debug, Default)]
pub(super) struct ExportQueue {
    bytes: Option<usize>,
    batch_bytes: Option<usize>,
    exports: Option<usize>,
    when_full: Option<WhenFull>,
}

impl ExportQueue {
    /// Puts what code said over what the environment said.
    pub(super) fn apply(&self, settings: &mut Settings) {
        let Settings { batch, logs_batch, .. } = settings;
        for batch in [batch, logs_batch] {
            let BatchSettings { max_queue_bytes, max_export_batch_bytes, max_concurrent_exports, when_full, .. } =
                batch;
            *max_queue_bytes = self.bytes.unwrap_or(*max_queue_bytes);
            *max_export_batch_bytes = self.batch_bytes.unwrap_or(*max_export_batch_bytes);
            *max_concurrent_exports = self.exports.unwrap_or(*max_concurrent_exports);
            *when_full = self.when_full.unwrap_or(*when_full);
        }
    }
}

/// What waits for its export.
impl<P> Builder<P> {
    /// How many bytes of memory the spans that wait for their export may take, and the log records, each. Default:
    /// `TACHOGRAPH_BSP_MAX_QUEUE_BYTES` and `TACHOGRAPH_BLRP_MAX_QUEUE_BYTES`, else 64 MiB.
    ///
    /// The memory is estimated, from above: the texts of attributes are counted even where they are constants. An item that is larger
    /// alone is dropped. What is being exported is not among it, and is [bounded](Self::with_max_export_bytes) for each export under
    /// way. The number of items is limited as well, by `OTEL_BSP_MAX_QUEUE_SIZE`.
    pub fn with_max_queue_bytes(mut self, bytes: usize) -> Self {
        self.wishes.export_queue.bytes = Some(bytes);
        self
    }

    /// How many bytes are exported at once, of spans and of log records, estimated in the same way. Default:
    /// `TACHOGRAPH_BSP_MAX_EXPORT_BATCH_BYTES` and `TACHOGRAPH_BLRP_MAX_EXPORT_BATCH_BYTES`, else 3.5 MB, because receivers of gRPC
    /// usually take 4 MiB.
    ///
    /// What does not fit goes with the next export, and an item that does not fit alone is exported alone.
    pub fn with_max_export_bytes(mut self, bytes: usize) -> Self {
        self.wishes.export_queue.batch_bytes = Some(bytes);
        self
    }

    /// How many exports of spans may be under way at once, and of log records. Default: `OTEL_BSP_MAX_CONCURRENT_EXPORTS` and
    /// `OTEL_BLRP_MAX_CONCURRENT_EXPORTS`, else 1. At least 1 and at most 64.
    ///
    /// With one, a receiver that takes 20 ms to answer gets no more than 50 batches in a second. With more, batches may arrive in
    /// another order.
    pub fn with_concurrent_exports(mut self, exports: usize) -> Self {
        self.wishes.export_queue.exports = Some(exports.clamp(1, MOST_EXPORTS));
        self
    }

    /// Who goes when the queue is full. Default: `TACHOGRAPH_BSP_WHEN_FULL` and `TACHOGRAPH_BLRP_WHEN_FULL`, else
    /// [`WhenFull::DropNewest`].
    pub fn with_when_full(mut self, when_full: WhenFull) -> Self {
        self.wishes.export_queue.when_full = Some(when_full);
        self
    }
}
