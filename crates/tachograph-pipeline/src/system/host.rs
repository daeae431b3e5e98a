//! What the machine has, and how busy it is.

use sysinfo::{MemoryRefreshKind, Pid, ProcessRefreshKind, ProcessesToUpdate, System};
use tachograph_core::source::MemoryState;

use super::cgroup::MemoryLimit;

#[derive(Debug)]
pub(super) struct Host {
    system: System,
    pid: Option<Pid>,
    /// Loads are means since the time before; the first of all is of no time.
    asked_before: bool,
}

/// The figures of one moment.
#[derive(Debug, Clone, Copy)]
pub(super) struct HostFigures {
    /// Busy processors, from 0 to 100 for all of them; `None` the first time.
    pub(super) cpu_percent: Option<f64>,
    pub(super) logical_cpus: u64,
    pub(super) memory: MemoryState,
}

impl Host {
    /// Fails where the library does not know the system.
    pub(super) fn new() -> Result<Self, sysinfo::Error> {
        Ok(Self { system: System::new()?, pid: sysinfo::get_current_pid().ok(), asked_before: false })
    }

    pub(super) fn figures(&mut self) -> HostFigures {
        self.system.refresh_cpu_usage();
        self.system.refresh_memory_specifics(MemoryRefreshKind::nothing().with_ram());
        let asked_before = std::mem::replace(&mut self.asked_before, true);
        HostFigures {
            cpu_percent: asked_before.then(|| f64::from(self.system.global_cpu_usage()).clamp(0.0, 100.0)),
            logical_cpus: self.system.cpus().len() as u64,
            memory: memory(self.system.total_memory(), self.system.available_memory()),
        }
    }

    /// The limit of a control group as the library finds it, for groups of version 1.
    pub(super) fn memory_limit(&mut self) -> Option<MemoryLimit> {
        let pid = self.pid?;
        if self.system.process(pid).is_none() {
            let nothing = ProcessRefreshKind::nothing().without_tasks();
            self.system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), false, nothing);
        }
        let limits = self.system.process(pid)?.cgroup_limits()?;
        // What it calls free counts cached files as used.
        let available = limits.total_memory.saturating_sub(limits.rss);
        Some(MemoryLimit { total: limits.total_memory, available: Some(available) })
    }
}

/// What is left under a limit: never more than the machine has left.
pub(super) fn within(limit: Option<MemoryLimit>, host: MemoryState) -> MemoryState {
    match limit {
        Some(limit) if limit.total < host.total => {
            memory(limit.total, limit.available.unwrap_or(limit.total).min(host.available))
        }
        _ => host,
    }
}

fn memory(total: u64, available: u64) -> MemoryState {
    let available = available.min(total);
    MemoryState { total, available, used: total - available }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_counts_where_it_is_below_what_the_machine_has() {
        let host = memory(1000, 400);
        let limit = |total, available| Some(MemoryLimit { total, available });
        assert_eq!(within(None, host), MemoryState { total: 1000, available: 400, used: 600 });
        assert_eq!(within(limit(1000, Some(10)), host), host);
        assert_eq!(within(limit(u64::MAX, None), host), host);
        assert_eq!(within(limit(300, Some(100)), host), MemoryState { total: 300, available: 100, used: 200 });
        // The machine has less left than the limit would let the process have.
        assert_eq!(within(limit(900, Some(800)), host), MemoryState { total: 900, available: 400, used: 500 });
        // Nobody knows what the group uses.
        assert_eq!(within(limit(300, None), host), MemoryState { total: 300, available: 300, used: 0 });
        assert_eq!(within(limit(300, Some(900)), host), MemoryState { total: 300, available: 300, used: 0 });
    }

    /// A field of `/proc/meminfo` in bytes.
    #[cfg(target_os = "linux")]
    fn meminfo(key: &str) -> u64 {
        let text = std::fs::read_to_string("/proc/meminfo").unwrap();
        let line = text.lines().find(|line| line.starts_with(key)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn it_agrees_with_the_kernel() {
        let mut host = Host::new().unwrap();
        assert_eq!(host.figures().cpu_percent, None);
        let mut compared = None;
        // Whatever else runs takes and gives back memory between the two looks, but not all the time.
        let agreed = (0..1000).any(|_| {
            let (figures, available) = (host.figures(), meminfo("MemAvailable:"));
            compared = Some((figures, available));
            figures.memory.available.abs_diff(available) < 16 << 20
        });
        let (figures, _) = compared.unwrap();
        assert!(agreed && figures.memory.total == meminfo("MemTotal:"), "{compared:?}");
        assert_eq!(figures.memory.used, figures.memory.total - figures.memory.available);
        let stat = std::fs::read_to_string("/proc/stat").unwrap();
        let processors = stat.lines().filter(|line| line.starts_with("cpu") && !line.starts_with("cpu ")).count();
        assert_eq!(figures.logical_cpus, processors as u64);
        if let Some(limit) = host.memory_limit() {
            assert!(limit.total > 0 && limit.total <= meminfo("MemTotal:"), "{limit:?}");
        }
    }

    /// Busy and all ticks of all processors together.
    #[cfg(target_os = "linux")]
    fn ticks() -> (u64, u64) {
        let text = std::fs::read_to_string("/proc/stat").unwrap();
        let ticks: Vec<u64> =
            text.lines().next().unwrap().split_whitespace().skip(1).map(|it| it.parse().unwrap()).collect();
        // Of user, nice, system, idle, iowait, irq, softirq and steal; what comes behind is in user already.
        (ticks[..8].iter().sum::<u64>() - ticks[3] - ticks[4], ticks[..8].iter().sum())
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_load_is_what_the_kernel_counted() {
        let mut host = Host::new().unwrap();
        host.figures();
        let (busy_before, all_before) = ticks();
        let start = std::time::Instant::now();
        // Two seconds, so that the moments between the looks do not matter.
        while start.elapsed().as_secs() < 2 {
            std::hint::black_box((0..1000_u64).sum::<u64>());
        }
        let told = host.figures().cpu_percent.unwrap();
        let (busy, all) = ticks();
        let counted = 100.0 * (busy - busy_before) as f64 / (all - all_before) as f64;
        assert!((told - counted).abs() < 15.0 && told > 0.0, "{told} {counted}");
    }
}
