//! The log files of the program as `jq` reads them: every field of every line is what was sent.

use std::{
    collections::BTreeSet,
    io::Write as _,
    net::TcpStream,
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use serde_json::{Value, json};
use tests::components::{
    Collector, Component,
    collector::Span,
    http::{RequestBuilder, Response},
    jq,
};

use crate::service::Service;

const PARENT: &str = "b7ad6b7169203331";

/// A request, and what every line of it has to say.
struct Sent {
    request_id: String,
    user_id: Option<&'static str>,
    trace_id: String,
}

impl Sent {
    fn new(request_id: &str, user_id: &'static str, trace: u128) -> Self {
        Self { request_id: request_id.to_owned(), user_id: Some(user_id), trace_id: format!("{trace:032x}") }
    }

    fn headers(&self) -> [(&'static str, String); 3] {
        [
            ("x-request-id", self.request_id.clone()),
            ("traceparent", format!("00-{}-{PARENT}-01", self.trace_id)),
            ("baggage", format!("user.id={}", self.user_id.unwrap())),
        ]
    }

    fn on(&self, request: RequestBuilder) -> Response {
        let headers = self.headers().into_iter();
        let response = headers.fold(request, |request, (name, value)| request.header(name, value)).send().unwrap();
        assert_eq!(response.headers()["x-request-id"], self.request_id.as_str());
        response
    }

    /// Every line that belongs to the request, with what it belongs to checked.
    fn lines<'a>(&self, lines: &'a [Value], spans: &[Span]) -> Vec<&'a Value> {
        let own: Vec<_> = lines.iter().filter(|line| line["request_id"] == self.request_id.as_str()).collect();
        for line in &own {
            assert_eq!(line["trace_id"], self.trace_id.as_str(), "{line}");
            assert_eq!(line.get("user_id").and_then(Value::as_str), self.user_id, "{line}");
            assert_eq!((&line["method"], &line["path"]), (&json!("POST"), &json!("/api/chat")), "{line}");
            assert_eq!(line["ip_address"], "127.0.0.1", "{line}");
            let span = spans.iter().find(|span| line["span_id"] == span.span_id.as_str());
            let span = span.unwrap_or_else(|| panic!("no span of {line}"));
            assert_eq!((span.trace_id.as_str(), span.name.as_str()), (self.trace_id.as_str(), span_of(line)), "{line}");
            agrees(line, span);
        }
        own
    }
}

fn span_of(line: &Value) -> &'static str {
    match line["event"].as_str().unwrap().split('_').next().unwrap() {
        "agent" => "invoke_agent researcher",
        "llm" => "chat stand-in-1",
        "http" => "POST /v1/chat/completions",
        _ => "POST /api/chat",
    }
}

/// Line and span say the same of a call, and the line says nothing that it does not know from there.
fn agrees(line: &Value, span: &Span) {
    let fields = line.as_object().unwrap().iter();
    for (key, value) in fields.filter(|(key, value)| key.contains('.') && !value.as_str().is_some_and(is_list)) {
        if let Some(told) = span.attributes.get(key) {
            assert_eq!(value, told, "{key} of {line}");
        } else {
            assert_eq!(key, "tachograph.operation.kind", "{line}");
        }
    }
    if let Some(milliseconds) = line["duration_ms"].as_f64() {
        assert_eq!((milliseconds * 1e6).round() as u64, span.end - span.start, "{line}");
    }
    assert_eq!(line.get("error.type"), span.attributes.get("error.type"), "{line}");
}

fn is_list(text: &str) -> bool {
    text.starts_with('[')
}

/// Levels and events, sorted, without those that depend on how fast the machine is.
fn told(lines: &[&Value]) -> Vec<String> {
    let lines = lines.iter().filter(|line| line["event"] != "slow_request");
    let mut told: Vec<_> = lines.map(|l| format!("{} {}", l["level"], l["event"]).replace('"', "")).collect();
    told.sort();
    told
}

/// The lines of a file, each with the fields that all have.
fn read(folder: &Path, name: &str, process: u32, began: SystemTime) -> Vec<Value> {
    let seconds = |time: SystemTime| time.duration_since(UNIX_EPOCH).unwrap().as_secs();
    let file = folder.join(name);
    let lines = jq::read(".", &file).unwrap().unwrap_or_else(|error| panic!("{name}: {error}"));
    let moments = jq::read(
        r#".timestamp | select(test("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[.][0-9]{3}Z$"))
           | sub("[.][0-9]+Z$"; "Z") | fromdateiso8601"#,
        &file,
    );
    let moments = moments.unwrap().unwrap();
    assert_eq!(moments.len(), lines.len(), "{name}: a timestamp is not of RFC 3339 with milliseconds");
    let test = seconds(began)..=seconds(SystemTime::now());
    assert!(moments.iter().all(|moment| test.contains(&moment.as_u64().unwrap())), "{name}: {moments:?}");
    for line in &lines {
        assert_eq!(line["process_id"], process, "{line}");
        assert!(line["thread_id"].as_u64().is_some_and(|id| id > 0), "{line}");
        assert!(line["line"].as_u64().is_some_and(|number| number > 0), "{line}");
        assert!(line["file"].as_str().is_some_and(|file| file.ends_with(".rs")), "{line}");
        assert!(line["module"].as_str().is_some_and(|module| module.starts_with("tachograph_pipeline")), "{line}");
        let topic = match line["event"].as_str().unwrap() {
            "start" | "performance" | "slow_request" => "performance",
            "oversized_question" => "security",
            _ => "calls",
        };
        assert_eq!(line["logger"], format!("tachograph::{topic}"), "{line}");
        let message = if line["event"] == "performance" { &line["operation"] } else { &line["event"] };
        assert_eq!(&line["message"], message, "{line}");
    }
    lines
}

