use tachograph_core::{Call, LlmRequest};

use super::tell;
use crate::{Format, Framing, Limits, Progress, ResponseReader, content};

/// An answer that was recognised, on its way.
#[derive(Debug)]
pub(super) struct Answer {
    format: Format,
    reader: ResponseReader,
    events: u64,
    /// Whether all that was read has been told.
    told: bool,
}

impl Answer {
    pub(super) fn new(call: &Call<LlmRequest>, format: Format, framing: Framing) -> Self {
        let capture = content::capture_for(call.content_policy());
        let reader = ResponseReader::with_options(format, framing, Limits::default(), capture);
        Self { format, reader, events: 0, told: false }
    }

    /// Reads more of it.
    pub(super) fn push(&mut self, call: &Call<LlmRequest>, bytes: &[u8]) {
        let progress = self.reader.push(bytes);
        self.events += progress.events;
        self.told = false;
        if progress.output_events == 0 {
            return;
        }
        if self.came_at_once(progress) {
            // Not at the end of the call, so that what its caller says of it counts.
            tell(call, Some(self.format), &self.reader.snapshot());
            self.told = true;
        } else {
            call.chunks(u32::try_from(progress.output_events).unwrap_or(u32::MAX));
        }
    }

    /// Whether the answer is complete and no event came before, so that there are no chunks to be timed. A stream of one event alone looks
    /// the same; the time to its first chunk is that of the whole call.
    fn came_at_once(&self, progress: Progress) -> bool {
        progress.first_output && self.events == progress.events && self.reader.snapshot().complete
    }

    /// Tells the call what was read; gives whether the answer came to its end.
    pub(super) fn finish(self, call: &Call<LlmRequest>) -> bool {
        let response = self.reader.finish();
        if !self.told {
            tell(call, Some(self.format), &response);
        }
        response.complete && response.error.is_none()
    }
}
