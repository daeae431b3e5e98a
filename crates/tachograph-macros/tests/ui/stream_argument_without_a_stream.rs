use tachograph::track_llm_request;

#[track_llm_request("openai", "gpt-4o", stream)]
fn number() -> impl Sized {
    7
}

fn main() {}
