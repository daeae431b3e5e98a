use tachograph::track_tool_execution;

#[track_tool_execution("search")]
fn search() -> std::future::Ready<u32> {
    std::future::ready(1)
}

fn main() {}
