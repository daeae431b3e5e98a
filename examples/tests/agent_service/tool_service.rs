//! Two processes: the agent, and the tools that it calls over gRPC.

use serde_json::json;
use tests::{
    components::{
        Collector,
        collector::{Data, Point, Span, tree},
        exposition::Samples,
    },
    process::{PATIENCE, Process},
};

use crate::{
    cancelled::send,
    service::{Delivered, Service},
    tools::{Tools, program},
    trace::{named, trace_of},
};

const CONVERT: &str = "tools.v1.ToolService/Convert";
const TABULATE: &str = "tools.v1.ToolService/Tabulate";
/// A table that takes two and a half seconds.
const SLOW_TABLE: &str = "A table of 0 to 100 celsius in fahrenheit, slowly";

/// Both programs, exporting at once to the same Collector.
struct Pair {
    collector: Collector,
    agent: Service,
    tools: Tools,
}

impl Pair {
    fn start() -> Option<Self> {
        let collector = Collector::start()?;
        let export = [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.http()),
            ("OTEL_BSP_SCHEDULE_DELAY", "100"),
            ("OTEL_METRIC_EXPORT_INTERVAL", "100"),
        ];
        let tools = Tools::start(&export);
        let agent = Service::start(&[&export[..], &[("TOOL_SERVICE_URL", tools.url())]].concat());
        Some(Self { collector, agent, tools })
    }

    /// The only span of this name and kind, once it has arrived.
    fn span(&self, name: &str, kind: &str) -> Span {
        let is = |span: &&Span| span.name == name && span.kind == kind;
        let spans = self.collector.wait_for_spans(|spans| spans.iter().any(|span| is(&span)));
        let found: Vec<&Span> = spans.iter().filter(is).collect();
        assert_eq!(found.len(), 1, "{found:?}");
        found[0].clone()
    }
}

fn service_of(span: &Span) -> &str {
    span.resource["service.name"].as_str().unwrap()
}

#[test]
fn one_trace_crosses_both_processes() {
    let Some(pair) = Pair::start() else { return };
    let answer = pair.agent.ask("Convert 5 km to metres");
    assert_eq!((answer.answer.as_str(), answer.tools.as_slice()), ("5 km = 5000 metres.", &["convert".to_owned()][..]));
    let spans = trace_of(&pair.collector, &answer, 9);
    assert_eq!(
        tree(&spans),
        "\
POST /api/chat (server)
  invoke_agent researcher (internal)
    chat stand-in-1 (client)
      POST /v1/chat/completions (client)
    execute_tool convert (internal)
      tools.v1.ToolService/Convert (client)
        tools.v1.ToolService/Convert (server)
    chat stand-in-1 (client)
      POST /v1/chat/completions (client)
"
    );
    let (client, server) = (pair.span(CONVERT, "client"), pair.span(CONVERT, "server"));
    assert_eq!((service_of(&client), service_of(&server)), ("agent_service", "tool_service"));
    assert_eq!(server.parent_id, client.span_id);
    assert!(client.start <= server.start && server.end <= client.end, "{client:?} {server:?}");
    let (_, port) = pair.tools.url().rsplit_once(':').unwrap();
    let expected = json!({
        "rpc.system.name": "grpc",
        "rpc.method": CONVERT,
        "rpc.status_code": "OK",
        "server.address": "127.0.0.1",
        "server.port": port.parse::<u16>().unwrap(),
    });
    assert_eq!(json!(client.attributes), expected);
    for (key, value) in [("rpc.system.name", "grpc"), ("rpc.method", CONVERT), ("rpc.status_code", "OK")] {
        assert_eq!(server.attributes[key], value, "{key}");
    }

    let streamed = pair.agent.stream("A table of 0 to 100 celsius in fahrenheit");
    assert!(streamed.answer.starts_with("In celsius and fahrenheit: 0 = 32, 10 = 50, "), "{}", streamed.answer);
    let spans = trace_of(&pair.collector, &streamed, 9);
    assert_eq!(named(&spans, "execute_tool tabulate")[0].attributes["table.rows"], 11);
    let calls = named(&spans, TABULATE);
    assert_eq!((calls[0].kind, calls[1].kind), ("client", "server"));
    assert_eq!(calls[1].parent_id, calls[0].span_id);
}

#[test]
fn what_the_tools_refuse_is_part_of_the_answer() {
    let Some(pair) = Pair::start() else { return };
    let answer = pair.agent.ask("Convert 5 km to kg");
    assert_eq!(answer.answer, "That cannot be done: `km` is a length and `kg` a mass.");
    let spans = trace_of(&pair.collector, &answer, 9);
    let tool = named(&spans, "execute_tool convert")[0];
    assert!(tool.is_error && tool.attributes["error.type"] == "InvalidArgument", "{tool:?}");
    let (client, server) = (pair.span(CONVERT, "client"), pair.span(CONVERT, "server"));
    assert_eq!(client.attributes["rpc.status_code"], "INVALID_ARGUMENT");
    assert_eq!(client.attributes["error.type"], "INVALID_ARGUMENT");
    // The fault is the client's, and the server did what it had to.
    assert_eq!(server.attributes["rpc.status_code"], "INVALID_ARGUMENT");
    assert_eq!((server.attributes.get("error.type"), server.is_error), (None, false));
}

