//! The linter of scraped text.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use super::Component;

/// What `promtool check metrics` says of the text, errors and remarks alike; empty when it has nothing to say. `None` where promtool
/// is missing.
pub fn check_metrics(text: &str) -> Option<String> {
    check_metrics_with(Component::Promtool, text)
}

/// The same with [`Component::Promtool`] or [`Component::Promtool3`].
pub fn check_metrics_with(promtool: Component, text: &str) -> Option<String> {
    let mut promtool = Command::new(promtool.find()?);
    let promtool =
        promtool.args(["check", "metrics"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut promtool = promtool.spawn().expect("promtool starts");
    // It reads everything before it writes, so neither waits for the other. Dropped at the end of the statement: the end of input.
    promtool.stdin.take().expect("it is piped").write_all(text.as_bytes()).expect("promtool reads");
    let output = promtool.wait_with_output().expect("promtool ends");
    let mut said = String::from_utf8_lossy(&output.stdout).into_owned();
    said.push_str(&String::from_utf8_lossy(&output.stderr));
    if !output.status.success() && said.is_empty() {
        said = output.status.to_string();
    }
    Some(said)
}
