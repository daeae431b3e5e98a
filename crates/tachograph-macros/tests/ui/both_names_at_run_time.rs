use tachograph::track_llm_request;

struct Model {
    provider: String,
    name: String,
}

impl Model {
    #[track_llm_request(self.provider, self.name)]
    async fn ask(&self) -> u32 {
        1
    }
}

fn main() {}
