use tachograph::{AgentExecution, track_llm_request};

struct Hit;

fn stream() {
    let _hits = AgentExecution::new("researcher").track_stream(futures_util::stream::iter([Hit]));
}

// Where types decide, any item can be observed: this one is never an error.
#[track_llm_request("openai", "gpt-4o")]
fn attribute() -> impl futures_util::Stream<Item = Hit> {
    futures_util::stream::iter([Hit])
}

fn main() {}
