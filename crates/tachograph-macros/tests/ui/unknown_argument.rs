use tachograph::track_tool_execution;

#[track_tool_execution("search", colour = "red")]
fn search() {}

fn main() {}
