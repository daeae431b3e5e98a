use tachograph::track_agent_execution;

#[track_agent_execution]
fn run() {}

fn main() {}
