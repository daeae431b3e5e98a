use tachograph::track_http_request;

#[track_http_request("GET", none_is_error = true, skip, attributes = 3, tint)]
fn handler() {}

fn main() {}
