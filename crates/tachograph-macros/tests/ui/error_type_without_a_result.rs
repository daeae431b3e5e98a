use tachograph::track_tool_execution;

#[track_tool_execution("search", error_type = |_| "bad")]
fn search() -> u32 {
    1
}

fn main() {}
