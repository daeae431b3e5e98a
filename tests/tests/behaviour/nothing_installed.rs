//! Nothing installed: the functions do their work, and that is all.

use futures_util::{StreamExt as _, stream::BoxStream};
use tachograph::{Telemetry, current, track_agent_execution, track_llm_request};

#[track_agent_execution("researcher", attributes("costly" = panic_if_evaluated()))]
async fn run() -> Result<u32, std::fmt::Error> {
    current::agent(|_| panic!("nothing runs"));
    Ok(3)
}

fn panic_if_evaluated() -> i64 {
    panic!("an attribute is evaluated although nobody looks")
}

#[track_llm_request("openai", "gpt-4o", usage = |_| -> (u64, u64) { panic!("nobody looks") })]
fn stream() -> BoxStream<'static, u32> {
    futures_util::stream::iter([1, 2]).boxed()
}

#[test]
fn functions_run_and_their_arguments_are_not_even_evaluated() {
    assert!(Telemetry::current().is_none());
    assert_eq!(futures_executor::block_on(run()).unwrap(), 3);
    assert_eq!(futures_executor::block_on(stream().collect::<Vec<_>>()), [1, 2]);
}
