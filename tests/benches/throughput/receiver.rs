//! The receiver, in a process of its own.

use std::{env, process::Command, thread, time::Duration};

use serde::{Deserialize, Serialize};
use tachograph::Protocol;
use tachograph_testing::otlp::{Answer, OtlpServer};
use tests::process::Process;

const ROLE: &str = "THROUGHPUT_RECEIVER_ANSWERS_AFTER";
const SAY: Duration = Duration::from_millis(50);

/// What it says, line by line.
#[derive(Debug, Serialize, Deserialize)]
struct State {
    grpc: String,
    http: String,
    taken: u64,
}

pub(crate) struct Receiver(Process, State);

impl Receiver {
    pub(crate) fn start(answers_after: Duration) -> Self {
        let mut command = Command::new(env::current_exe().expect("this program"));
        command.env(ROLE, answers_after.as_millis().to_string());
        let process = Process::spawn(&mut command).expect("the receiver starts");
        let state = process.wait_for_line(|line| serde_json::from_str(line).ok());
        Self(process, state)
    }

    pub(crate) fn endpoint(&self, protocol: Protocol) -> &str {
        if protocol == Protocol::Grpc { &self.1.grpc } else { &self.1.http }
    }

    /// Spans that it took, when nobody sends any more.
    pub(crate) fn taken(&self) -> u64 {
        thread::sleep(SAY * 4);
        let output = self.0.stdout();
        let last = output.lines().rev().find_map(|line| serde_json::from_str::<State>(line).ok());
        last.expect("it says something").taken
    }
}

/// Whether this process is one.
pub(crate) fn is_one() -> bool {
    env::var_os(ROLE).is_some()
}

/// What the process does, until it is ended.
pub(crate) fn run() {
    let answers_after = env::var(ROLE).ok().and_then(|text| text.parse().ok()).expect("a number");
    let server = OtlpServer::builder().with_memory(0).start();
    server.from_now_on(Answer::accept().after(Duration::from_millis(answers_after)));
    loop {
        let (grpc, http) = (server.grpc_endpoint(), server.http_endpoint());
        let state = State { grpc, http, taken: server.counts().traces.accepted };
        println!("{}", serde_json::to_string(&state).expect("it is JSON"));
        thread::sleep(SAY);
    }
}
