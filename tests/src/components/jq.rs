//! The reader of log lines.

use std::{path::Path, process::Command};

use serde_json::Value;

use super::Component;

/// What `jq` makes of each line of the file by `filter`, or what it says against it. `None` where jq is missing.
pub fn read(filter: &str, file: &Path) -> Option<Result<Vec<Value>, String>> {
    let output = Command::new(Component::Jq.find()?).args(["-c", filter]).arg(file).output().expect("jq runs");
    if !output.status.success() {
        return Some(Err(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    Some(Ok(text.lines().map(|line| serde_json::from_str(line).expect("jq writes JSON")).collect()))
}
