//! The program, started and talked to.

use std::process::Command;

use serde::Deserialize;
use serde_json::{Value, json};
use tests::{
    components::{
        exposition::Samples,
        http::{Client, RequestBuilder, Response, client},
        poll,
    },
    process::Process,
};

/// The program without the variables of whoever runs the tests.
pub(crate) fn program(variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_agent_service"));
    // How long something takes is the machine's affair.
    command.env_clear().env("LISTEN", "127.0.0.1:0").env("TACHOGRAPH_SLOW_MS", "off").envs(variables.iter().copied());
    command
}

/// A running service.
pub(crate) struct Service {
    process: Process,
    base: String,
    client: Client,
}

/// What the service says of an answer.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Answer {
    /// The text; of a stream its pieces together.
    #[serde(default)]
    pub(crate) answer: String,
    pub(crate) tools: Vec<String>,
    pub(crate) tokens: Tokens,
    /// None where nothing is traced.
    pub(crate) trace_id: Option<String>,
}

impl Answer {
    /// The trace that the answer has to have.
    pub(crate) fn trace(&self) -> &str {
        self.trace_id.as_deref().expect("it is traced")
    }
}

#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct Tokens {
    pub(crate) input: u64,
    pub(crate) output: u64,
}

/// The last line that the service prints.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) line: String,
}

/// How many items came to be, and how many of them the receiver took.
#[derive(Debug, PartialEq)]
pub(crate) struct Delivered {
    pub(crate) exported: usize,
    pub(crate) created: usize,
}

impl Report {
    /// That of a process which is asked to end, and has to end well.
    pub(crate) fn of(process: &mut Process) -> Self {
        let status = process.stop();
        let (stdout, stderr) = (process.stdout(), process.stderr());
        assert!(status.success(), "{status}: {stderr}");
        let line = stdout.lines().find(|line| line.starts_with("telemetry is shut down: "));
        Self { line: line.unwrap_or_else(|| panic!("no report: {stdout}")).to_owned() }
    }

    pub(crate) fn spans(&self) -> Delivered {
        self.delivered("spans: ")
    }

    pub(crate) fn points(&self) -> Delivered {
        self.delivered("data points: ")
    }

    pub(crate) fn records(&self) -> Delivered {
        self.delivered("log records: ")
    }

    fn delivered(&self, what: &str) -> Delivered {
        let read = || {
            let (exported, rest) = self.line.split_once(what)?.1.split_once(" of ")?;
            let created = rest.split(' ').next()?.parse().ok()?;
            Some(Delivered { exported: exported.parse().ok()?, created })
        };
        read().unwrap_or_else(|| panic!("no {what:?} with counts: {}", self.line))
    }
}

impl Delivered {
    /// Everything that came to be was taken.
    pub(crate) fn all(count: usize) -> Self {
        Self { exported: count, created: count }
    }
}

impl Service {
    /// Starts the service on a free port, with these variables and no others.
    pub(crate) fn start(variables: &[(&str, &str)]) -> Self {
        let process = Process::spawn(&mut program(variables)).unwrap();
        let base = process.wait_for_line(|line| line.strip_prefix("listening on ").map(str::to_owned));
        // The last line of the start: from here on SIGTERM is awaited.
        process.wait_for_line(|line| line.starts_with("try ").then_some(()));
        Self { process, base, client: client() }
    }

    /// `host:port`.
    pub(crate) fn address(&self) -> &str {
        self.base.strip_prefix("http://").unwrap()
    }

    pub(crate) fn get(&self, path: &str) -> Response {
        self.client.get(format!("{}{path}", self.base)).send().unwrap()
    }

    pub(crate) fn post(&self, path: &str) -> RequestBuilder {
        self.client.post(format!("{}{path}", self.base))
    }

    /// Asks a question that has to be answered.
    pub(crate) fn ask(&self, question: &str) -> Answer {
        answer(self.post("/api/chat").json(&json!({"question": question})))
    }

    /// Asks for a streamed answer and reads it to its end.
    pub(crate) fn stream(&self, question: &str) -> Answer {
        let response = self.post("/api/chat/stream").json(&json!({"question": question})).send().unwrap();
        assert_eq!(response.status(), 200);
        let text = response.text().unwrap();
        let (pieces, end) = text.split_once("event: end\ndata: ").unwrap_or_else(|| panic!("no end: {text}"));
        let mut answer: Answer = serde_json::from_str(end.trim_end()).unwrap();
        let pieces = pieces.lines().filter_map(|line| line.strip_prefix("data: "));
        answer.answer = pieces
            .map(|piece| serde_json::from_str::<Value>(piece).unwrap()["text"].as_str().unwrap().to_owned())
            .collect();
        answer
    }

    /// The scraped text once `requests` requests are recorded and none is under way: a request is recorded when the service is
    /// done with it, which may be after the client has the answer.
    pub(crate) fn scrape_after(&self, requests: usize) -> String {
        let scrape = || self.get("/monitoring/metrics").error_for_status().unwrap().text().unwrap();
        poll::until(&format!("{requests} requests to be recorded"), scrape, |text| {
            let samples = Samples::parse(text);
            samples.sum("http_requests_total", &[]).unwrap_or_default() == requests as f64
                && samples.sum("active_requests", &[]).unwrap_or_default() == 0.0
        })
    }

    /// Waits until a request is under way.
    pub(crate) fn wait_for_active_requests(&self) {
        let active = || {
            let text = self.get("/monitoring/metrics").error_for_status().unwrap().text().unwrap();
            Samples::parse(&text).sum("active_requests", &[]).unwrap_or_default()
        };
        poll::until("a request to be under way", active, |active| *active > 0.0);
    }

    /// Ends the service as an operator does, which has to end well.
    pub(crate) fn stop(mut self) -> Report {
        Report::of(&mut self.process)
    }

    /// Its number in the system.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// What it wrote on standard error so far, but how long its start took.
    pub(crate) fn stderr(&self) -> String {
        complaints(&self.process)
    }
}

/// What the program wrote on standard error, but how long its start took: that line has to be there.
pub(crate) fn complaints(process: &Process) -> String {
    let stderr = process.stderr();
    let (start, rest) = stderr.split_once('\n').unwrap_or_default();
    assert!(start.contains(" INFO tachograph::performance: start "), "{stderr}");
    rest.to_owned()
}

/// Sends a question that has to be answered.
pub(crate) fn answer(request: RequestBuilder) -> Answer {
    let response = request.send().unwrap();
    assert_eq!(response.status(), 200);
    response.json().unwrap()
}
