//! How the machine and the process are doing, as code wishes it.

use std::path::PathBuf;
use std::time::Duration;

use super::Builder;
use crate::system::SystemSettings;

/// What was asked for in code.
#[derive(Default)]
pub(super) struct System {
    off: bool,
    settings: SystemSettings,
}

impl System {
    /// What is sampled, if anything.
    pub(super) fn settings(self) -> Option<SystemSettings> {
        (!self.off).then_some(self.settings)
    }
}

/// How the machine and the process are doing. Needs the cargo feature `sysinfo`.
impl<P> Builder<P> {
    /// Whether the machine and the process are watched: processors, memory, one file system, threads, open files, as metrics
    /// (`process.*` and `system.*` of the conventions) and by [`system_handle`](crate::Pipeline::system_handle). Default: `true`.
    ///
    /// A thread samples, at once and then at intervals; whoever reads or scrapes gets the last sample and waits for nothing. Within a
    /// control group with limits the limits are what counts. The thread ends with the shutdown, and the last sample stays.
    pub fn with_system_metrics(mut self, on: bool) -> Self {
        self.wishes.system.off = !on;
        self
    }

    /// How often the machine and the process are sampled, and so over what time loads are means. Default: 10 s. At least 250 ms. The
    /// second sample comes after 1 s at the latest, because loads need two.
    pub fn with_system_metrics_interval(mut self, interval: Duration) -> Self {
        self.wishes.system.settings.interval = interval;
        self
    }

    /// The file system to watch, by a path on it. Default: the one that holds the current directory. It is asked on a thread of its
    /// own, and while it does not answer, as network mounts that are away, its figures are missing and no others are. A path that is
    /// not there is logged once.
    pub fn with_watched_disk(mut self, path: impl Into<PathBuf>) -> Self {
        self.wishes.system.settings.watched = path.into();
        self
    }
}
