//! What changed from reading to reading, and when.

mod recent;
mod ring;
mod series;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tachograph_core::source::SystemState;

pub(crate) use self::recent::{Recent, Window};
use self::{
    ring::Ring,
    series::{AllSeries, Counted},
};
use super::{
    history::{HistoryPoint, Moment, SeriesKind, SeriesPoint, Step},
    reading::{Reading, Totals},
};

/// How far back points of ten seconds go.
const HOUR: Duration = Duration::from_secs(3600);

/// The past of the process, in bounded memory.
#[derive(Debug)]
pub(crate) struct Timeline {
    fine: Ring,
    coarse: Ring,
    recent: Recent,
    series: AllSeries,
    /// The sums of the last reading.
    last: Totals,
    system: Option<SystemState>,
    read_before: bool,
}

impl Timeline {
    /// Keeps points of a minute for `retention`, and points of ten seconds for an hour.
    pub(crate) fn new(retention: Duration) -> Self {
        Self {
            fine: Ring::new(Step::TenSeconds, HOUR),
            coarse: Ring::new(Step::Minute, retention),
            recent: Recent::default(),
            series: AllSeries::new(retention),
            last: Totals::default(),
            system: None,
            read_before: false,
        }
    }

    pub(crate) fn set_retention(&mut self, retention: Duration) {
        self.coarse.set_retention(retention);
        self.series.set_retention(retention);
    }

    /// Takes in a reading. What the first one has came before it, nobody knows when.
    pub(crate) fn take_in(&mut self, now: SystemTime, reading: &Reading, system: Option<SystemState>) {
        let totals = &reading.totals;
        if !self.read_before {
            self.last.clone_from(totals);
        }
        self.system = system;
        for ring in [&mut self.fine, &mut self.coarse] {
            ring.advance(now, &self.last, system);
        }
        self.recent.take_in(now, &totals.http);
        let first = !std::mem::replace(&mut self.read_before, true);
        for (kind, name, counted) in counted(reading) {
            self.series.take_in(kind, name, now, counted, first);
        }
        self.series.trim(now);
        self.last.clone_from(totals);
    }

    /// The points of the last `minutes`, the one that is still filling included.
    pub(crate) fn history(&self, now: SystemTime, minutes: u64, step: Step) -> Vec<HistoryPoint> {
        let ring = match step {
            Step::TenSeconds => &self.fine,
            Step::Minute => &self.coarse,
        };
        let from = unix(now).saturating_sub(minutes.saturating_mul(60));
        ring.points(from, &Moment { at: now, totals: &self.last, system: self.system })
    }

    /// The same of one endpoint, agent, model or tool; `None` if it was never called.
    pub(crate) fn series_history(
        &self,
        now: SystemTime,
        minutes: u64,
        kind: SeriesKind,
        name: &str,
    ) -> Option<Vec<SeriesPoint>> {
        self.series.history(kind, name, unix(now).saturating_sub(minutes.saturating_mul(60)), now)
    }

    /// When it was last seen to have been called: right to a second, late by the time between two readings.
    pub(crate) fn last_called(&self, kind: SeriesKind, name: &str) -> Option<SystemTime> {
        self.series.last_called(kind, name)
    }

    pub(crate) fn recent(&self) -> &Recent {
        &self.recent
    }

    /// Load of the processors in the last minute, in percent: a threshold is no matter of one sample.
    pub(crate) fn cpu_percent(&self, now: SystemTime) -> Option<f64> {
        let minute_ago = unix(now).saturating_sub(60);
        let loads = self.fine.closed().rev().take_while(|point| point.timestamp >= minute_ago);
        let loads: Vec<f64> = loads
            .filter_map(|point| point.cpu_percent)
            .chain(self.system.and_then(|system| system.cpu_percent))
            .collect();
        #[allow(clippy::cast_precision_loss, reason = "seven at most")]
        (!loads.is_empty()).then(|| loads.iter().sum::<f64>() / loads.len() as f64)
    }
}

/// Everything that has a name, with what was counted of it.
fn counted(reading: &Reading) -> impl Iterator<Item = (SeriesKind, &str, Counted)> {
    use SeriesKind::{Agent, Command, Database, Endpoint, HttpClient, Model, Rpc, RpcClient, Tool, Workflow};
    let plain = [
        (Endpoint, &reading.endpoints),
        (Tool, &reading.tools),
        (Workflow, &reading.workflows),
        (Command, &reading.commands),
        (Rpc, &reading.rpc),
        (RpcClient, &reading.rpc_clients),
        (HttpClient, &reading.http_clients),
    ];
    let plain = plain.into_iter().flat_map(|(kind, names)| names.iter().map(move |(name, calls)| (kind, name, calls)));
    let agents = reading.agents.iter().map(|(name, agent)| (Agent, name, &agent.calls));
    let models = reading.models.iter().map(|(name, model)| (Model, name, &model.calls));
    let databases = reading.databases.iter().map(|(name, database)| (Database, name, &database.calls));
    plain.chain(agents).chain(models).chain(databases).map(|(kind, name, calls)| (kind, name, Counted::of(calls)))
}

/// Whole seconds since 1970; a clock before that is at its start.
fn unix(at: SystemTime) -> u64 {
    at.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests;
