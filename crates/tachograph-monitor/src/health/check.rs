//! What is asked, and how its answer counts.

mod disk;
mod tcp;
mod telemetry;

use std::{fmt, future::Future, path::PathBuf, pin::Pin, sync::Arc, time::Duration};

use tachograph_core::source::{Ping, ReadExport};

use super::{
    error::{Flaw, HealthError},
    message,
    settings::{NAME_LIMIT, TIMEOUT_LIMIT},
    verdict::{IntoVerdict, Verdict},
};

type Answering = Pin<Box<dyn Future<Output = Verdict> + Send>>;

/// A question to something that the application depends on, with a name: is it there?
///
/// ```
/// use tachograph_monitor::{Check, Health, Verdict};
/// # fn depth_of_the_queue() -> usize { 0 }
/// let queue = Check::new("queue", || async {
///     match depth_of_the_queue() {
///         0..1_000 => Verdict::healthy(),
///         depth => Verdict::degraded(format!("{depth} jobs wait")),
///     }
/// });
/// let health = Health::builder().with_check(queue.with_critical(false)).build()?;
/// # Ok::<(), tachograph_monitor::HealthError>(())
/// ```
///
/// Each run has a thread of its own for as long as it lasts, and one check never runs twice at a time. So a check may block, hang or
/// panic: it is unhealthy then, and nobody else notices, though a thread that hangs stays until what it waits for comes. The future is
/// polled inside of the runtime that the application had when [`Health`](crate::Health) was built, or when it was first asked; where
/// there was none, on a small one that lasts as long as the run. At its time-out the future is dropped.
///
/// Telemetry is suppressed in it: what tracked clients do for a check leaves no span and no metric, since it is not the
/// application's work.
#[derive(Clone)]
#[must_use = "a check is run when it is given to the builder of `Health`"]
pub struct Check {
    name: String,
    ask: Arc<dyn Fn(Duration) -> Answering + Send + Sync>,
    flaw: Option<Flaw>,
    pub(super) critical: bool,
    pub(super) timeout: Duration,
    pub(super) cache: Duration,
    pub(super) readiness_gate: bool,
    pub(super) startup_gate: bool,
}

impl Check {
    /// A check that asks by a future, made anew for each run.
    ///
    /// `name` is shown in reports and is the value of `tachograph.component` on the metric `tachograph.system.health`: 1 to 64
    /// characters, each check another. What is wrong with it says [`HealthBuilder::build`](crate::HealthBuilder::build).
    pub fn new<F, A>(name: impl Into<String>, ask: F) -> Self
    where
        F: Fn() -> A + Send + Sync + 'static,
        A: Future<Output: IntoVerdict> + Send + 'static,
    {
        Self::asking(name, move |_| {
            let answer = ask();
            Box::pin(async move { answer.await.into_verdict() })
        })
    }

    /// A check that asks a client for a sign of life: a pool of `tachograph_db::sqlx`, a connection of `tachograph_db::redis`, a probe
    /// of `tachograph_tower::reqwest`, or an `Arc<dyn Ping>`.
    pub fn ping(name: impl Into<String>, ping: impl Ping + 'static) -> Self {
        Self::asking(name, move |_| {
            let answer = ping.ping();
            Box::pin(async move {
                match answer.await {
                    Ok(()) => Verdict::healthy(),
                    Err(error) => Verdict::unhealthy(message::with_causes(&*error)),
                }
            })
        })
    }

    /// A check that opens a TCP connection to `host:port` and closes it.
    ///
    /// Every address of the host is tried, one after the other, with its share of the time that is left. An IPv6 address stands in
    /// brackets.
    pub fn tcp(name: impl Into<String>, address: impl Into<String>) -> Self {
        let address = address.into();
        let flaw = (!tcp::is_address(&address)).then_some(Flaw::Address);
        let check = Self::asking(name, move |limit| Box::pin(std::future::ready(tcp::connect(&address, limit))));
        Self { flaw, ..check }
    }

    /// A check of the file system that `path` lies on: unhealthy when less than `min_free_percent` of it is free to this process.
    pub fn disk(name: impl Into<String>, path: impl Into<PathBuf>, min_free_percent: f64) -> Self {
        let path = path.into();
        let flaw = (!(0.0..=100.0).contains(&min_free_percent)).then_some(Flaw::DiskPercent(min_free_percent));
        let check =
            Self::asking(name, move |_| Box::pin(std::future::ready(disk::free_space(&path, min_free_percent))));
        Self { flaw, ..check }
    }

    /// A check, named `telemetry` and not critical, of whether the process's own telemetry is delivered: degraded while the last
    /// export of a signal failed. What was lost, by exports given up or by limits of attribute sets, is in the message.
    pub fn telemetry(export: Arc<dyn ReadExport>) -> Self {
        let ask = move |_| -> Answering { Box::pin(std::future::ready(telemetry::judge(&export.export_state()))) };
        Self::asking("telemetry", ask).with_critical(false)
    }

    fn asking(name: impl Into<String>, ask: impl Fn(Duration) -> Answering + Send + Sync + 'static) -> Self {
        Self {
            name: name.into(),
            ask: Arc::new(ask),
            flaw: None,
            critical: true,
            timeout: Duration::from_secs(2),
            cache: Duration::from_secs(5),
            readiness_gate: false,
            startup_gate: false,
        }
    }

    /// Whether the process is unhealthy when this is; if not, it is degraded. The default is true.
    pub fn with_critical(self, critical: bool) -> Self {
        Self { critical, ..self }
    }

    /// How long an answer may take, above 0 and at most 60 s; one that takes longer is unhealthy. The default is 2 s.
    pub fn with_timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// How long an answer counts, from when it was given. The default is 5 s. With 0 every report asks anew, those that come while
    /// it is asked already share the answer.
    pub fn with_cache(self, cache: Duration) -> Self {
        Self { cache, ..self }
    }

    /// Whether the application is ready only while this is not unhealthy. The default is false: a dependency that all replicas
    /// share would take all of them out at once. As long as the check has not run, the application is not ready.
    pub fn with_readiness_gate(self, readiness_gate: bool) -> Self {
        Self { readiness_gate, ..self }
    }

    /// Whether the application becomes ready only when this was healthy once. The default is false.
    pub fn with_startup_gate(self, startup_gate: bool) -> Self {
        Self { startup_gate, ..self }
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Asks once. Panics are the check's own.
    pub(super) fn ask(&self) -> Answering {
        (self.ask)(self.timeout)
    }

    pub(super) fn validate(&self) -> Result<(), HealthError> {
        let length = self.name.chars().count();
        let flaw = if self.name.trim().is_empty() {
            Some(Flaw::NoName)
        } else if length > NAME_LIMIT {
            Some(Flaw::LongName(length))
        } else if let Some(c) = self.name.chars().find(|c| c.is_control()) {
            Some(Flaw::NameCharacter(c))
        } else if self.timeout.is_zero() {
            Some(Flaw::NoTime)
        } else if self.timeout > TIMEOUT_LIMIT {
            Some(Flaw::MuchTime(self.timeout))
        } else {
            self.flaw.clone()
        };
        flaw.map_or(Ok(()), |flaw| Err(HealthError::new(&self.name, flaw)))
    }
}

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Check")
            .field("name", &self.name)
            .field("critical", &self.critical)
            .field("timeout", &self.timeout)
            .field("cache", &self.cache)
            .field("readiness_gate", &self.readiness_gate)
            .field("startup_gate", &self.startup_gate)
            .finish_non_exhaustive()
    }
}