#[test]
fn a_tool_service_that_is_away_is_an_error_of_its_tools_alone() {
    // Not among the ports that the system gives away, so that nobody listens there.
    let agent = Service::start(&[("TOOL_SERVICE_URL", "http://127.0.0.1:1")]);
    let away = "That cannot be done: the tool service cannot be reached. 6 * 7 = 42.";
    assert_eq!(agent.ask("What is 5 km in metres, and what is 6 * 7?").answer, away);
    let samples = Samples::parse(&agent.scrape_after(1));
    let of = |tool, status| samples.sum("tool_executions_total", &[("tool_name", tool), ("status", status)]);
    assert_eq!((of("convert", "error"), of("calculate", "success")), (Some(1.0), Some(1.0)));
    assert_eq!(samples.sum("agent_errors_total", &[]), None);
    let calls = [("rpc_status_code", "UNAVAILABLE"), ("error_type", "UNAVAILABLE")];
    assert_eq!(samples.sum("rpc_client_call_duration_seconds_count", &calls), Some(1.0));
    assert_eq!(agent.stderr(), "");
}

#[test]
fn a_tool_service_that_ends_is_missed_by_the_next_question() {
    let tools = Tools::start(&[]);
    let agent = Service::start(&[("TOOL_SERVICE_URL", tools.url())]);
    assert_eq!(agent.ask("Convert 5 km to metres").answer, "5 km = 5000 metres.");
    tools.stop();
    let answer = agent.ask("Convert 5 km to metres").answer;
    assert_eq!(answer, "That cannot be done: the tool service cannot be reached.");
}

#[test]
fn a_client_that_goes_away_while_a_tool_runs_ends_the_tool_in_both_processes() {
    let Some(pair) = Pair::start() else { return };
    let client = send(&pair.agent, "/api/chat/stream", SLOW_TABLE);
    let at_work = |point: &Point| {
        point.resource["service.name"] == "tool_service"
            && point.name == "tachograph.operations.active"
            && point.data == Data::Gauge(1.0)
    };
    pair.collector.wait_for_points(|points| points.iter().any(at_work));
    drop(client);
    let (client, server) = (pair.span(TABULATE, "client"), pair.span(TABULATE, "server"));
    assert_eq!((client.parent_id.len(), server.parent_id), (16, client.span_id.clone()));
    assert_eq!(client.attributes["rpc.status_code"], "CANCELLED");
    assert_eq!(server.attributes["rpc.status_code"], "CANCELLED");
    let took = server.end - server.start;
    assert!(took < 2_500_000_000, "the table was written to its end: {took} ns");
    let tool = pair.span("execute_tool tabulate", "internal");
    assert_eq!(tool.attributes["error.type"], "cancelled");
    // Both are free for the next one.
    assert_eq!(pair.agent.ask("Convert 5 km to metres").answer, "5 km = 5000 metres.");
    let samples = Samples::parse(&pair.agent.scrape_after(2));
    assert_eq!(samples.sum("tachograph_operations_active", &[]), Some(0.0));
    let report = pair.tools.stop();
    assert_eq!(report.spans(), Delivered::all(2), "{}", report.line);
}

#[test]
fn a_call_under_way_is_answered_before_the_tools_end() {
    let Some(pair) = Pair::start() else { return };
    let Pair { mut collector, agent, tools } = pair;
    let answer = std::thread::scope(|scope| {
        let answer = scope.spawn(|| agent.ask(SLOW_TABLE));
        let at_work = |point: &Point| {
            point.resource["service.name"] == "tool_service" && point.name == "tachograph.operations.active"
        };
        collector.wait_for_points(|points| points.iter().any(at_work));
        let report = tools.stop();
        assert_eq!(report.spans(), Delivered::all(1), "{}", report.line);
        answer.join().unwrap()
    });
    assert!(answer.answer.ends_with("100 = 212."), "{}", answer.answer);
    agent.stop();
    collector.stop();
    let server: Vec<Span> = collector.spans().into_iter().filter(|span| span.name == TABULATE).collect();
    assert!(server.iter().all(|span| span.attributes["rpc.status_code"] == "OK"), "{server:?}");
}

#[test]
fn wrong_arguments_end_the_start_with_an_error_that_names_them() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    for (arguments, variables, code, reason) in [
        (&["--port"][..], &[][..], 2, "unknown argument `--port`; known are --listen, --print-traces and --help"),
        (&["--listen", "50051"], &[], 2, "--listen needs an address and a port after it, as 127.0.0.1:50051"),
        (&["--listen", &taken], &[], 1, "--listen 127.0.0.1:"),
        (&[], &[("OTEL_TRACES_EXPORTER", "pigeon")], 1, "OTEL_TRACES_EXPORTER"),
    ] {
        let mut process = Process::spawn(&mut program(variables, arguments)).unwrap();
        assert_eq!(process.wait(PATIENCE).code(), Some(code), "{arguments:?}");
        let stderr = process.stderr();
        assert!(stderr.starts_with("tool_service: ") && stderr.contains(reason), "{stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
    }
    let mut help = Process::spawn(&mut program(&[], &["--help"])).unwrap();
    assert!(help.wait(PATIENCE).success());
    assert!(help.stdout().contains("--listen ADDRESS"), "{}", help.stdout());
}

#[test]
fn traces_of_the_tools_are_printed_below_their_identifiers() {
    let mut process = Process::spawn(&mut program(&[], &["--print-traces"])).unwrap();
    let url = process.wait_for_line(|line| line.strip_prefix("listening on ").map(str::to_owned));
    let agent = Service::start(&[("TOOL_SERVICE_URL", &url)]);
    let answer = agent.ask("Convert 5 km to metres");
    process.wait_for_line(|line| (line == format!("trace {}", answer.trace())).then_some(()));
    process.wait_for_line(|line| line.starts_with(&format!("{CONVERT} (server) ")).then_some(()));
    assert!(process.stop().success());
    assert_eq!(process.stderr(), "");
}
