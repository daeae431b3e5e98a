//! The application: what it does, and how it is held from outside.

use std::{
    env,
    hint::black_box,
    path::Path,
    process::Command,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use futures_util::FutureExt as _;
use tachograph::{DiskSpool, ExporterChoice, Pipeline, Settings, track_agent_execution, track_tool_execution};
use tests::process::Process;

use super::{KILL, state::State};

pub(crate) const ROLE: &str = "SOAK_APPLICATION";
const SPOOL: &str = "SOAK_SPOOL";
const SECONDS: &str = "SOAK_APPLICATION_MILLISECONDS";

/// Calls in a second, of all threads.
const RATE: u32 = 50_000;
const THREADS: u32 = 2;
/// The runs of an agent are spans as well.
const CALLS_OF_A_RUN: u32 = 10;
/// Far more than what is on disk takes to be sent.
const PATIENCE: Duration = Duration::from_secs(120);
const SAY: Duration = Duration::from_millis(100);

/// An application in a process of its own.
#[derive(Debug)]
pub(crate) struct Application(Process);

impl Application {
    pub(crate) fn start(endpoint: &str, spool: Option<&Path>, run: Duration) -> Self {
        let mut command = Command::new(env::current_exe().expect("this program"));
        command.env(ROLE, endpoint).env(SECONDS, run.as_millis().to_string()).env_remove(SPOOL);
        if let Some(folder) = spool {
            command.env(SPOOL, folder);
        }
        Self(Process::spawn(&mut command).expect("the application starts"))
    }

    /// Waits for its end.
    pub(crate) fn last(mut self) -> State {
        self.0.wait(Duration::from_secs(600));
        self.latest()
    }

    /// Waits until it says what is wanted.
    pub(crate) fn until(&self, is_so: impl Fn(&State) -> bool) -> State {
        let start = Instant::now();
        loop {
            let state = self.latest();
            if is_so(&state) {
                return state;
            }
            assert!(start.elapsed() < PATIENCE, "{state:?}");
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Ends it without a word, and gives its last one.
    pub(crate) fn kill(mut self) -> State {
        self.0.signal(KILL);
        self.0.wait(Duration::from_secs(10));
        self.latest()
    }

    fn latest(&self) -> State {
        let output = self.0.stdout();
        let last = output.lines().rev().find_map(|line| serde_json::from_str(line).ok());
        last.unwrap_or_default()
    }
}

/// What the process does.
pub(crate) fn run() {
    let variable = |name: &str| env::var(name).ok();
    let endpoint = variable(ROLE).expect("it is set");
    let run = Duration::from_millis(variable(SECONDS).expect("it is set").parse().expect("a number"));
    let settings = Settings::from_lookup(|name| {
        let value = match name {
            "OTEL_BSP_MAX_QUEUE_SIZE" => "65536",
            "OTEL_BSP_MAX_EXPORT_BATCH_SIZE" => "4096",
            "OTEL_BSP_SCHEDULE_DELAY" => "200",
            _ => return None,
        };
        Some(value.to_owned())
    });
    let builder = Pipeline::builder()
        .with_settings(settings.expect("they are right"))
        .with_otlp_endpoint(endpoint)
        .with_metrics_exporter(ExporterChoice::None)
        .with_logs_exporter(ExporterChoice::None)
        .with_self_test(false);
    let builder = match variable(SPOOL) {
        Some(folder) => builder.with_spool(DiskSpool::in_folder(folder).with_resend_bytes_per_second(64 << 20)),
        None => builder,
    };
    let pipeline = builder.build().expect("a pipeline");
    pipeline.telemetry().expect("it is not disabled").clone().install().expect("nothing is installed");

    let first_memory = memory();
    let is_over = AtomicBool::new(false);
    let (most_memory, mut times) = thread::scope(|scope| {
        let watch = scope.spawn(|| {
            let mut most = first_memory;
            while !is_over.load(Ordering::Relaxed) {
                most = most.max(memory());
                say(&State { first_memory, most_memory: most, ..state_of(&pipeline) });
                thread::sleep(SAY);
            }
            most
        });
        let load: Vec<_> = (0..THREADS).map(|_| scope.spawn(|| load(run))).collect();
        let times: Vec<u32> = load.into_iter().flat_map(|load| load.join().expect("no panic")).collect();
        // Only what is on disk is left to do. Whoever made nothing is to be killed.
        let start = Instant::now();
        while start.elapsed() < PATIENCE && (pipeline.health().traces.spooled > 0 || run.is_zero()) {
            thread::sleep(SAY);
        }
        is_over.store(true, Ordering::Relaxed);
        (watch.join().expect("no panic"), times)
    });
    pipeline.shutdown_blocking(Duration::from_secs(20));
    times.sort_unstable();
    let percentile = |share: usize| u64::from(times.get(times.len() * share / 100).copied().unwrap_or_default());
    let (p50, p99) = (percentile(50), percentile(99));
    say(&State { first_memory, most_memory, p50, p99, is_last: true, ..state_of(&pipeline) });
}

/// Tracked calls at the rate of one thread, with how many nanoseconds each of them took.
fn load(run: Duration) -> Vec<u32> {
    let pause = Duration::from_secs(1) * THREADS * (CALLS_OF_A_RUN + 1) / RATE;
    let mut times = Vec::with_capacity(run.as_secs() as usize * (RATE / THREADS) as usize + 1);
    let start = Instant::now();
    let mut next = start;
    while start.elapsed() < run {
        let agent = track_agent_execution("soak", async {
            for _ in 0..CALLS_OF_A_RUN {
                let begin = Instant::now();
                let call = track_tool_execution("search", async { Ok::<u64, std::io::Error>(black_box(7)) });
                let _ = black_box(call.now_or_never());
                times.push(u32::try_from(begin.elapsed().as_nanos()).unwrap_or(u32::MAX));
            }
            Ok::<(), std::io::Error>(())
        });
        let _ = agent.now_or_never();
        next += pause;
        let now = Instant::now();
        if next > now + Duration::from_millis(1) {
            thread::sleep(next - now);
        }
    }
    times
}

fn state_of(pipeline: &Pipeline) -> State {
    let traces = pipeline.health().traces;
    State {
        created: traces.created,
        recovered: traces.recovered,
        exported: traces.exported,
        failed: traces.failed.total(),
        dropped: traces.dropped.total(),
        queued: traces.queued,
        in_flight: traces.in_flight,
        on_disk: traces.spooled,
        ..State::default()
    }
}

fn say(state: &State) {
    println!("{}", serde_json::to_string(state).expect("it is JSON"));
}

/// Resident memory in bytes.
fn memory() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: u64 = text.split_whitespace().nth(1).and_then(|pages| pages.parse().ok()).unwrap_or_default();
    pages * rustix::param::page_size() as u64
}
