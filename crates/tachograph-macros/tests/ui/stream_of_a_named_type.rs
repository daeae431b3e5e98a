use tachograph::track_llm_request;

#[track_llm_request("openai", "gpt-4o")]
fn stream() -> futures_util::stream::Empty<u32> {
    futures_util::stream::empty()
}

#[track_llm_request("openai", "gpt-4o")]
async fn stream_later() -> futures_util::stream::Empty<u32> {
    futures_util::stream::empty()
}

fn main() {}
