use tachograph::track_llm_request;

#[track_llm_request("openai", "gpt-4o", usage = |answer| answer.len())]
fn ask() -> String {
    String::new()
}

fn main() {}
