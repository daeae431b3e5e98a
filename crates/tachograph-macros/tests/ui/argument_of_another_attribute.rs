use tachograph::track_tool_execution;

#[track_tool_execution("search", usage = |r| r)]
fn search() {}

fn main() {}
