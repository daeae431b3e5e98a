//! What a check finds.

use std::fmt;

use serde::Serialize;

use super::message;

/// How something is doing, from well to badly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum HealthStatus {
    /// All is well.
    Healthy,
    /// It works, and somebody should look.
    Degraded,
    /// It does not work.
    Unhealthy,
}

impl HealthStatus {
    /// The name, as answers have it: `healthy`, `degraded`, `unhealthy`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Degraded => "degraded",
            Self::Unhealthy => "unhealthy",
        }
    }

    /// The value of `tachograph.system.health`.
    pub(super) fn gauge(self) -> f64 {
        match self {
            Self::Healthy => 1.0,
            Self::Degraded => 0.5,
            Self::Unhealthy => 0.0,
        }
    }
}

impl fmt::Display for HealthStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What a [`Check`](crate::Check) found: a status, and a sentence for whoever reads the report.
///
/// Messages are cut at 500 characters and hold no control characters: what an answer of a dependency is made of must not fill or
/// break the report. Do not put secrets into them.
///
/// ```
/// use tachograph_monitor::{HealthStatus, Verdict};
/// let verdict = Verdict::degraded("2 of 3 replicas answer");
/// assert_eq!((verdict.status(), verdict.message()), (HealthStatus::Degraded, "2 of 3 replicas answer"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a verdict counts when the check gives it back"]
pub struct Verdict {
    status: HealthStatus,
    message: String,
}

impl Verdict {
    /// All is well. The message is `ok`.
    pub fn healthy() -> Self {
        Self { status: HealthStatus::Healthy, message: "ok".to_owned() }
    }

    /// It works, but not as it should.
    pub fn degraded(message: impl fmt::Display) -> Self {
        Self { status: HealthStatus::Degraded, message: message::clean(message) }
    }

    /// It does not work.
    pub fn unhealthy(message: impl fmt::Display) -> Self {
        Self { status: HealthStatus::Unhealthy, message: message::clean(message) }
    }

    /// Another message: `Verdict::healthy().with_message("3 of 3 replicas answer")`.
    pub fn with_message(self, message: impl fmt::Display) -> Self {
        Self { message: message::clean(message), ..self }
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> HealthStatus {
        self.status
    }

    /// The message.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

/// Nothing to tell is [healthy](Verdict::healthy).
impl From<()> for Verdict {
    fn from((): ()) -> Self {
        Self::healthy()
    }
}

/// What the future of a [`Check`](crate::Check) may give: a [`Verdict`], or a `Result` whose error makes the check unhealthy.
///
/// The message of an error is its `{:#}`, which for errors of `anyhow` and `eyre` has the causes too.
pub trait IntoVerdict {
    /// The verdict.
    fn into_verdict(self) -> Verdict;
}

impl IntoVerdict for Verdict {
    fn into_verdict(self) -> Verdict {
        self
    }
}

impl<T: Into<Verdict>, E: fmt::Display> IntoVerdict for Result<T, E> {
    fn into_verdict(self) -> Verdict {
        self.map_or_else(Verdict::unhealthy, Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_and_verdicts_are_verdicts() {
        let parsed = "x".parse::<u8>();
        assert_eq!(Ok::<(), String>(()).into_verdict(), Verdict::healthy());
        assert_eq!(parsed.map(drop).into_verdict(), Verdict::unhealthy("invalid digit found in string"));
        let degraded = Verdict::degraded("slow");
        assert_eq!(Ok::<_, String>(degraded.clone()).into_verdict(), degraded);
        assert_eq!(degraded.clone().into_verdict(), degraded);
        assert_eq!(Verdict::healthy().with_message("3 of 3").message(), "3 of 3");
    }

    #[test]
    fn an_error_is_told_with_its_alternate_form() {
        struct Causes;
        impl fmt::Display for Causes {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(if f.alternate() { "it failed: the cause" } else { "it failed" })
            }
        }
        assert_eq!(Err::<(), _>(Causes).into_verdict().message(), "it failed: the cause");
    }

    #[test]
    fn statuses_are_named_alike_everywhere() {
        for (status, name, gauge) in [
            (HealthStatus::Healthy, "healthy", 1.0),
            (HealthStatus::Degraded, "degraded", 0.5),
            (HealthStatus::Unhealthy, "unhealthy", 0.0),
        ] {
            assert_eq!((status.as_str(), status.to_string().as_str(), status.gauge()), (name, name, gauge));
            assert_eq!(serde_json::to_string(&status).unwrap(), format!("\"{name}\""));
        }
        assert!(HealthStatus::Healthy < HealthStatus::Degraded && HealthStatus::Degraded < HealthStatus::Unhealthy);
    }
}
