//! One sample: the figures of the machine, the process, its control groups and the disk, and what they mean together.

use std::path::PathBuf;
use std::thread;
use std::time::{Instant, SystemTime};

use tachograph_core::source::SystemState;

use super::cgroup::{ControlGroups, Quota};
use super::disk::{Space, WatchedDisk};
use super::host::{Host, within};
use super::process::{CpuTime, Process, ProcessFigures, part};

/// All that is known of one moment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sample {
    pub(super) state: SystemState,
    pub(super) logical_cpus: u64,
    pub(super) process: Option<ProcessFigures>,
    /// Load of this process since the sample before, as a part of the processors that it may use.
    pub(super) process_load: Option<CpuTime>,
    pub(super) space: Option<Space>,
    taken: Instant,
}

impl Sample {
    /// Seconds that the process has been running now.
    pub(super) fn uptime(&self) -> Option<f64> {
        Some((self.process?.running? + self.taken.elapsed()).as_secs_f64())
    }
}

pub(super) struct Sampler {
    host: Host,
    process: Process,
    groups: ControlGroups,
    /// `None` if its thread could not be started: one figure less.
    disk: Option<WatchedDisk>,
    before: Option<Before>,
}

/// What loads are computed from.
struct Before {
    at: Instant,
    cpu: Option<CpuTime>,
    quota: Option<Quota>,
}

impl Sampler {
    pub(super) fn new(groups: ControlGroups, watched: PathBuf) -> Result<Self, String> {
        let host = Host::new().map_err(|error| error.to_string())?;
        let disk = WatchedDisk::start(watched)
            .inspect_err(|error| tracing::warn!(%error, "the disk is not watched: no thread can be started"))
            .ok();
        Ok(Self { host, process: Process::new(), groups, disk, before: None })
    }

    pub(super) fn sample(&mut self) -> Sample {
        let space = self.disk.as_mut().and_then(WatchedDisk::space);
        let taken = Instant::now();
        let (host, process, limits) = (self.host.figures(), self.process.figures(), self.groups.limits());
        let limit = limits.memory.or_else(|| self.host.memory_limit());
        let parallelism = thread::available_parallelism().map_or(host.logical_cpus, |it| it.get() as u64);
        let cpu_count = cpu_count(limits.quota.as_ref(), parallelism);
        let cpu = process.map(|process| process.cpu);
        let before = self.before.replace(Before { at: taken, cpu, quota: limits.quota.clone() });
        let seconds = before.as_ref().map_or(0.0, |before| taken.duration_since(before.at).as_secs_f64());
        let cpu_percent = match &limits.quota {
            Some(quota) => before.as_ref().and_then(|it| quota_percent(quota, it.quota.as_ref(), seconds, cpu_count)),
            None => host.cpu_percent,
        };
        let process_load = before
            .and_then(|before| before.cpu)
            .zip(cpu)
            .map(|(before, now)| now.load_since(before, seconds, cpu_count));
        Sample {
            state: SystemState {
                at: SystemTime::now(),
                cpu_percent,
                cpu_count,
                memory: within(limit, host.memory),
                disk: space.map(Space::state),
                process_cpu_percent: process_load.map(|load| (load.total() * 100.0).min(100.0)),
                process_memory: process.map_or(0, |process| process.memory),
            },
            logical_cpus: host.logical_cpus,
            process,
            process_load,
            space,
            taken,
        }
    }
}

/// Processors that there are to use. `parallelism` is what the standard library makes of affinity and quota: whole processors, the
/// quota rounded down. So a quota counts with its fraction, unless affinity leaves less than that.
#[expect(clippy::cast_precision_loss, reason = "a number of processors")]
fn cpu_count(quota: Option<&Quota>, parallelism: u64) -> f64 {
    let parallelism = parallelism.max(1) as f64;
    match quota {
        Some(quota) if quota.cpus.floor() <= parallelism => quota.cpus,
        _ => parallelism,
    }
}

/// How much of a quota was used since `before`.
fn quota_percent(now: &Quota, before: Option<&Quota>, seconds: f64, cpu_count: f64) -> Option<f64> {
    // Of another group, or of one that was made anew, nothing follows.
    let before = before.filter(|before| before.folder == now.folder)?;
    Some(100.0 * part(now.used? - before.used?, seconds * cpu_count))
}

#[cfg(test)]
mod tests;
