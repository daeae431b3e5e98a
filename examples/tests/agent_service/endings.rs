//! How the program ends when all is well.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
};

use tests::{
    components::Collector,
    process::{PATIENCE, Process, Signal},
};

use crate::service::{Delivered, Service, complaints, program};

#[test]
fn the_demo_ends_well_and_every_kind_of_end_is_in_its_metrics() {
    let mut demo = Process::spawn(program(&[]).args(["--demo", "--print-traces"])).unwrap();
    let status = demo.wait(PATIENCE);
    assert!(status.success(), "{status}: {}", demo.stderr());
    assert_eq!(complaints(&demo), "");
    let stdout = demo.stdout();
    for expected in [
        "\n  invoke_agent researcher ",
        "\n    chat stand-in-1 (client) ",
        "\n    execute_tool calculate ",
        "\n      cache get searches ",
        "\n      SELECT element_articles ",
        "\n      tools.v1.ToolService/Convert (client) ",
        "\n        tools.v1.ToolService/Convert (server) ",
        "tachograph.cache.result=hit\n",
        "error.type=rate_limit_exceeded",
        "error.type=truncated",
        "error.type=cancelled",
        "\n    32  200 OK\n",
        "http_requests_total{method=\"POST\",endpoint=\"/api/chat\",status=\"429\"} 2\n",
        "http_requests_total{method=\"POST\",endpoint=\"/api/chat\",status=\"502\"} 2\n",
        "agent_errors_total{type=\"researcher\",error_type=\"truncated\"} 2\n",
        "agent_errors_total{type=\"researcher\",error_type=\"cancelled\"} 2\n",
        "db_queries_total{operation=\"INSERT\",table=\"element_articles\"} 1\n",
    ] {
        assert!(stdout.contains(expected), "{expected:?} is missing in {stdout}");
    }
}

#[test]
fn help_names_every_variable() {
    let mut process = Process::spawn(program(&[]).arg("--help")).unwrap();
    assert!(process.wait(PATIENCE).success());
    let help = process.stdout();
    for name in
        ["LISTEN", "OPENAI_BASE_URL", "OPENAI_API_KEY", "DATABASE_URL", "REDIS_URL", "TOOL_SERVICE_URL", "OTEL_"]
    {
        assert!(help.contains(name), "{name} is missing in {help}");
    }
}

#[test]
fn ctrl_c_ends_it_as_sigterm_does() {
    let process = Process::spawn(&mut program(&[])).unwrap();
    process.wait_for_line(|line| line.starts_with("try ").then_some(()));
    let mut process = process.with_stop_signal(Signal::INT);
    assert!(process.stop().success());
    assert!(process.stdout().contains("telemetry is shut down: "), "{}", process.stdout());
}

#[test]
fn a_request_under_way_is_answered_and_exported_before_the_end() {
    let Some(mut collector) = Collector::start() else { return };
    let service = Service::start(&[("OTEL_EXPORTER_OTLP_ENDPOINT", collector.http())]);
    let mut stream = TcpStream::connect(service.address()).unwrap();
    let body = "{\"question\": \"What is zirconium used for? Answer slowly\"}";
    write!(
        stream,
        "POST /api/chat HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    service.wait_for_active_requests();
    let report = service.stop();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.contains("nuclear"), "{answer}");
    collector.stop();
    let spans = collector.spans();
    assert_eq!(report.spans(), Delivered::all(spans.len()), "{}", report.line);
    assert_eq!(spans.iter().filter(|span| span.kind == "server").count(), 1);
}
