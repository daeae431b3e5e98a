use tachograph::track_llm_request;

#[track_llm_request("openai")]
async fn ask() {}

fn main() {}
