//! Panics of a whole process: each test starts one that panics, and looks at what it left.

#![allow(clippy::unwrap_used, clippy::panic, reason = "in tests an unwrap is the assertion")]

use std::env;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::process::{self, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tachograph_core::{AgentExecution, HttpRequest, breadcrumb};
use tachograph_pipeline::{Builder, ExporterChoice, Pipeline, Settings};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

const LONG: Duration = Duration::from_secs(60);
const MODE: &str = "PANIC_TEST_MODE";
const DIRECTORY: &str = "PANIC_TEST_DIRECTORY";
const COLLECTOR: &str = "PANIC_TEST_COLLECTOR";

fn builder() -> Builder {
    Builder::new()
        .with_settings(Settings::default())
        .with_otlp_endpoint(env::var(COLLECTOR).unwrap())
        .with_metrics_exporter(ExporterChoice::None)
        .with_log_directory(env::var(DIRECTORY).unwrap())
        .with_panic_hook(true)
        .with_panic_flush_timeout(LONG)
}

fn panic_in_a_request(message: &'static str) {
    HttpRequest::new("GET", "/").run(|| -> () {
        breadcrumb("step", "before it");
        panic!("{message}");
    });
}

/// Never comes back by itself: what it leaves was flushed by the hook.
fn die(pipeline: Pipeline) -> ! {
    std::mem::forget(pipeline);
    process::abort()
}

struct Locked(Arc<Mutex<()>>);

impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Locked {
    fn on_event(&self, event: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
        if event.metadata().target() == "tachograph::errors" {
            drop(self.0.lock());
        }
    }
}

struct PanicsInDrop;

impl Drop for PanicsInDrop {
    fn drop(&mut self) {
        panic!("and once more")
    }
}

extern "C" fn cannot_unwind() {
    panic!("the last")
}

/// The processes of the tests below.
#[test]
#[ignore = "ends by force; started by other tests"]
fn a_process_that_panics() {
    let Ok(mode) = env::var(MODE) else { return };
    match mode.as_str() {
        "main" => {
            let pipeline = builder().init().unwrap();
            AgentExecution::new("before").run(|| ());
            let main = thread::Builder::new().name("main".to_owned());
            assert!(main.spawn(|| panic_in_a_request("on main")).unwrap().join().is_err());
            die(pipeline)
        }
        "task" => {
            let pipeline = builder().init().unwrap();
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
            let joined = runtime.block_on(async { tokio::spawn(async { panic_in_a_request("in a task") }).await });
            assert!(joined.unwrap_err().is_panic());
            pipeline.force_flush_blocking(LONG).into_result().unwrap();
            die(pipeline)
        }
        "abort" => {
            panic::set_hook(Box::new(|_| process::abort()));
            let _pipeline = builder().init().unwrap();
            AgentExecution::new("before").run(|| ());
            panic_in_a_request("with abort");
        }
        "double" => {
            let _pipeline = builder().init().unwrap();
            AgentExecution::new("before").run(|| ());
            let _drops = PanicsInDrop;
            panic_in_a_request("twice");
        }
        "cannot unwind" => {
            let _pipeline = builder().init().unwrap();
            AgentExecution::new("before").run(|| ());
            cannot_unwind();
        }
        "many" => {
            let pipeline = builder().init().unwrap();
            thread::scope(|scope| {
                for _ in 0..16 {
                    scope.spawn(|| panic::catch_unwind(|| panic_in_a_request("one of many")).unwrap_err());
                }
            });
            die(pipeline)
        }
        "hangs" => {
            let pipeline = builder().with_panic_flush_timeout(Duration::from_millis(300)).init().unwrap();
            AgentExecution::new("before").run(|| ());
            let caught = panic::catch_unwind(|| panic_in_a_request("nobody answers"));
            assert!(caught.is_err());
            die(pipeline)
        }
        "locked" => {
            let lock = Arc::new(Mutex::new(()));
            tracing_subscriber::registry().with(Locked(Arc::clone(&lock))).init();
            let pipeline = builder().with_panic_flush_timeout(Duration::from_millis(300)).init().unwrap();
            let caught = panic::catch_unwind(AssertUnwindSafe(|| {
                let _held = lock.lock().unwrap();
                panic_in_a_request("with the lock of whoever prints it");
            }));
            assert!(caught.is_err());
            std::mem::forget(pipeline);
            process::exit(7);
        }
        "off" => {
            let pipeline = builder().with_panic_hook(false).init().unwrap();
            assert!(panic::catch_unwind(|| panic_in_a_request("unseen")).is_err());
            pipeline.force_flush_blocking(LONG).into_result().unwrap();
            die(pipeline)
        }
        other => panic!("{other}"),
    }
}

/// What a process left.
struct Left {
    status: ExitStatus,
    lines: Vec<Value>,
    /// Bodies of exports, one behind the other.
    exported: String,
    stderr: String,
}

impl Left {
    fn exceptions(&self) -> Vec<&Value> {
        self.lines.iter().filter(|line| line["event"] == "exception").collect()
    }

    fn exported(&self, text: &str) -> usize {
        self.exported.matches(text).count()
    }
}

/// Takes exports and answers, or does not.
fn collect(listener: TcpListener, answers: bool, bodies: Arc<Mutex<Vec<u8>>>) {
    thread::spawn(move || {
        let mut kept = Vec::new();
        for stream in listener.incoming().map_while(Result::ok) {
            if answers {
                let bodies = Arc::clone(&bodies);
                thread::spawn(move || serve(stream, &bodies));
            } else {
                kept.push(stream);
            }
        }
    });
}

fn serve(mut stream: TcpStream, bodies: &Mutex<Vec<u8>>) {
    let mut received = Vec::new();
    let mut part = [0; 4096];
    loop {
        while let Some(head) = received.windows(4).position(|it| it == b"\r\n\r\n") {
            let text = String::from_utf8_lossy(&received[..head]).to_ascii_lowercase();
            let length = text.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
            let end = head + 4 + length.trim().parse::<usize>().unwrap();
            if received.len() < end {
                break;
            }
            bodies.lock().unwrap().extend_from_slice(&received[head + 4..end]);
            received.drain(..end);
            let answer = "HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n";
            stream.write_all(answer.as_bytes()).unwrap();
        }
        match stream.read(&mut part) {
            Ok(0) | Err(_) => return,
            Ok(read) => received.extend_from_slice(&part[..read]),
        }
    }
}

fn run(mode: &str) -> Left {
    let folder = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let bodies = Arc::default();
    collect(listener, mode != "hangs", Arc::clone(&bodies));
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["--exact", "a_process_that_panics", "--ignored", "--nocapture"])
        .env(MODE, mode)
        .env(DIRECTORY, folder.path())
        .env(COLLECTOR, address)
        .env_remove("RUST_BACKTRACE")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stderr = child.stderr.take().unwrap();
    let reader = thread::spawn(move || {
        let mut text = Vec::new();
        stderr.read_to_end(&mut text).map(|_| String::from_utf8_lossy(&text).into_owned())
    });
    let end = Instant::now() + LONG;
    let status = loop {
        match child.try_wait().unwrap() {
            Some(status) => break status,
            None if Instant::now() < end => thread::yield_now(),
            None => {
                child.kill().unwrap();
                panic!("{mode}: it hangs");
            }
        }
    };
    let exported = String::from_utf8_lossy(&Mutex::lock(&bodies).unwrap()).into_owned();
    let stderr = reader.join().unwrap().unwrap();
    Left { status, lines: lines(folder.path()), exported, stderr }
}

