use tachograph::track_tool_execution;

#[track_tool_execution("search", none_is_error)]
fn search() -> u32 {
    1
}

fn main() {}
