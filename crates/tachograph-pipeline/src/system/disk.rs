//! The file system that is watched, asked on a thread of its own: on one that is gone, such as a network mount, asking never ends.

use std::io;
use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::thread;
use std::time::Duration;

use opentelemetry::Context;
use tachograph_core::source::DiskState;

/// How long a sample waits for an answer; from a file system that works it takes microseconds.
const PATIENCE: Duration = Duration::from_millis(100);

/// A file system in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Space {
    pub(super) total: u64,
    /// What every user can have.
    pub(super) free: u64,
    /// What only privileged users can have.
    pub(super) reserved: u64,
}

impl Space {
    pub(super) fn used(self) -> u64 {
        self.total.saturating_sub(self.free).saturating_sub(self.reserved)
    }

    pub(super) fn state(self) -> DiskState {
        DiskState { total: self.total, free: self.free, used: self.used() }
    }
}

/// What one asks, and where the answers come.
#[derive(Debug)]
pub(super) struct WatchedDisk {
    questions: SyncSender<()>,
    answers: Receiver<Option<Space>>,
    /// A question is not answered yet. Then no other is asked.
    pending: bool,
}

impl WatchedDisk {
    /// Watches the file system that holds `path`. The thread ends with the value, unless it hangs.
    pub(super) fn start(path: PathBuf) -> io::Result<Self> {
        let mut said = false;
        Self::asking(move || {
            let asked = fs4::statvfs(&path);
            if let (Err(error), false) = (&asked, said) {
                said = true;
                tracing::warn!(path = %path.display(), %error, "the watched file system cannot be asked; said once");
            }
            asked.ok().map(|stats| Space {
                total: stats.total_space(),
                free: stats.available_space(),
                reserved: stats.free_space().saturating_sub(stats.available_space()),
            })
        })
    }

    fn asking(mut ask: impl FnMut() -> Option<Space> + Send + 'static) -> io::Result<Self> {
        let (questions, asked) = mpsc::sync_channel(1);
        let (answer, answers) = mpsc::sync_channel(1);
        thread::Builder::new().name("tachograph-disk".to_owned()).spawn(move || {
            let _suppressed = Context::enter_telemetry_suppressed_scope();
            while asked.recv().is_ok() && answer.send(ask()).is_ok() {}
        })?;
        Ok(Self { questions, answers, pending: false })
    }

    /// The space now; `None` when it cannot be asked, or does not answer in time.
    pub(super) fn space(&mut self) -> Option<Space> {
        self.space_within(PATIENCE)
    }

    fn space_within(&mut self, patience: Duration) -> Option<Space> {
        if !self.pending {
            self.pending = self.questions.try_send(()).is_ok();
        }
        let answered = self.answers.recv_timeout(patience);
        self.pending = matches!(answered, Err(RecvTimeoutError::Timeout));
        answered.ok().flatten()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    const LONG: Duration = Duration::from_secs(30);
    const SOME: Space = Space { total: 10, free: 4, reserved: 1 };

    #[test]
    fn a_real_file_system_adds_up() {
        let folder = tempfile::tempdir().unwrap();
        let mut disk = WatchedDisk::start(folder.path().to_owned()).unwrap();
        let space = disk.space_within(LONG).unwrap();
        assert!(space.total > 0 && space.free <= space.total, "{space:?}");
        assert_eq!(space.used() + space.free + space.reserved, space.total);
        assert_eq!(space.state(), DiskState { total: space.total, free: space.free, used: space.used() });
    }

    #[test]
    fn a_path_that_is_not_there_has_no_figures_and_may_come_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mounted later");
        let mut disk = WatchedDisk::start(path.clone()).unwrap();
        assert_eq!(disk.space_within(LONG), None);
        std::fs::create_dir(path).unwrap();
        assert!(disk.space_within(LONG).is_some());
    }

    #[test]
    fn a_file_system_that_hangs_is_asked_once_and_counts_again_when_it_answers() {
        let (let_go, held) = mpsc::channel::<()>();
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        let mut disk = WatchedDisk::asking(move || {
            count.fetch_add(1, Ordering::SeqCst);
            let _ = held.recv_timeout(LONG);
            Some(SOME)
        })
        .unwrap();
        for _ in 0..3 {
            assert_eq!(disk.space_within(Duration::from_millis(1)), None);
        }
        drop(let_go);
        assert_eq!(disk.space_within(LONG), Some(SOME));
        // No question is left over from the time when it hung.
        let WatchedDisk { questions, answers, .. } = disk;
        drop(questions);
        assert_eq!(answers.recv_timeout(LONG), Err(RecvTimeoutError::Disconnected));
        assert_eq!(asked.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn a_thread_that_has_ended_is_no_disk() {
        let mut disk = WatchedDisk::asking(|| panic!("on purpose")).unwrap();
        assert_eq!(disk.space_within(LONG), None);
        assert_eq!(disk.space_within(LONG), None);
    }
}
