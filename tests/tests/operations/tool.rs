//! The tools, with what they say.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
};

use tests::{components::Component, operations::kit};

/// What a tool says, run within `folder` of the kit; it has to end well. `None` where it is missing.
pub(crate) fn run(tool: Component, folder: &str, arguments: impl IntoIterator<Item = String>) -> Option<String> {
    let mut command = Command::new(tool.find()?);
    command.args(arguments).current_dir(kit().join(folder)).stdin(Stdio::null());
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].map(|said| String::from_utf8_lossy(&said).into_owned()).concat();
    assert!(output.status.success(), "{command:?}: {said}");
    Some(said)
}

/// Words as arguments, and files after them.
pub(crate) fn arguments(words: &str, files: Vec<PathBuf>) -> Vec<String> {
    let words = words.split(' ').map(str::to_owned);
    words.chain(files.into_iter().map(|file| file.to_str().unwrap().to_owned())).collect()
}
