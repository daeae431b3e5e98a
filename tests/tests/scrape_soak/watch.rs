//! Work on many threads, watched: who fails or stands still is named.

use std::{
    any::Any,
    fmt::Write as _,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc::{self, RecvTimeoutError, Sender},
    },
    thread,
    time::{Duration, Instant},
};

/// Somebody who works until the end, and must not stand still.
pub(crate) struct Worker {
    name: String,
    /// Steps taken: recordings, scrapes.
    steps: AtomicU64,
    /// What is being done now.
    doing: Mutex<&'static str>,
}

impl Worker {
    /// Says what comes next, for the case that it never ends.
    pub(crate) fn says(&self, doing: &'static str) {
        *self.doing.lock().unwrap() = doing;
    }
}

/// How a worker ended: with what it panicked, if it did.
type End = (String, Result<(), String>);

/// The workers, watched from the thread of the test.
pub(crate) struct Watch {
    patience: Duration,
    workers: Vec<Arc<Worker>>,
    stop: Arc<AtomicBool>,
    ended: mpsc::Receiver<End>,
    ends: Sender<End>,
}

impl Watch {
    /// `patience` is how long anybody may stand still.
    pub(crate) fn new(patience: Duration) -> Self {
        let (ends, ended) = mpsc::channel();
        Self { patience, workers: Vec::new(), stop: Arc::default(), ended, ends }
    }

    /// Has `step` done again and again on a thread of its own. The thread is never joined: it may stand for ever.
    pub(crate) fn start(&mut self, name: String, mut step: impl FnMut(&Worker) + Send + 'static) {
        let worker = Arc::new(Worker { name, steps: AtomicU64::default(), doing: Mutex::new("starts") });
        self.workers.push(Arc::clone(&worker));
        let (stop, ends) = (Arc::clone(&self.stop), self.ends.clone());
        thread::spawn(move || {
            let worked = catch_unwind(AssertUnwindSafe(|| {
                while !stop.load(Ordering::Relaxed) {
                    step(&worker);
                    worker.steps.fetch_add(1, Ordering::Relaxed);
                }
            }));
            let reason = |panic: Box<dyn Any + Send>| panic.downcast_ref::<String>().cloned().unwrap_or_default();
            let _ = ends.send((worker.name.clone(), worked.map_err(reason)));
        });
    }

    /// Watches for `duration`; panics as soon as a worker fails or stands still.
    pub(crate) fn for_duration(&self, duration: Duration) {
        let end = Instant::now() + duration;
        let mut moved: Vec<(u64, Instant)> = self.workers.iter().map(|_| (0, Instant::now())).collect();
        while Instant::now() < end {
            if let Ok((name, worked)) = self.ended.recv_timeout(Duration::from_millis(200)) {
                panic!("{name} ended before its time: {worked:?}");
            }
            for (worker, (seen, at)) in self.workers.iter().zip(&mut moved) {
                let steps = worker.steps.load(Ordering::Relaxed);
                if steps != *seen {
                    (*seen, *at) = (steps, Instant::now());
                }
                assert!(at.elapsed() < self.patience, "a worker stands still\n{}", self.state());
            }
        }
    }

    /// Ends all workers; panics when one does not end, or failed in its last step.
    pub(crate) fn finish(&self) {
        self.stop.store(true, Ordering::Relaxed);
        for _ in &self.workers {
            match self.ended.recv_timeout(self.patience) {
                Ok((name, worked)) => worked.unwrap_or_else(|reason| panic!("{name}: {reason}")),
                Err(RecvTimeoutError::Timeout) => panic!("a worker does not end\n{}", self.state()),
                Err(RecvTimeoutError::Disconnected) => panic!("the watch holds a sender"),
            }
        }
    }

    /// How far everybody is.
    pub(crate) fn state(&self) -> String {
        self.workers.iter().fold(String::new(), |mut state, worker| {
            let (steps, doing) = (worker.steps.load(Ordering::Relaxed), *worker.doing.lock().unwrap());
            let _ = writeln!(state, "{:<12} {steps:>9} steps, {doing}", worker.name);
            state
        })
    }
}

#[test]
#[should_panic(expected = "sleeper              0 steps, waits for what never comes")]
fn who_stands_still_is_named() {
    let mut watch = Watch::new(Duration::from_millis(300));
    watch.start("worker".to_owned(), |_| thread::yield_now());
    watch.start("sleeper".to_owned(), |worker| {
        worker.says("waits for what never comes");
        thread::park();
    });
    watch.for_duration(Duration::from_secs(10));
}

#[test]
#[should_panic(expected = "worker ended before its time: Err(\"one is not two\")")]
fn who_fails_is_named_with_the_reason() {
    let mut watch = Watch::new(Duration::from_secs(10));
    watch.start("worker".to_owned(), |worker| panic!("{} is not two", if worker.name.is_empty() { "" } else { "one" }));
    watch.for_duration(Duration::from_secs(10));
}
