//! Tracked calls and the application's own `tracing` spans are each other's parents, in every order.

use opentelemetry::trace::{FutureExt as _, TracerProvider as _};
use tachograph::{track_agent_execution, track_llm_request, track_tool_execution};
use tachograph_testing::TestTelemetry;
use tracing::{Instrument as _, info_span};
use tracing_subscriber::layer::SubscriberExt as _;

/// Telemetry and a subscriber that puts `tracing` spans into the same traces.
struct Both {
    test: TestTelemetry,
    dispatch: tracing::Dispatch,
}

impl Both {
    fn new() -> Self {
        let test = TestTelemetry::new();
        let layer = tracing_opentelemetry::layer().with_tracer(test.tracer_provider().tracer("application"));
        let dispatch = tracing::Dispatch::new(tracing_subscriber::registry().with(layer));
        Self { test, dispatch }
    }

    fn run(&self, body: impl FnOnce()) -> String {
        let _scope = self.test.enter();
        tracing::dispatcher::with_default(&self.dispatch, body);
        self.test.tree_with(&[])
    }
}

async fn pause() {
    tokio::task::yield_now().await;
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    // One thread, so that the default subscriber and scope of the test hold for spawned tasks too.
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

#[track_tool_execution("sync")]
fn tool_sync() {
    info_span!("app-inside").in_scope(|| ());
}

#[track_agent_execution("sync")]
fn agent_sync() {
    info_span!("app-between").in_scope(tool_sync);
}

#[test]
fn sync_calls_and_spans_nest_both_ways() {
    let tree = Both::new().run(|| info_span!("app-outside").in_scope(agent_sync));
    assert_eq!(
        tree,
        "app-outside\n  invoke_agent sync\n    app-between\n      execute_tool sync\n        app-inside\n"
    );
}

#[track_tool_execution("search")]
async fn tool() {
    pause().await;
    async { pause().await }.instrument(info_span!("app-inside")).await;
}

#[track_llm_request("openai", "gpt-4o")]
async fn llm() {
    pause().await;
}

#[track_agent_execution("researcher")]
async fn agent() {
    pause().await;
    llm().await;
    async {
        pause().await;
        tool().await;
    }
    .instrument(info_span!("app-between"))
    .await;
    llm().await;
}

const AGENT: &str = "\
app-outside
  invoke_agent researcher
    chat gpt-4o (client)
    app-between
      execute_tool search
        app-inside
    chat gpt-4o (client)
";

#[test]
fn async_calls_and_spans_nest_both_ways() {
    let tree = Both::new().run(|| block_on(agent().instrument(info_span!("app-outside"))));
    assert_eq!(tree, AGENT);
}

#[test]
fn concurrent_calls_keep_their_own_children() {
    let tree = Both::new().run(|| {
        block_on(async {
            let one = track_agent_execution("one", async {
                pause().await;
                llm().await;
            });
            let two = track_agent_execution("two", async {
                llm().await;
                pause().await;
            });
            futures_util::future::join(one, two).await;
        });
    });
    assert_eq!(tree, "invoke_agent one\n  chat gpt-4o (client)\ninvoke_agent two\n  chat gpt-4o (client)\n");
}

#[track_agent_execution("spawner")]
async fn spawner() {
    let task = async {
        pause().await;
        tool().await;
    };
    tokio::spawn(task.with_current_context()).await.unwrap();
}

#[test]
fn spawned_tasks_that_carry_the_context_stay_below() {
    let tree = Both::new().run(|| block_on(spawner().instrument(info_span!("app-outside"))));
    assert_eq!(tree, "app-outside\n  invoke_agent spawner\n    execute_tool search\n      app-inside\n");
}

#[test]
fn spawned_tasks_stay_below_on_other_threads_too() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let test = TestTelemetry::new();
    runtime.block_on(spawner().with_context(test.context()));
    assert_eq!(test.tree_with(&[]), "invoke_agent spawner\n  execute_tool search\n");
}

#[track_agent_execution("leaky")]
async fn hangs_in_a_tool() {
    track_tool_execution("hangs", std::future::pending::<()>()).await;
}

#[test]
fn a_cancelled_call_leaves_no_trace_on_what_follows() {
    let both = Both::new();
    let tree = both.run(|| {
        block_on(async {
            let hanging = tokio::time::timeout(std::time::Duration::from_millis(1), hangs_in_a_tool());
            assert!(hanging.await.is_err());
            llm().await;
        });
    });
    assert_eq!(tree, "invoke_agent leaky [error]\n  execute_tool hangs [error]\nchat gpt-4o (client)\n");
}

struct Says(&'static str);

impl Drop for Says {
    fn drop(&mut self) {
        info_span!("dropped", what = self.0).in_scope(|| ());
    }
}

#[test]
fn what_a_future_records_while_it_is_dropped_is_below_its_call() {
    let tree = Both::new().run(|| {
        block_on(async {
            let call = track_agent_execution("dropped", async {
                let _says = Says("local");
                std::future::pending::<()>().await;
            });
            assert!(tokio::time::timeout(std::time::Duration::from_millis(1), call).await.is_err());
        });
    });
    assert_eq!(tree, "invoke_agent dropped [error]\n  dropped\n");
}

#[test]
fn a_suppressed_context_records_nothing() {
    let test = TestTelemetry::new();
    test.scope(|| {
        let _suppressed = opentelemetry::Context::enter_telemetry_suppressed_scope();
        block_on(llm());
    });
    assert_eq!(test.tree(), "");
    assert!(test.metrics().names().is_empty());
}
