//! The machine and the process on it.

use std::time::SystemTime;

/// Tells how the machine and the process are doing.
pub trait ReadSystem: Send + Sync {
    /// The last sample; `None` before the first. It does not block.
    fn system_state(&self) -> Option<SystemState>;
}

/// The machine, or the part of it that the process may use, at one moment.
///
/// Within a control group with a limit the limit is what counts: a process that may use two of 64 processors and does is at 100 %.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SystemState {
    /// When it was sampled.
    pub at: SystemTime,
    /// Load of the processors since the sample before, from 0 to 100; `None` with the first sample.
    pub cpu_percent: Option<f64>,
    /// How many processors there are to use; a fraction where a quota says so.
    pub cpu_count: f64,
    /// Memory.
    pub memory: MemoryState,
    /// The file system that is watched; `None` if it cannot be asked.
    pub disk: Option<DiskState>,
    /// Load that this process puts on the processors it may use, from 0 to 100; `None` with the first sample.
    pub process_cpu_percent: Option<f64>,
    /// Resident memory of this process, in bytes.
    pub process_memory: u64,
}

/// Memory in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MemoryState {
    /// What there is, or the limit of the control group.
    pub total: u64,
    /// What can be had without swapping.
    pub available: u64,
    /// `total` without `available`.
    pub used: u64,
}

/// A file system in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DiskState {
    /// Its size.
    pub total: u64,
    /// What this process could still write.
    pub free: u64,
    /// What is taken.
    pub used: u64,
}