fn lines(directory: &Path) -> Vec<Value> {
    let text = fs::read_to_string(directory.join("application.log")).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

fn check(line: &Value, message: &str) {
    assert_eq!((&line["level"], &line["logger"]), (&"CRITICAL".into(), &"tachograph::errors".into()), "{line}");
    assert_eq!((&line["message"], &line["exception.message"]), (&message.into(), &message.into()));
    assert_eq!(line["exception.type"], "panic");
    assert!(line["code.file.path"].as_str().unwrap().ends_with("panics.rs"), "{line}");
    assert!(line["code.line.number"].is_u64() && line["thread.id"].is_u64(), "{line}");
    assert_eq!(line["trace_id"].as_str().unwrap().len(), 32, "{line}");
    let crumbs: Value = serde_json::from_str(line["tachograph.breadcrumbs"].as_str().unwrap()).unwrap();
    assert_eq!(crumbs[0]["message"], "before it");
}

#[test]
fn a_panic_on_main_is_in_the_file_and_delivered_with_the_spans_before_the_process_dies() {
    let left = run("main");
    assert!(!left.status.success());
    let exceptions = left.exceptions();
    assert_eq!(exceptions.len(), 1);
    check(exceptions[0], "on main");
    assert_eq!(exceptions[0]["thread.name"], "main");
    assert_eq!(left.exported("invoke_agent before"), 1);
    assert_eq!(left.exported("on main"), 2, "body and message of the log record");
    assert!(left.stderr.contains("thread 'main'") && left.stderr.contains("on main"), "the hook before is called");
}

#[test]
fn a_panic_in_a_task_is_told_and_its_call_is_recorded_once() {
    let left = run("task");
    let exceptions = left.exceptions();
    assert_eq!(exceptions.len(), 1);
    check(exceptions[0], "in a task");
    assert_eq!(left.exported("GET /"), 1, "one span");
    assert_eq!(left.exported("exception.message"), 2, "one event of old on the span, and one log record");
}

#[test]
fn with_abort_the_event_is_in_the_file_and_delivered_with_the_spans() {
    let left = run("abort");
    assert!(!left.status.success());
    check(left.exceptions()[0], "with abort");
    assert_eq!(left.exported("invoke_agent before"), 1);
    assert_eq!(left.exported("with abort"), 2, "body and message of the log record");
}

#[test]
fn a_second_panic_while_the_first_unwinds_is_told_as_well() {
    let left = run("double");
    assert!(!left.status.success());
    let exceptions = left.exceptions();
    assert_eq!(exceptions.len(), 3, "{exceptions:?}");
    check(exceptions[0], "twice");
    assert_eq!(exceptions[1]["message"], "and once more");
    assert_eq!(left.exported("invoke_agent before"), 1);
    assert_eq!(left.exported("GET /"), 1, "what ended while it unwound is delivered with the last words");
}

#[test]
fn a_panic_that_cannot_unwind_is_told_with_its_last_words() {
    let left = run("cannot unwind");
    assert!(!left.status.success());
    let messages: Vec<_> = left.exceptions().iter().map(|line| line["message"].as_str().unwrap()).collect();
    assert_eq!(messages, ["the last", "panic in a function that cannot unwind"]);
    assert_eq!(left.exported("invoke_agent before"), 1);
}

#[test]
fn panics_of_many_threads_are_each_told_once() {
    let left = run("many");
    let exceptions = left.exceptions();
    assert_eq!(exceptions.len(), 16);
    exceptions.iter().for_each(|line| check(line, "one of many"));
}

#[test]
fn a_receiver_that_hangs_costs_the_time_out_and_the_file_has_the_event() {
    check(run("hangs").exceptions()[0], "nobody answers");
}

#[test]
fn a_lock_that_the_panicking_thread_holds_stops_nobody() {
    assert_eq!(run("locked").status.code(), Some(7));
}

#[test]
fn without_the_hook_nothing_is_told() {
    assert!(run("off").exceptions().is_empty());
}
