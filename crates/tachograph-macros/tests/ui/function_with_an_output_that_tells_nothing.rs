use tachograph::track_tool_execution;

struct Hits;

async fn search() {
    let _hits: Hits = track_tool_execution("search", async { Hits }).await;
}

fn main() {}
