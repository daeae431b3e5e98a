//! How missing entries are filled.

use std::{
    future::pending,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Barrier},
    thread,
};

use futures_util::future::join_all;
use opentelemetry::trace::FutureExt as _;
use tachograph::{DbQuery, Outcome};
use tachograph_db::moka::{future, sync};
use tachograph_testing::{Metrics, TestTelemetry};
use tokio::sync::oneshot;

use super::{DURATION, counts, plain};

#[derive(Debug, PartialEq)]
enum LoadError {
    NotThere,
}

fn asynchronous() -> future::Cache<u32, u32> {
    future::Cache::builder("c", moka::future::Cache::builder()).build()
}

fn loads(metrics: &Metrics, error_type: &str) -> u64 {
    metrics.count(DURATION, &[("tachograph.cache.operation", "load"), ("error.type", error_type)])
}

#[tokio::test]
async fn load_is_a_miss_with_a_span_around_what_it_does() {
    let test = TestTelemetry::new();
    async {
        let cache = asynchronous();
        let query = || async { DbQuery::new("SELECT", "users").track(async { Ok::<_, LoadError>(10) }).await.unwrap() };
        assert_eq!((cache.get_with(1, query()).await, cache.get_with(1, query()).await), (10, 10));
        assert_eq!(cache.optionally_get_with(2, async { None }).await, None);
        assert_eq!(cache.optionally_get_with(2, async { Some(20) }).await, Some(20));
        assert_eq!(cache.try_get_with(3, async { Ok::<_, LoadError>(30) }).await, Ok(30));
    }
    .with_context(test.context())
    .await;
    assert_eq!(test.tree(), "cache load c\n  SELECT users (client)\ncache load c\ncache load c\ncache load c\n");
    assert_eq!(counts(&test.metrics(), "c"), [1.0, 4.0, 0.0, 0.0]);
    assert_eq!(test.metrics().count(DURATION, &[]), 4);
}

#[tokio::test]
async fn failed_load_is_an_error_and_the_entry_stays_missing() {
    let test = TestTelemetry::new();
    async {
        let cache = asynchronous();
        let failed = cache.try_get_with(1, async { Err(LoadError::NotThere) }).await;
        assert_eq!(failed, Err(Arc::new(LoadError::NotThere)));
        assert_eq!(cache.get(&1).await, None);
    }
    .with_context(test.context())
    .await;
    assert_eq!(test.tree_with(&["error.type"]), "cache load c error.type=NotThere [error]\n");
    assert_eq!(counts(&test.metrics(), "c"), [0.0, 2.0, 0.0, 0.0]);
}

#[tokio::test]
async fn of_look_ups_at_once_one_loads_and_the_others_hit() {
    let test = TestTelemetry::new();
    async {
        let cache = asynchronous();
        let (go, gone) = oneshot::channel::<()>();
        let loading = cache.get_with(1, async {
            gone.await.unwrap();
            10
        });
        let others = join_all((0..99).map(|_| cache.get_with(1, async { panic!("a second load") })));
        // The first is polled first, and goes on when all others wait.
        let release = async {
            go.send(()).unwrap();
        };
        let (first, others, ()) = tokio::join!(biased; loading, others, release);
        assert!(first == 10 && others.into_iter().all(|other| other == 10));
    }
    .with_context(test.context())
    .await;
    assert_eq!(test.tree(), "cache load c\n");
    assert_eq!(counts(&test.metrics(), "c"), [99.0, 1.0, 0.0, 0.0]);
}

#[tokio::test]
async fn those_that_waited_for_a_load_that_failed_missed() {
    let test = TestTelemetry::new();
    async {
        let cache = asynchronous();
        let (go, gone) = oneshot::channel::<()>();
        let loading = cache.try_get_with(1, async {
            gone.await.unwrap();
            Err(LoadError::NotThere)
        });
        let waiting = cache.try_get_with(1, async { Err(LoadError::NotThere) });
        let release = async {
            go.send(()).unwrap();
        };
        let (first, second, ()) = tokio::join!(biased; loading, waiting, release);
        assert!(first.is_err() && second.is_err());
    }
    .with_context(test.context())
    .await;
    assert_eq!((loads(&test.metrics(), "NotThere"), counts(&test.metrics(), "c")), (1, [0.0, 2.0, 0.0, 0.0]));
}

#[tokio::test]
async fn dropped_load_is_cancelled_and_another_caller_loads() {
    let test = TestTelemetry::new();
    async {
        let cache = asynchronous();
        let mut dropped = Box::pin(cache.get_with(1, pending()));
        assert!(futures_util::poll!(&mut dropped).is_pending());
        let other = cache.get_with(1, async { 10 });
        let drop_it = async { drop(dropped) };
        let (value, ()) = tokio::join!(biased; other, drop_it);
        assert_eq!(value, 10);
    }
    .with_context(test.context())
    .await;
    assert_eq!(test.tree_with(&["error.type"]), "cache load c error.type=cancelled [error]\ncache load c\n");
    assert_eq!(counts(&test.metrics(), "c"), [0.0, 2.0, 0.0, 0.0]);
    assert_eq!(test.metrics().value("tachograph.operations.active", &[]), 0.0);
}

#[tokio::test]
async fn panicking_load_is_recorded_once() {
    let test = TestTelemetry::new();
    let cache = asynchronous();
    let loading = cache.clone();
    let load = async move { loading.get_with(1, async { panic!("no value") }).await };
    assert!(tokio::spawn(load.with_context(test.context())).await.unwrap_err().is_panic());
    assert_eq!(test.tree_with(&["error.type"]), "cache load c error.type=panic [error]\n");
    assert_eq!(counts(&test.metrics(), "c"), [0.0, 1.0, 0.0, 0.0]);
    assert_eq!(cache.get_with(1, async { 10 }).await, 10);
}

#[test]
fn synchronous_load_is_recorded_as_the_asynchronous_one() {
    let test = TestTelemetry::new();
    test.scope(|| {
        let cache = sync::Cache::builder("c", plain()).build();
        let load = || {
            DbQuery::new("SELECT", "users").start().finish(Outcome::Success);
            10
        };
        assert_eq!((cache.get_with(1, load), cache.get_with(1, load)), (10, 10));
        assert_eq!(cache.optionally_get_with(2, || None), None);
        assert!(cache.try_get_with(2, || Err(LoadError::NotThere)).is_err());
        catch_unwind(AssertUnwindSafe(|| cache.get_with(2, || panic!("no value")))).unwrap_err();
    });
    assert_eq!(
        test.tree_with(&["error.type"]),
        "\
cache load c
  SELECT users (client)
cache load c
cache load c error.type=NotThere [error]
cache load c error.type=panic [error]
"
    );
    assert_eq!(counts(&test.metrics(), "c"), [1.0, 4.0, 0.0, 0.0]);
    assert_eq!(test.metrics().value("tachograph.operations.active", &[]), 0.0);
}

#[test]
fn of_threads_at_once_one_loads() {
    let test = TestTelemetry::new();
    let cache = sync::Cache::builder("c", plain()).build();
    let ready = Barrier::new(8);
    thread::scope(|threads| {
        for _ in 0..8 {
            threads.spawn(|| {
                let _scope = test.enter();
                ready.wait();
                assert_eq!(cache.get_with(1, || 10), 10);
            });
        }
    });
    assert_eq!(counts(&test.metrics(), "c"), [7.0, 1.0, 0.0, 0.0]);
    assert_eq!(test.spans().len(), 1);
}
