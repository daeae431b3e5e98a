use tachograph::track_llm_request;

#[track_llm_request("openai", "gpt-4o", stream, value)]
fn both() -> u32 {
    7
}

fn main() {}
