//! The smallest example, run as its reader would.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what fails in a test fails it")]

use std::process::Command;

use tests::{
    components::exposition::Samples,
    process::{PATIENCE, Process},
};

#[test]
fn minimal_prints_what_its_attributes_recorded() {
    let mut minimal = Process::spawn(Command::new(env!("CARGO_BIN_EXE_minimal")).env_clear()).unwrap();
    let status = minimal.wait(PATIENCE);
    assert!(status.success(), "{status}: {}", minimal.stderr());
    assert_eq!(minimal.stderr(), "");
    let stdout = minimal.stdout();
    let (answer, metrics) = stdout.split_once("\n\n").unwrap();
    assert_eq!(answer, "I wish Ada a good morning.");
    let samples = Samples::parse(metrics);
    for (name, labels, value) in [
        ("agent_executions_total", &[("type", "greeter"), ("status", "success")][..], 1.0),
        ("tool_executions_total", &[("tool_name", "time_of_day"), ("status", "success")], 1.0),
        ("llm_requests_total", &[("provider", "example"), ("model", "echo-1"), ("status", "success")], 1.0),
        // A token is a word here, of the prompt and of the answer.
        ("llm_tokens_used_total", &[("type", "input")], 5.0),
        ("llm_tokens_used_total", &[("type", "output")], 6.0),
        ("llm_cost_usd_total", &[("provider", "example"), ("model", "echo-1")], 17e-6),
    ] {
        assert_eq!(samples.sum(name, labels), Some(value), "{name} {labels:?} in {metrics}");
    }
    assert_eq!(samples.0.len(), 7, "{metrics}");
}
