//! Limits of what may be set.

use std::time::Duration;

/// Of the name of a check, in characters: it is a metric label and stands in sentences.
pub(super) const NAME_LIMIT: usize = 64;

/// Of the time-out of a check: a report takes as long.
pub(super) const TIMEOUT_LIMIT: Duration = Duration::from_secs(60);
