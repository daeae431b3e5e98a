//! What Linux says of this process: one line of `/proc/self/stat`, which takes a fraction of what the library needs that asks for
//! every system, and tells user and system time apart.

use std::fs;
use std::time::Duration;

use rustix::param::{clock_ticks_per_second, page_size};
use rustix::time::{ClockId, clock_gettime};

use super::{CpuTime, ProcessFigures};

#[derive(Debug)]
pub(in crate::system) struct Process {
    ticks_per_second: f64,
    page: u64,
}

impl Process {
    #[expect(clippy::cast_precision_loss, reason = "usually 100")]
    pub(in crate::system) fn new() -> Self {
        Self { ticks_per_second: (clock_ticks_per_second() as f64).max(1.0), page: page_size() as u64 }
    }

    pub(in crate::system) fn figures(&mut self) -> Option<ProcessFigures> {
        let mut figures = self.parse(&fs::read_to_string("/proc/self/stat").ok()?, since_boot())?;
        figures.open_files = open_files();
        Some(figures)
    }

    /// Fields count from 1 in proc(5); those behind the name of the process, which may contain everything, from 3.
    #[expect(clippy::cast_precision_loss, reason = "ticks of a process")]
    fn parse(&self, stat: &str, since_boot: Duration) -> Option<ProcessFigures> {
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        let field = |number: usize| fields.get(number - 3)?.parse::<u64>().ok();
        let seconds = |number| Some(field(number)? as f64 / self.ticks_per_second);
        let started = Duration::try_from_secs_f64(seconds(22)?).ok();
        Some(ProcessFigures {
            cpu: CpuTime::ByMode { user: seconds(14)?, system: seconds(15)? },
            memory: field(24)?.saturating_mul(self.page),
            virtual_memory: field(23)?,
            threads: field(20),
            open_files: None,
            running: started.map(|started| since_boot.saturating_sub(started)),
        })
    }
}

/// Not `/proc/uptime`, which some containers replace by a time of their own.
fn since_boot() -> Duration {
    clock_gettime(ClockId::Boottime).try_into().unwrap_or_default()
}

fn open_files() -> Option<u64> {
    // The folder itself is open while it is read.
    let entries = fs::read_dir("/proc/self/fd").ok()?.count();
    Some(entries.saturating_sub(1) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAT: &str = "4242 (a) b (c) R 1 4242 4242 0 -1 4194560 900 0 3 0 250 50 7 9 20 0 12 0 3000 104857600 2560 \
                        18446744073709551615 1 2 3\n";

    fn process() -> Process {
        Process { ticks_per_second: 100.0, page: 4096 }
    }

    #[test]
    fn the_line_is_read_whatever_the_name_of_the_process_is() {
        let figures = process().parse(STAT, Duration::from_secs(90)).unwrap();
        let expected = ProcessFigures {
            cpu: CpuTime::ByMode { user: 2.5, system: 0.5 },
            memory: 2560 * 4096,
            virtual_memory: 104_857_600,
            threads: Some(12),
            open_files: None,
            running: Some(Duration::from_secs(60)),
        };
        assert_eq!(figures, expected);
        let started_later = process().parse(STAT, Duration::from_secs(1)).unwrap();
        assert_eq!(started_later.running, Some(Duration::ZERO));
    }

    #[test]
    fn a_line_that_is_cut_off_or_garbage_tells_nothing() {
        for line in ["", "1 (x", "1 (x)", "1 (x) R 1 2", "1 (x) R a b c d e f g h i j k l m n o p q r s t u v w"] {
            assert_eq!(process().parse(line, Duration::ZERO), None, "{line}");
        }
    }

    /// A field of `/proc/self/status`, in its unit.
    fn status(key: &str) -> u64 {
        let text = fs::read_to_string("/proc/self/status").unwrap();
        let line = text.lines().find(|line| line.starts_with(key)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    #[test]
    fn it_agrees_with_what_the_kernel_says_elsewhere() {
        let mut process = Process::new();
        let mut compared = None;
        // Other tests run in the process and change it between the two looks, but not all the time.
        let agreed = (0..1000).any(|_| {
            let figures = process.figures().unwrap();
            let (memory, size, threads) = (status("VmRSS:"), status("VmSize:"), status("Threads:"));
            compared = Some((figures, memory, size, threads));
            // In bytes here and in units of 1024 there.
            (figures.memory / 1024).abs_diff(memory) < 4096
                && (figures.virtual_memory / 1024).abs_diff(size) < 4096
                && figures.threads == Some(threads)
        });
        assert!(agreed, "{compared:?}");
        let figures = process.figures().unwrap();
        assert!(figures.open_files.unwrap() >= 3, "{figures:?}");
        // A test of a few seconds, on some processors.
        let running = figures.running.unwrap();
        assert!(running < Duration::from_secs(3600) && running <= since_boot(), "{figures:?}");
        assert!(figures.cpu.total() <= (running.as_secs_f64() + 1.0) * 1024.0, "{figures:?}");
    }

    #[test]
    fn a_file_more_is_counted() {
        // Others open and close files meanwhile, but not this many.
        let before = open_files().unwrap();
        let files: Vec<_> = (0..500).map(|_| fs::File::open("/proc/self/stat").unwrap()).collect();
        let after = open_files().unwrap();
        assert!(after >= before + 400, "{before} {after}");
        drop(files);
        assert!(open_files().unwrap() < after);
    }
}
