use tachograph::track_tool_execution;

const NAME: &str = "search";

#[track_tool_execution(NAME)]
fn constant() {}

#[track_tool_execution(42)]
fn number() {}

#[track_tool_execution("")]
fn empty() {}

fn main() {}
