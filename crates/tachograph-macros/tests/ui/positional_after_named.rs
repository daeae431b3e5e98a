use tachograph::track_cache_operation;

#[track_cache_operation(skip = false, "sessions", "get")]
fn get() {}

fn main() {}
