//! The programs as their users meet them: started, talked to, ended.

#![allow(clippy::unwrap_used, reason = "in tests an unwrap is the assertion")]

use std::{
    io::{BufRead as _, BufReader, Read as _},
    process::{Command, Output, Stdio},
};

/// A program without the variables of whoever runs the tests.
fn program(path: &str) -> Command {
    let mut command = Command::new(path);
    command.env_clear();
    command
}

fn run(command: &mut Command) -> (Output, String, String) {
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    (output, stdout, stderr)
}

/// The value of the series that begins like this.
fn series<'a>(text: &'a str, beginning: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.trim().strip_prefix(beginning)).and_then(|rest| rest.rsplit(' ').next())
}

#[test]
fn minimal_prints_what_its_attributes_recorded() {
    let (output, stdout, stderr) = run(&mut program(env!("CARGO_BIN_EXE_minimal")));
    assert!(output.status.success(), "{stderr}");
    assert!(stdout.starts_with("I wish Ada a good morning.\n"), "{stdout}");
    assert_eq!(series(&stdout, "agent_executions_total{type=\"greeter\",status=\"success\"}"), Some("1"), "{stdout}");
    assert_eq!(series(&stdout, "tool_executions_total{tool_name=\"time_of_day\""), Some("1"), "{stdout}");
    let tokens = "llm_tokens_used_total{provider=\"example\",model=\"echo-1\",type=";
    assert_eq!(series(&stdout, &format!("{tokens}\"input\"")), Some("5"), "{stdout}");
    assert_eq!(series(&stdout, &format!("{tokens}\"output\"")), Some("6"), "{stdout}");
    assert_eq!(stderr, "");
}

#[test]
fn the_demo_ends_well_and_every_kind_of_end_is_in_its_metrics() {
    let (output, stdout, stderr) = run(program(env!("CARGO_BIN_EXE_agent_service")).args(["--demo", "--print-traces"]));
    assert!(output.status.success(), "{stderr}");
    assert_eq!(stderr, "");
    for expected in [
        "POST /api/chat (server) http.response.status_code=200\n  invoke_agent researcher\n    chat stand-in-1 (client) ",
        "\n    execute_tool calculate error.type=",
        "\n      cache get searches tachograph.cache.result=hit\n",
        "\n      SELECT element_articles (client) db.response.returned_rows=",
        "\n    26  200 OK\n",
    ] {
        assert!(stdout.contains(expected), "{expected:?} is missing in {stdout}");
    }
    let requests = |status: &str| {
        series(&stdout, &format!("http_requests_total{{method=\"POST\",endpoint=\"/api/chat\",status=\"{status}\"}}"))
    };
    assert_eq!(requests("429"), Some("2"), "{stdout}");
    assert_eq!(requests("502"), Some("2"), "{stdout}");
    assert_eq!(series(&stdout, "db_queries_total{operation=\"INSERT\""), Some("1"), "{stdout}");
    assert_eq!(
        series(&stdout, "agent_errors_total{type=\"researcher\",error_type=\"truncated\"}"),
        Some("2"),
        "{stdout}"
    );
}

#[test]
fn wrong_arguments_and_variables_are_told_and_end_the_service() {
    let service = || program(env!("CARGO_BIN_EXE_agent_service"));
    let (output, _, stderr) = run(service().arg("--verbose"));
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr.contains("--demo, --print-traces and --help"), "{stderr}");
    let (output, _, stderr) = run(service().env("DATABASE_URL", "mysql://me:secret@db/facts"));
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr.contains("DATABASE_URL") && !stderr.contains("secret"), "{stderr}");
}

#[cfg(unix)]
#[test]
fn sigterm_ends_the_service_with_the_report_of_its_telemetry() {
    let mut service = program(env!("CARGO_BIN_EXE_agent_service"));
    let mut service = service.env("LISTEN", "127.0.0.1:0").stdout(Stdio::piped()).spawn().unwrap();
    let mut stdout = BufReader::new(service.stdout.take().unwrap());
    let mut line = String::new();
    // The last line of the start: from here on the signal is awaited.
    while !line.starts_with("try ") {
        line.clear();
        assert_ne!(stdout.read_line(&mut line).unwrap(), 0, "the service ended");
    }
    let killed = Command::new("kill").args(["-TERM", &service.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).unwrap();
    assert!(rest.contains("telemetry is shut down: "), "{rest}");
    assert!(service.wait().unwrap().success());
}
