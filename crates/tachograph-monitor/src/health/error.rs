//! What is wrong with the settings of health.

use std::{fmt, time::Duration};

use super::{seconds, settings::NAME_LIMIT, settings::TIMEOUT_LIMIT};

/// Why the settings of [`Health`](crate::Health) were refused, and what to write instead.
#[derive(Clone, Debug, PartialEq)]
pub struct HealthError {
    /// The name of the check or of the threshold.
    of: String,
    flaw: Flaw,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Flaw {
    NoName,
    LongName(usize),
    NameCharacter(char),
    NameTaken,
    NoTime,
    MuchTime(Duration),
    DiskPercent(f64),
    /// The address is not repeated: somebody may have written a URL with a password.
    Address,
    Percent(f64),
    /// The critical value is passed before the warning: what is above for most, below for some.
    Order {
        critical: String,
        warn: String,
        passed: &'static str,
    },
}

impl HealthError {
    pub(super) fn new(of: impl Into<String>, flaw: Flaw) -> Self {
        Self { of: of.into(), flaw }
    }
}

impl fmt::Display for HealthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = &self.of;
        match &self.flaw {
            Flaw::NoName => f.write_str("a health check has no name: give it one, such as \"redis\""),
            Flaw::LongName(length) => {
                let start: String = of.chars().take(20).collect();
                write!(f, "the health check {start:?}… has a name of {length} characters: use at most {NAME_LIMIT}")
            }
            Flaw::NameCharacter(c) => {
                write!(f, "the health check {of:?} has {c:?} in its name: leave control characters out")
            }
            Flaw::NameTaken => write!(f, "two health checks are named {of:?}: give each a name of its own"),
            Flaw::NoTime => {
                write!(f, "the health check {of:?} has a time-out of 0: give it time to answer, 2 s are the default")
            }
            Flaw::MuchTime(time) => {
                let (time, limit) = (seconds(*time), seconds(TIMEOUT_LIMIT));
                write!(
                    f,
                    "the health check {of:?} has a time-out of {time}: use at most {limit}, since reports wait for it"
                )
            }
            Flaw::DiskPercent(percent) => {
                write!(f, "the health check {of:?} wants {percent} % of the disk free: write a number from 0 to 100")
            }
            Flaw::Address => write!(
                f,
                "the health check {of:?} has no address that can be connected to: write it as \"host:port\", without a scheme, \
                 an IPv6 address in brackets"
            ),
            Flaw::Percent(percent) => write!(f, "the threshold {of} is {percent} %: write a number from 0 to 100"),
            Flaw::Order { critical, warn, passed } => {
                write!(
                    f,
                    "the threshold {of} is critical {passed} {critical} and warns {passed} {warn}: it has to warn first"
                )
            }
        }
    }
}

impl std::error::Error for HealthError {}
