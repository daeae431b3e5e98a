//! Of which calls an event says that they ended.

use opentelemetry::trace::TraceId;

use crate::operation::Kind;

/// All kinds, one bit for each.
const EVERY_KIND: u16 = (1 << Kind::COUNT) - 1;
/// Ids and shares are compared as numbers of 63 bits, as the sampler `traceidratio` does.
const WHOLE: u64 = 1 << 63;

/// Of which calls an event says that they ended: `request_completed`, `agent_execution_failed`, and so on. The default is none.
///
/// Every event has the attributes by which metrics know the call (its identity, status and `error.type`, tokens and cost, what a request set
/// off) and `duration_ms`. It belongs to the call: its trace, span, request and ids stand on the line, wherever the call ended.
///
/// | call | ended well | failed |
/// |---|---|---|
/// | request served | `request_completed` | `request_failed` |
/// | RPC served | `rpc_server_call_completed` | `rpc_server_call_failed` |
/// | agent | `agent_execution_completed` | `agent_execution_failed` |
/// | workflow | `workflow_execution_completed` | `workflow_execution_failed` |
/// | command | `command_execution_completed` | `command_execution_failed` |
/// | model | `llm_request_completed` | `llm_request_failed` |
/// | tool | `tool_execution_completed` | `tool_execution_failed` |
/// | database | `db_query_completed` | `db_query_failed` |
/// | cache | `cache_operation_completed` | `cache_operation_failed` |
/// | HTTP request | `http_client_request_completed` | `http_client_request_failed` |
/// | RPC | `rpc_client_call_completed` | `rpc_client_call_failed` |
///
/// Failed is what has an `error.type`: also what was given up (`cancelled`) or panicked (`panic`). A request that was answered with a
/// status below 500 is completed. So is an outgoing request that this side gave up, which the conventions call no error: it has
/// `tachograph.cancelled`.
///
/// Completed calls are of severity Info. Failures of what the application serves or runs (the first five) are errors, those of what it
/// asks others for are warnings, and so is everything that was given up.
///
/// ```
/// use tachograph_core::{CallEvents, Kind, Policy};
/// let requests_and_agents = CallEvents::only([Kind::Http, Kind::Agent]).with_ratio(0.1);
/// let policy = Policy::default().with_call_events(requests_and_agents);
/// # let _ = policy;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallEvents {
    completed: u16,
    failed: u16,
    share: u64,
}

impl CallEvents {
    /// Of none.
    #[must_use]
    pub const fn none() -> Self {
        Self { completed: 0, failed: 0, share: WHOLE }
    }

    /// Of those that fail.
    #[must_use]
    pub const fn failed() -> Self {
        Self::none().with_failures()
    }

    /// Of all.
    #[must_use]
    pub const fn all() -> Self {
        Self { completed: EVERY_KIND, ..Self::failed() }
    }

    /// Of these kinds, however they end.
    #[must_use]
    pub fn only(kinds: impl IntoIterator<Item = Kind>) -> Self {
        Self::none().with_kinds(kinds)
    }

    /// Of those that fail as well, whatever their kind.
    #[must_use]
    pub const fn with_failures(mut self) -> Self {
        self.failed = EVERY_KIND;
        self
    }

    /// Of these kinds as well, however they end: `CallEvents::failed().with_kinds([Kind::Agent])`.
    #[must_use]
    pub fn with_kinds(mut self, kinds: impl IntoIterator<Item = Kind>) -> Self {
        for kind in kinds {
            self.completed |= bit(kind);
            self.failed |= bit(kind);
        }
        self
    }

    /// Of calls that end well, this share alone, from 0 to 1; of those that fail, all. The default is 1. What lies outside is moved to the
    /// border; NaN is 1.
    ///
    /// The trace decides, by the rule of the sampler `traceidratio`: the events of one request are told together or not at all, in every
    /// service with the same ratio, and are those of the traces which that sampler keeps. Where there are no traces, the outermost call of
    /// this process decides.
    #[must_use]
    pub fn with_ratio(mut self, ratio: f64) -> Self {
        let ratio = if ratio.is_nan() { 1.0 } else { ratio.clamp(0.0, 1.0) };
        self.share = (ratio * WHOLE as f64) as u64;
        self
    }

    /// Whether there is an event of such a call, the ratio apart.
    #[must_use]
    pub const fn tells(&self, kind: Kind, failed: bool) -> bool {
        bit(kind) & if failed { self.failed } else { self.completed } != 0
    }

    /// Whether a call of this number is in the share.
    pub(crate) const fn has(&self, number: u64) -> bool {
        number >> 1 < self.share
    }
}

impl Default for CallEvents {
    fn default() -> Self {
        Self::none()
    }
}

const fn bit(kind: Kind) -> u16 {
    1 << kind as u16
}

/// The number by which a trace is in a share.
pub(crate) fn number_of(trace: TraceId) -> u64 {
    u128::from_be_bytes(trace.to_bytes()) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_switched_by_itself() {
        for kind in Kind::ALL {
            let only = CallEvents::only([*kind]);
            for other in Kind::ALL {
                assert_eq!((only.tells(*other, true), only.tells(*other, false)), (kind == other, kind == other));
            }
            assert!(!CallEvents::none().tells(*kind, true) && !CallEvents::none().tells(*kind, false));
            assert!(CallEvents::failed().tells(*kind, true) && !CallEvents::failed().tells(*kind, false));
            assert!(CallEvents::all().tells(*kind, true) && CallEvents::all().tells(*kind, false));
            assert_eq!(CallEvents::failed().with_kinds([*kind]).tells(Kind::Db, false), *kind == Kind::Db);
        }
    }

    #[test]
    fn a_ratio_is_a_share_of_all_numbers() {
        let has = |ratio: f64, number: u64| CallEvents::all().with_ratio(ratio).has(number);
        for number in [0, 1, u64::MAX / 2, u64::MAX] {
            assert!(has(1.0, number) && has(7.0, number) && has(f64::NAN, number) && !has(0.0, number));
            assert!(!has(-1.0, number));
        }
        assert!(has(0.5, u64::MAX / 2) && !has(0.5, u64::MAX / 2 + 1));
        assert!(has(0.25, u64::MAX / 4) && !has(0.25, u64::MAX / 4 + 1));
    }
}
