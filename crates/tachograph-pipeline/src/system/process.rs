//! What this process uses.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(any(test, not(target_os = "linux")))]
mod portable;

use std::time::Duration;

use tachograph_core::semconv::value;

#[cfg(target_os = "linux")]
pub(super) use self::linux::Process;
#[cfg(not(target_os = "linux"))]
pub(super) use self::portable::Process;

/// The figures of one moment. What this system does not tell is `None`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct ProcessFigures {
    pub(super) cpu: CpuTime,
    /// Resident, in bytes.
    pub(super) memory: u64,
    /// In bytes.
    pub(super) virtual_memory: u64,
    pub(super) threads: Option<u64>,
    pub(super) open_files: Option<u64>,
    /// How long it has been running.
    pub(super) running: Option<Duration>,
}

/// Time of processors since the start, in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum CpuTime {
    ByMode { user: f64, system: f64 },
    Total(f64),
}

impl CpuTime {
    pub(super) fn total(self) -> f64 {
        self.by_mode().into_iter().flatten().map(|(_, seconds)| seconds).sum()
    }

    /// Each mode, or the one figure without a mode.
    pub(super) fn by_mode(self) -> [Option<(Option<&'static str>, f64)>; 2] {
        match self {
            Self::ByMode { user, system } => {
                [Some((Some(value::CPU_USER), user)), Some((Some(value::CPU_SYSTEM), system))]
            }
            Self::Total(seconds) => [Some((None, seconds)), None],
        }
    }

    /// The mean load since `before`, `seconds` ago, as a part of `cpus` processors.
    pub(super) fn load_since(self, before: Self, seconds: f64, cpus: f64) -> Self {
        let load = |now: f64, before: f64| part(now - before, seconds * cpus);
        match (self, before) {
            (Self::ByMode { user, system }, Self::ByMode { user: user_before, system: system_before }) => {
                Self::ByMode { user: load(user, user_before), system: load(system, system_before) }
            }
            (now, before) => Self::Total(load(now.total(), before.total())),
        }
    }
}

/// `amount` of `whole`, from 0 to 1.
pub(super) fn part(amount: f64, whole: f64) -> f64 {
    // Also what comes of nothing, which is not a number.
    let part = amount / whole;
    if part.is_finite() { part.clamp(0.0, 1.0) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn load_is_a_part_of_what_could_have_been_used() {
        let before = CpuTime::ByMode { user: 10.0, system: 5.0 };
        let now = CpuTime::ByMode { user: 12.0, system: 6.0 };
        assert_eq!(now.load_since(before, 10.0, 2.0), CpuTime::ByMode { user: 0.1, system: 0.05 });
        assert_eq!(now.load_since(before, 0.1, 2.0), CpuTime::ByMode { user: 1.0, system: 1.0 });
        assert_eq!(CpuTime::Total(3.0).load_since(CpuTime::Total(1.0), 10.0, 0.5), CpuTime::Total(0.4));
        // No time has passed, or the clock went back.
        assert_eq!(now.load_since(now, 0.0, 2.0).total(), 0.0);
        assert_eq!(before.load_since(now, 10.0, 2.0).total(), 0.0);
    }

    #[test]
    fn both_ways_of_asking_tell_the_same() {
        let (mut native, mut portable) = (Process::new(), portable::Process::new());
        let mut compared = (native.figures(), portable.figures());
        // Other tests run in the process and change it between the two looks, but not all the time.
        for _ in 0..1000 {
            let (Some(told), Some(other)) = compared else { panic!("{compared:?}") };
            let near = |a: u64, b: u64, off: u64| a.abs_diff(b) <= off;
            let same = near(told.memory, other.memory, 4 << 20)
                && near(told.virtual_memory, other.virtual_memory, 4 << 20)
                && near(told.open_files.unwrap(), other.open_files.unwrap(), 2)
                && near(told.running.unwrap().as_secs(), other.running.unwrap().as_secs(), 2)
                && (told.cpu.total() - other.cpu.total()).abs() < 0.1;
            if same {
                return;
            }
            compared = (native.figures(), portable.figures());
        }
        panic!("{compared:?}");
    }
}
