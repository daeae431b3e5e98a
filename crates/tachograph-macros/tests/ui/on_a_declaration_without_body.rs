use tachograph::track_llm_request;

trait Model {
    #[track_llm_request("openai", "gpt-4o")]
    fn ask(&self) -> String;
}

fn main() {}
