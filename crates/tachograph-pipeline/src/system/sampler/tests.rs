use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::*;

const LONG: Duration = Duration::from_secs(60);

fn quota(cpus: f64, folder: &str, used: Option<f64>) -> Quota {
    Quota { cpus, folder: PathBuf::from(folder), used }
}

/// A sampler under the limits in `folder`, with a group of this process at its root.
fn limited(folder: &Path) -> Sampler {
    fs::write(folder.join("membership"), "0::/\n").unwrap();
    Sampler::new(ControlGroups::new(folder.join("membership"), folder), folder.to_owned()).unwrap()
}

fn unlimited() -> Sampler {
    Sampler::new(ControlGroups::new("/nowhere", "/nowhere"), PathBuf::from(".")).unwrap()
}

#[test]
fn a_quota_counts_with_its_fraction_unless_affinity_leaves_less() {
    let count = |cpus, parallelism| cpu_count(Some(&quota(cpus, "/", None)), parallelism);
    assert_eq!(cpu_count(None, 8), 8.0);
    assert_eq!(cpu_count(None, 0), 1.0);
    // What the standard library makes of these quotas on eight processors.
    assert_eq!((count(0.5, 1), count(1.5, 1), count(2.0, 2), count(2.9, 2)), (0.5, 1.5, 2.0, 2.9));
    // Two processors by affinity, or a machine that has no more, under a quota of six.
    assert_eq!(count(6.0, 2), 2.0);
}

#[test]
fn a_quota_is_used_by_what_the_group_did_since_the_sample_before() {
    let now = quota(2.0, "/pod", Some(14.0));
    let percent = |before: Option<&Quota>| quota_percent(&now, before, 10.0, 2.0);
    assert_eq!(percent(Some(&quota(2.0, "/pod", Some(4.0)))), Some(50.0));
    assert_eq!(percent(Some(&quota(2.0, "/pod", Some(20.0)))), Some(0.0));
    assert_eq!(percent(Some(&quota(2.0, "/pod", Some(-90.0)))), Some(100.0));
    assert_eq!(percent(Some(&quota(2.0, "/other", Some(4.0)))), None);
    assert_eq!(percent(Some(&quota(2.0, "/pod", None))), None);
    assert_eq!(percent(None), None);
}

#[test]
fn loads_are_there_from_the_second_sample_on() {
    let mut sampler = unlimited();
    let first = sampler.sample();
    assert_eq!((first.state.cpu_percent, first.state.process_cpu_percent), (None, None));
    assert!(first.process_load.is_none());
    let second = sampler.sample();
    let percents = [second.state.cpu_percent.unwrap(), second.state.process_cpu_percent.unwrap()];
    assert!(percents.iter().all(|percent| (0.0..=100.0).contains(percent)), "{percents:?}");
    assert!(second.state.at >= first.state.at);
    assert!(second.state.cpu_count >= 1.0 && second.state.cpu_count <= second.logical_cpus as f64, "{second:?}");
    let memory = second.state.memory;
    assert_eq!(memory.used + memory.available, memory.total);
    assert!(second.state.process_memory > 0 && second.state.process_memory < memory.total, "{second:?}");
    assert!(second.state.disk.is_some_and(|disk| disk.total >= disk.used + disk.free), "{second:?}");
}

#[test]
fn a_process_that_works_is_seen_to_work() {
    let mut sampler = unlimited();
    let before = sampler.sample();
    let cpu_before = before.process.unwrap().cpu.total();
    let burning = AtomicBool::new(true);
    thread::scope(|scope| {
        scope.spawn(|| {
            while burning.load(Ordering::Relaxed) {
                black_box((0..1000_u64).sum::<u64>());
            }
        });
        // Until half a second of work is done, however busy the machine is with other things.
        let (mut process, started) = (Process::new(), Instant::now());
        while process.figures().unwrap().cpu.total() - cpu_before < 0.5 && started.elapsed() < LONG {
            thread::yield_now();
        }
        burning.store(false, Ordering::Relaxed);
    });
    let after = sampler.sample();
    let worked = after.process.unwrap().cpu.total() - cpu_before;
    let passed = after.taken.duration_since(before.taken).as_secs_f64();
    assert!(worked >= 0.5 && after.state.process_cpu_percent.unwrap() > 0.0, "{after:?}");
    // What was worked is what the load says, of the processors that there are, to a few ticks of the system's clock.
    let load = after.process_load.unwrap().total();
    assert!((load - (worked / passed / after.state.cpu_count).min(1.0)).abs() < 0.1, "{load} {worked} {passed}");
    assert!(after.uptime().unwrap() > passed);
}

#[test]
fn under_limits_the_limits_are_the_machine() {
    let folder = tempfile::tempdir().unwrap();
    let write = |file: &str, text: &str| fs::write(folder.path().join(file), text).unwrap();
    write("memory.max", "1048576");
    write("memory.current", "786432");
    write("memory.stat", "inactive_file 262144\n");
    write("cpu.max", "50000 100000");
    write("cpu.stat", "usage_usec 0\n");
    let mut sampler = limited(folder.path());
    let first = sampler.sample().state;
    assert_eq!((first.cpu_count, first.cpu_percent), (0.5, None));
    assert_eq!((first.memory.total, first.memory.available, first.memory.used), (1_048_576, 524_288, 524_288));
    // A thousand seconds of work since then: more than half a processor gives.
    write("cpu.stat", "usage_usec 1000000000\n");
    assert_eq!(sampler.sample().state.cpu_percent, Some(100.0));
    assert_eq!(sampler.sample().state.cpu_percent, Some(0.0));
    // The limits are taken away while the process runs.
    write("cpu.max", "max 100000");
    write("memory.max", "max");
    let freed = sampler.sample();
    assert!(freed.state.cpu_count >= 1.0 && freed.state.cpu_percent.is_some(), "{freed:?}");
    assert!(freed.state.memory.total > 1_048_576);
}

/// `cargo test --release -p tachograph-pipeline --features sysinfo --lib -- --ignored --nocapture what_a_sample_costs`
#[test]
#[ignore = "prints a figure"]
#[expect(clippy::print_stdout, reason = "that is what it is for")]
fn what_a_sample_costs() {
    let mut sampler = Sampler::new(ControlGroups::of_this_process(), PathBuf::from(".")).unwrap();
    sampler.sample();
    let (rounds, start, cpu) = (500_u32, Instant::now(), Process::new().figures().unwrap().cpu.total());
    for _ in 0..rounds {
        black_box(sampler.sample());
    }
    let busy = Process::new().figures().unwrap().cpu.total() - cpu;
    let (passed, busy) = (start.elapsed() / rounds, busy * 1e6 / f64::from(rounds));
    println!("{:#?}", sampler.sample());
    println!("{passed:?} a sample, {busy:.0} µs of processors");
}
