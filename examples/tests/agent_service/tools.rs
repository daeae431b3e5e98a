//! The tool service in a process of its own, started and stopped.

use std::process::Command;

use tests::process::Process;

use crate::service::Report;

/// The program without the variables of whoever runs the tests.
pub(crate) fn program(variables: &[(&str, &str)], arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tool_service"));
    command.env_clear().envs(variables.iter().copied()).args(arguments);
    command
}

/// A running tool service.
pub(crate) struct Tools {
    process: Process,
    url: String,
}

impl Tools {
    /// Starts it on a free port, with these variables and no others.
    pub(crate) fn start(variables: &[(&str, &str)]) -> Self {
        let process = Process::spawn(&mut program(variables, &[])).unwrap();
        let url = process.wait_for_line(|line| line.strip_prefix("listening on ").map(str::to_owned));
        Self { process, url }
    }

    /// `http://host:port`.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Ends it as an operator does, which has to end well.
    pub(crate) fn stop(mut self) -> Report {
        Report::of(&mut self.process)
    }
}
