//! Who is monitored.

use std::time::{Duration, Instant};

/// Name, version and environment of the application, and since when it runs.
#[derive(Clone, Debug)]
pub struct Application {
    pub(crate) name: String,
    pub(crate) version: Option<String>,
    pub(crate) environment: Option<String>,
    started: Instant,
}

impl Application {
    /// An application that starts now.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), version: None, environment: None, started: Instant::now() }
    }

    /// Its version, as `1.4.2`.
    #[must_use]
    pub fn with_version(mut self, version: Option<impl Into<String>>) -> Self {
        self.version = version.map(Into::into);
        self
    }

    /// Where it runs, as `production`.
    #[must_use]
    pub fn with_environment(mut self, environment: Option<impl Into<String>>) -> Self {
        self.environment = environment.map(Into::into);
        self
    }

    /// When it started, where that was not just now.
    #[must_use]
    pub fn started_at(mut self, started: Instant) -> Self {
        self.started = started;
        self
    }

    pub(crate) fn started(&self) -> Instant {
        self.started
    }

    /// How long it has been running.
    #[must_use]
    pub fn uptime(&self) -> Duration {
        self.started.elapsed()
    }
}

/// What an application that says nothing of itself is called.
impl Default for Application {
    fn default() -> Self {
        Self::new("unknown_service")
    }
}

/// A duration as people read it, to the second: `2:30:45`, `1 day, 2:30:45`, `3 days, 0:00:05`.
pub(crate) fn in_words(uptime: Duration) -> String {
    let seconds = uptime.as_secs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    let clock = format!("{hours}:{minutes:02}:{:02}", seconds % 60);
    match days {
        0 => clock,
        1 => format!("1 day, {clock}"),
        days => format!("{days} days, {clock}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uptimes_are_read_by_people() {
        for (seconds, words) in [
            (0, "0:00:00"),
            (9045, "2:30:45"),
            (86_399, "23:59:59"),
            (95_445, "1 day, 2:30:45"),
            (259_205, "3 days, 0:00:05"),
        ] {
            assert_eq!(in_words(Duration::from_secs(seconds)), words);
        }
    }
}
