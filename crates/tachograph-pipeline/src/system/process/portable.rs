//! What `sysinfo` says of this process, on every system that it knows.

use std::time::Duration;

use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};

use super::{CpuTime, ProcessFigures};

#[derive(Debug)]
pub(in crate::system) struct Process {
    /// What is asked, and for which process; `None` where the library does not know the system.
    asked: Option<(System, Pid)>,
}

impl Process {
    pub(in crate::system) fn new() -> Self {
        Self { asked: System::new().ok().zip(sysinfo::get_current_pid().ok()) }
    }

    #[expect(clippy::cast_precision_loss, reason = "milliseconds of a process")]
    pub(in crate::system) fn figures(&mut self) -> Option<ProcessFigures> {
        let (system, pid) = self.asked.as_mut()?;
        let wanted = ProcessRefreshKind::nothing().with_cpu().with_memory();
        system.refresh_processes_specifics(ProcessesToUpdate::Some(&[*pid]), false, wanted);
        let process = system.process(*pid)?;
        Some(ProcessFigures {
            cpu: CpuTime::Total(process.accumulated_cpu_time() as f64 / 1000.0),
            memory: process.memory(),
            virtual_memory: process.virtual_memory(),
            threads: process.tasks().map(|tasks| tasks.len() as u64),
            open_files: process.open_files().map(|files| files as u64),
            running: Some(Duration::from_secs(process.run_time())),
        })
    }
}
