//! Has the disk keep what was written.

use std::fs::File;

use super::store::Store;
use crate::settings::Fsync;

impl Store {
    /// Has the disk keep what was written since the last time.
    pub(super) fn sync(&mut self) {
        for number in std::mem::take(&mut self.unsynced) {
            self.sync_segment(number);
        }
        if self.folder_unsynced {
            self.sync_folder();
        }
    }

    /// Whether there is nothing to sync.
    pub(super) fn is_synced(&self) -> bool {
        self.settings.fsync == Fsync::Never || self.unsynced.is_empty() && !self.folder_unsynced
    }

    pub(super) fn sync_segment(&mut self, number: u64) {
        let written = self.is_written(number);
        let synced = match &self.writer {
            Some(writer) if written => writer.sync(),
            _ => File::open(self.folder.segment(number)).and_then(|file| file.sync_data()),
        };
        if let Err(error) = synced {
            self.trouble("sync", number, &error);
            // What a file holds after that is not certain, so another one is begun.
            if written {
                self.writer = None;
            }
        }
    }

    pub(super) fn sync_folder(&mut self) {
        self.folder_unsynced = false;
        if let Err(error) = self.folder.sync() {
            self.folder_trouble("sync", &error);
        }
    }
}
