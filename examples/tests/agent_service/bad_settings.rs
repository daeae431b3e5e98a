//! Variables that cannot be followed.

use tests::process::{PATIENCE, Process};

use crate::service::program;

#[test]
fn a_wrong_variable_ends_the_start_with_an_error_that_names_it() {
    // Bound by this test, so that the service cannot have it.
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    for (variable, value) in [
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "carrier-pigeon"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "no address"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "often"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "-1"),
        ("OTEL_TRACES_SAMPLER", "now_and_then"),
        ("OTEL_PROPAGATORS", "pigeon"),
        ("OTEL_TRACES_EXPORTER", "pigeon"),
        ("LISTEN", "8000"),
        ("LISTEN", taken.as_str()),
        ("DATABASE_URL", "mysql://me:secret-0af76519@db/facts"),
        ("DATABASE_URL", "postgres://me:secret-0af76519@127.0.0.1:1/facts"),
        ("REDIS_URL", "redis://:secret-0af76519@127.0.0.1:1"),
        ("OPENAI_BASE_URL", "secret-0af76519"),
        ("TOOL_SERVICE_URL", "https://me:secret-0af76519@tools"),
    ] {
        let mut process = Process::spawn(&mut program(&[(variable, value)])).unwrap();
        let status = process.wait(PATIENCE);
        let stderr = process.stderr();
        assert_eq!(status.code(), Some(1), "{variable}={value}: {stderr}");
        assert!(stderr.contains(variable), "{variable}={value}: {stderr}");
        assert!(!stderr.contains("panicked") && !stderr.contains("secret-0af76519"), "{stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
    }
}

#[test]
fn an_unknown_argument_is_told_beside_the_known_ones() {
    let mut process = Process::spawn(program(&[]).arg("--verbose")).unwrap();
    assert_eq!(process.wait(PATIENCE).code(), Some(2));
    assert_eq!(
        process.stderr(),
        "agent_service: unknown argument `--verbose`; known are --demo, --print-traces, --tool-service and --help\n"
    );
}

#[test]
fn a_wrong_tool_service_is_told_by_its_argument() {
    for (arguments, code, reason) in [
        (&["--tool-service"][..], 2, "--tool-service needs a URL after it, as http://127.0.0.1:50051"),
        (&["--tool-service", "127.0.0.1:50051"], 1, "--tool-service must be a URL that starts with http://"),
    ] {
        let mut process = Process::spawn(program(&[]).args(arguments)).unwrap();
        assert_eq!(process.wait(PATIENCE).code(), Some(code));
        assert_eq!(process.stderr(), format!("agent_service: {reason}\n"));
    }
}
