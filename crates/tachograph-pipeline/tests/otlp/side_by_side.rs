//! Runs that mostly wait, several at once.

use std::fmt::Debug;
use std::sync::Mutex;
use std::thread;

const AT_ONCE: usize = 10;

/// Does `work` with each of `runs`, on a thread with the name of the run, which is what a panic begins with. All of them are done
/// before one that failed fails the test.
pub(crate) fn side_by_side<R: Send + Debug>(runs: impl IntoIterator<Item = R>, work: impl Fn(R) + Sync) {
    let runs = Mutex::new(runs.into_iter().collect::<Vec<_>>().into_iter());
    let (next, work) = (|| runs.lock().unwrap().next(), &work);
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(run) = next() {
                    let thread = thread::Builder::new().name(format!("{run:?}"));
                    thread.spawn_scoped(scope, move || work(run)).unwrap().join().unwrap();
                }
            });
        }
    });
}
