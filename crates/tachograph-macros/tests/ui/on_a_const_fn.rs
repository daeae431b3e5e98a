use tachograph::track_agent_execution;

#[track_agent_execution("constant")]
const fn run() {}

fn main() {}
