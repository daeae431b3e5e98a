//! Statistics of the calls of the process, read off its metrics: nothing is recorded for them.
//!
//! ```text
//!  ReadMetrics ── once a second ──> Reading (sums by name) ──> Timeline (what changed, and when)
//!                                        \                      /
//!                                         Summary, history points
//! ```

mod buckets;
mod handlers;
mod history;
mod names;
mod reading;
pub(crate) mod rounding;
mod sampler;
mod summary;
mod tally;
mod timeline;

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use tachograph_core::source::{ReadMetrics, ReadSystem, SystemState};

#[cfg(feature = "grpc")]
pub(crate) use self::handlers::NO_METRICS;
pub(crate) use self::handlers::{history as history_answer, stats as stats_answer};
pub(crate) use self::tally::percent;
pub use self::{
    history::{HistoryPoint, SeriesKind, SeriesPoint, Step},
    summary::{
        AgentStats, CacheStats, CallStats, CurrentSystem, DatabaseStats, EndpointStats, LlmStats, ModelStats, Summary,
    },
};
use self::{
    reading::Reading,
    sampler::Stop,
    timeline::{Timeline, Window},
};
use crate::application::Application;

/// How often the metrics are read.
const INTERVAL: Duration = Duration::from_secs(1);
/// How far the history goes back.
const RETENTION: Duration = Duration::from_secs(24 * 3600);
const MIN_RETENTION: Duration = Duration::from_secs(3600);
const MAX_RETENTION: Duration = Duration::from_secs(7 * 24 * 3600);

/// Statistics of the calls of the process, with their history.
///
/// A thread reads the metrics once a second, or less often where reading takes long: it takes at most a twentieth of one
/// processor. What is asked for is answered from the last reading and never waits for one. The thread ends with the last clone.
///
/// # Memory
///
/// A day of history takes 0.5 MB for the sums (1,440 points of a minute, 360 of ten seconds) and 16 bytes for each minute in which an
/// endpoint, agent, model or tool was called: 23 MB where 1,000 of them are called every minute of a day, and never more than 32 MB, or
/// 40 MB with room to grow; then the oldest minutes of all go.
#[derive(Clone)]
pub struct Stats {
    inner: Arc<Inner>,
}

struct Inner {
    application: Application,
    metrics: Arc<dyn ReadMetrics>,
    system: Option<Arc<dyn ReadSystem>>,
    /// Whoever reads the metrics has it.
    reader: Mutex<Reading>,
    state: Mutex<State>,
    stop: Arc<Stop>,
}

struct State {
    reading: Arc<Reading>,
    timeline: Timeline,
    read_at: SystemTime,
    /// When the last reading succeeded.
    succeeded: Instant,
    failure: Option<String>,
    /// Made when first asked for.
    summary: Option<Arc<Summary>>,
}

/// Starts [`Stats`].
#[must_use = "nothing is read until it is started"]
pub struct StatsBuilder {
    application: Application,
    metrics: Arc<dyn ReadMetrics>,
    system: Option<Arc<dyn ReadSystem>>,
    interval: Duration,
    retention: Duration,
}

impl Stats {
    /// Statistics over these metrics.
    pub fn builder(metrics: Arc<dyn ReadMetrics>) -> StatsBuilder {
        StatsBuilder {
            application: Application::default(),
            metrics,
            system: None,
            interval: INTERVAL,
            retention: RETENTION,
        }
    }

    /// All figures of the last reading.
    #[must_use]
    pub fn summary(&self) -> Arc<Summary> {
        let mut state = self.state();
        if let Some(summary) = &state.summary {
            return Arc::clone(summary);
        }
        let uptime = self.inner.application.uptime();
        let system = self.system();
        let mut summary = Summary::new(uptime, state.read_at, &state.reading, &state.timeline, system);
        summary.metrics_error.clone_from(&state.failure);
        let summary = Arc::new(summary);
        state.summary = Some(Arc::clone(&summary));
        summary
    }

    /// One endpoint, as `GET /api/chat`; `None` if it was never called.
    #[must_use]
    pub fn endpoint(&self, name: &str) -> Option<EndpointStats> {
        self.summary().endpoints.get(name).cloned()
    }

    /// One agent by its name; `None` if it never ran.
    #[must_use]
    pub fn agent(&self, name: &str) -> Option<AgentStats> {
        self.summary().agents.get(name).cloned()
    }

    /// One model, as `openai/gpt-4o`; `None` if it was never called.
    #[must_use]
    pub fn model(&self, name: &str) -> Option<ModelStats> {
        self.summary().llm.models.get(name).cloned()
    }

    /// One tool by its name; `None` if it was never executed.
    #[must_use]
    pub fn tool(&self, name: &str) -> Option<CallStats> {
        self.summary().tools.get(name).cloned()
    }

    /// The last `minutes` as points, oldest first, the one that is still filling included. Intervals in which the process did not run, or its
    /// metrics could not be read, have no point.
    #[must_use]
    pub fn history(&self, minutes: u64, step: Step) -> Vec<HistoryPoint> {
        self.state().timeline.history(SystemTime::now(), minutes, step)
    }

