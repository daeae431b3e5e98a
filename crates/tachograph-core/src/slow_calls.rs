//! From when on an event says that a call was slow.

use std::time::Duration;

use crate::operation::Kind;

/// From when on an event says that a call was slow: `slow_request` of what is served, `slow_operation` of everything else, both warnings.
///
/// | kind | default |
/// |---|---|
/// | `http`, `rpc` (served) | 2 s |
/// | `db` | 1 s |
/// | `cache` | 0.5 s |
/// | `tool` | 10 s |
/// | `llm` | 30 s |
/// | `http_client`, `rpc_client` | 5 s |
/// | `agent` | 2 min |
/// | `workflow`, `command` | never |
///
/// A call is slow when it took longer, however it ended. The event has the attributes of the call, `duration_ms`, `threshold_ms` and
/// `tachograph.operation.kind`.
///
/// A response that is meant to last is judged by the time until it began, and so is its `duration_ms`: an event stream
/// (`text/event-stream`), an upgraded connection, and every RPC, whose answer may be a stream. An outgoing request that a call to a model is
/// made of is not judged by itself: the call to the model is.
///
/// ```
/// use std::time::Duration;
/// use tachograph_core::{Kind, Policy, SlowCalls};
/// let slow = SlowCalls::default().with(Kind::Llm, Duration::from_secs(60)).without(Kind::Cache);
/// let policy = Policy::default().with_slow_calls(slow);
/// # let _ = policy;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlowCalls {
    thresholds: [Option<Duration>; Kind::COUNT],
}

impl SlowCalls {
    /// No call is slow.
    #[must_use]
    pub const fn none() -> Self {
        Self { thresholds: [None; Kind::COUNT] }
    }

    /// Calls of this kind are slow when they took longer.
    #[must_use]
    pub const fn with(mut self, kind: Kind, threshold: Duration) -> Self {
        self.thresholds[kind as usize] = Some(threshold);
        self
    }

    /// Calls of this kind are never slow.
    #[must_use]
    pub const fn without(mut self, kind: Kind) -> Self {
        self.thresholds[kind as usize] = None;
        self
    }

    /// How long a call of this kind may take; `None` stands for ever.
    #[must_use]
    pub const fn threshold(&self, kind: Kind) -> Option<Duration> {
        self.thresholds[kind as usize]
    }
}

impl Default for SlowCalls {
    fn default() -> Self {
        Self::none()
            .with(Kind::Http, Duration::from_secs(2))
            .with(Kind::Rpc, Duration::from_secs(2))
            .with(Kind::Db, Duration::from_secs(1))
            .with(Kind::Cache, Duration::from_millis(500))
            .with(Kind::Tool, Duration::from_secs(10))
            .with(Kind::Llm, Duration::from_secs(30))
            .with(Kind::HttpClient, Duration::from_secs(5))
            .with(Kind::RpcClient, Duration::from_secs(5))
            .with(Kind::Agent, Duration::from_secs(120))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_those_of_the_table() {
        let default = SlowCalls::default();
        let seconds: Vec<_> =
            Kind::ALL.iter().map(|kind| default.threshold(*kind).map(|it| it.as_secs_f64())).collect();
        let (some, none) = (Some, None::<f64>);
        let expected = [
            some(120.0),
            some(30.0),
            some(10.0),
            none,
            none,
            some(2.0),
            some(1.0),
            some(0.5),
            some(5.0),
            some(2.0),
            some(5.0),
        ];
        assert_eq!(seconds, expected);
    }

    #[test]
    fn each_kind_has_its_own_threshold() {
        for kind in Kind::ALL {
            let slow = SlowCalls::none().with(*kind, Duration::from_secs(7));
            for other in Kind::ALL {
                assert_eq!(slow.threshold(*other).is_some(), kind == other);
            }
            assert_eq!(slow.without(*kind), SlowCalls::none());
        }
    }
}