#[test]
fn every_field_of_the_log_files_is_what_was_sent() {
    let (Some(mut collector), Some(_)) = (Collector::start(), Component::Jq.find()) else { return };
    let (folder, began) = (tempfile::tempdir().unwrap(), SystemTime::now());
    let service = Service::start(&[
        ("TACHOGRAPH_LOG_DIR", folder.path().to_str().unwrap()),
        ("TACHOGRAPH_LOG_FORMAT", "json"),
        // Less than the stand-in takes for an answer.
        (
            "TACHOGRAPH_SLOW_MS",
            "http=10,llm=off,tool=off,db=off,cache=off,http_client=off,rpc=off,rpc_client=off,agent=off",
        ),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.http()),
        // Messages of errors of the model.
        ("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "true"),
    ]);
    let question = |question: &str| json!({"question": question}).to_string();
    let chat = |body: String| service.post("/api/chat").body(body);

    let answered = Sent::new("r-answered", "u-1", 0xa1);
    let answer: Value = answered.on(chat(question("What is helium used for?"))).json().unwrap();
    assert_eq!(answer["trace_id"], answered.trace_id.as_str());
    let failed = Sent::new("r-failed", "u-2", 0xa2);
    let failure: Value = failed.on(chat(question("Please give me a server error"))).json().unwrap();
    let refused = Sent::new("r-refused", "u-3", 0xa3);
    assert_eq!(refused.on(chat(question(&"x".repeat(20_000)))).status(), 413);
    let cancelled = Sent::new("r-cancelled", "u-4", 0xa4);
    give_up(&service, &cancelled, &question("What is helium used for? Answer slowly"));
    // One that brings nothing along.
    let plain = chat("no JSON".to_owned()).send().unwrap();
    let plain_id = plain.headers()["x-request-id"].to_str().unwrap().to_owned();
    service.scrape_after(5);
    let process = service.id();
    service.stop();
    collector.stop();
    let spans = collector.spans();

    let file = |name| read(folder.path(), name, process, began);
    let application = file("application.log");
    assert_eq!(
        told(&answered.lines(&application, &spans)),
        ["INFO agent_execution_completed", "INFO request_completed"]
    );
    assert_eq!(
        told(&failed.lines(&application, &spans)),
        [
            "ERROR agent_execution_failed",
            "ERROR request_failed",
            "WARNING http_client_request_failed",
            "WARNING llm_request_failed"
        ]
    );
    assert_eq!(told(&refused.lines(&application, &spans)), ["INFO request_completed", "WARNING oversized_question"]);
    let given_up = cancelled.lines(&application, &spans);
    let all = ["WARNING agent_execution_failed", "WARNING llm_request_failed", "WARNING request_failed"];
    assert_eq!(told(&given_up), all);
    let types: BTreeSet<_> = given_up.iter().filter_map(|line| line.get("error.type")).map(Value::to_string).collect();
    assert_eq!(types, ["\"cancelled\"".to_owned()].into());
    let line = application.iter().find(|line| line["request_id"] == plain_id.as_str()).unwrap();
    let own_trace = line["trace_id"].as_str().unwrap().to_owned();
    let plain = Sent { request_id: plain_id, user_id: None, trace_id: own_trace };
    assert_eq!(told(&plain.lines(&application, &spans)), ["INFO request_completed"]);

    // The message of the error, and where it may not be, none.
    let exceptions: Vec<_> = application.iter().filter(|line| line.get("exception").is_some()).collect();
    let message = json!({"message": failure["error"]});
    assert!(exceptions.iter().any(|line| line["event"] == "agent_execution_failed" && line["exception"] == message));
    assert!(exceptions.iter().all(|line| line["request_id"] == "r-failed"), "{exceptions:?}");

    // Each line of another file is one of this one, and none of them is left out.
    let of = |wanted: fn(&Value) -> bool| application.iter().filter(|line| wanted(line)).cloned().collect::<Vec<_>>();
    let (performance, security) = (file("performance.log"), file("security.log"));
    assert_eq!(file("errors.log"), of(|line| line["level"] == "ERROR"));
    assert_eq!(performance, of(|line| line["logger"] == "tachograph::performance"));
    assert_eq!(security, of(|line| line["logger"] == "tachograph::security"));
    assert_eq!((&performance[0]["operation"], performance[0].get("request_id")), (&json!("start"), None));
    let slow = performance.iter().find(|line| line["request_id"] == "r-answered").unwrap();
    assert_eq!((&slow["event"], &slow["level"]), (&json!("slow_request"), &json!("WARNING")));
    assert_eq!((&slow["threshold_ms"], &slow["tachograph.operation.kind"]), (&json!(10), &json!("http")));
    assert_eq!((security.len(), &security[0]["client.address"]), (1, &json!("127.0.0.1")));
    assert_eq!(security[0]["limit_bytes"], 16_384);
}

/// Asks, and goes away before there is an answer.
fn give_up(service: &Service, sent: &Sent, body: &str) {
    let mut stream = TcpStream::connect(service.address()).unwrap();
    write!(stream, "POST /api/chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n", body.len()).unwrap();
    for (name, value) in sent.headers() {
        write!(stream, "{name}: {value}\r\n").unwrap();
    }
    write!(stream, "\r\n{body}").unwrap();
    service.wait_for_active_requests();
}