    /// The last `minutes` of one endpoint, agent, model or tool, minute by minute; `None` if it was never called.
    #[must_use]
    pub fn series_history(&self, kind: SeriesKind, name: &str, minutes: u64) -> Option<Vec<SeriesPoint>> {
        self.state().timeline.series_history(SystemTime::now(), minutes, kind, name)
    }

    /// Reads the metrics now instead of within the next second, on this thread: for tests, and before a last look. It blocks for as
    /// long as a callback of an observable instrument does.
    pub fn refresh(&self) {
        self.read(SystemTime::now());
    }

    /// How far the history goes back from now on: a day by default, at least an hour and at most seven days, which take seven times the
    /// [memory](Stats#memory) of the sums. What is older is forgotten.
    pub fn set_history(&self, retention: Duration) {
        self.state().timeline.set_retention(bounded(retention));
    }

    /// How long ago the metrics were last read.
    pub(crate) fn stale(&self) -> Duration {
        self.state().succeeded.elapsed()
    }

    /// The requests of the last five minutes, those since the start, and the load of the processors in the last minute.
    pub(crate) fn recent(&self) -> (Window, u64, Option<f64>) {
        let state = self.state();
        let cpu_percent = state.timeline.cpu_percent(SystemTime::now());
        (state.timeline.recent().five_minutes(), state.reading.totals.http.calls, cpu_percent)
    }

    pub(crate) fn application(&self) -> &Application {
        &self.inner.application
    }

    pub(crate) fn system(&self) -> Option<SystemState> {
        self.inner.system.as_ref().and_then(|system| system.system_state())
    }

    /// Reads the metrics as of `now`. A panic, of a source most likely, costs one reading.
    fn read(&self, now: SystemTime) {
        let read = catch_unwind(AssertUnwindSafe(|| self.try_read(now)));
        let failure = read.unwrap_or_else(|_| Err("reading the metrics panicked".to_owned())).err();
        let mut state = self.state();
        if failure.is_none() {
            state.succeeded = Instant::now();
        }
        if state.failure != failure {
            state.failure = failure;
            state.summary = None;
        }
    }

    fn try_read(&self, now: SystemTime) -> Result<(), String> {
        let mut reader = self.inner.reader.lock().unwrap_or_else(PoisonError::into_inner);
        reader.clear();
        self.inner.metrics.read_metrics(&mut |point| reader.point(point)).map_err(|error| error.to_string())?;
        reader.finish();
        let reading = Arc::new(reader.clone());
        let system = self.system();
        let mut state = self.state();
        state.timeline.take_in(now, &reading, system);
        state.reading = reading;
        state.read_at = now;
        state.summary = None;
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl StatsBuilder {
    /// Who is monitored. The default has no name and started when the builder was made.
    pub fn with_application(mut self, application: Application) -> Self {
        self.application = application;
        self
    }

    /// Where the figures of the machine come from. Without it they are `None`.
    pub fn with_system(mut self, system: Arc<dyn ReadSystem>) -> Self {
        self.system = Some(system);
        self
    }

    /// How often the metrics are read: every second by default, and never more often than ten times a second.
    pub fn with_interval(mut self, interval: Duration) -> Self {
        self.interval = interval.max(Duration::from_millis(100));
        self
    }

    /// How far the history goes back; see [`Stats::set_history`].
    pub fn with_history(mut self, retention: Duration) -> Self {
        self.retention = bounded(retention);
        self
    }

    /// Starts reading, on a thread of its own. If there can be no thread, the statistics stay empty and the health says so.
    #[must_use]
    pub fn start(self) -> Stats {
        let (stats, interval) = self.build();
        if let Err(error) = sampler::start(&stats, interval) {
            stats.state().failure = Some(format!("no thread to read the metrics: {error}"));
        }
        stats
    }

    /// Statistics that are read by [`Stats::refresh`] alone, without a thread: for tests.
    #[must_use]
    pub fn without_thread(self) -> Stats {
        self.build().0
    }

    fn build(self) -> (Stats, Duration) {
        let state = State {
            reading: Arc::default(),
            timeline: Timeline::new(self.retention),
            read_at: SystemTime::now(),
            succeeded: Instant::now(),
            failure: None,
            summary: None,
        };
        let inner = Inner {
            application: self.application,
            metrics: self.metrics,
            system: self.system,
            reader: Mutex::default(),
            state: Mutex::new(state),
            stop: Arc::default(),
        };
        (Stats { inner: Arc::new(inner) }, self.interval)
    }
}

fn bounded(retention: Duration) -> Duration {
    retention.clamp(MIN_RETENTION, MAX_RETENTION)
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.stop.stop();
    }
}

impl fmt::Debug for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stats").field("application", &self.inner.application).finish_non_exhaustive()
    }
}

impl fmt::Debug for StatsBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StatsBuilder")
            .field("application", &self.application)
            .field("interval", &self.interval)
            .field("retention", &self.retention)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
pub(crate) mod tests;
