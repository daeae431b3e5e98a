//! In-process caches: what is looked up, loaded, changed, given up and held.

mod loads;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use moka::notification::RemovalCause;
use opentelemetry::trace::FutureExt as _;
use tachograph_db::moka::{Evictions, future, sync};
use tachograph_testing::{Metrics, TestTelemetry};

const OPERATIONS: &str = "tachograph.cache.operations";
const DURATION: &str = "tachograph.cache.operation.duration";
const EVICTIONS: &str = "tachograph.cache.evictions";
const SIZE: &str = "tachograph.cache.size";
const WEIGHT: &str = "tachograph.cache.weight";

/// Hits, misses, insertions and removals of the cache `name`.
fn counts(metrics: &Metrics, name: &str) -> [f64; 4] {
    [("get", Some("hit")), ("get", Some("miss")), ("set", None), ("remove", None)].map(|(operation, result)| {
        let mut attributes = vec![("tachograph.cache.name", name), ("tachograph.cache.operation", operation)];
        attributes.extend(result.map(|result| ("tachograph.cache.result", result)));
        metrics.value(OPERATIONS, &attributes)
    })
}

fn sizes(metrics: &Metrics, name: &str) -> (f64, f64) {
    let of = [("tachograph.cache.name", name)];
    (metrics.value(SIZE, &of), metrics.value(WEIGHT, &of))
}

fn evictions(metrics: &Metrics, cause: &str) -> f64 {
    metrics.value(EVICTIONS, &[("tachograph.cache.name", "c"), ("tachograph.cache.eviction.cause", cause)])
}

fn plain() -> moka::sync::CacheBuilder<u32, u32, moka::sync::Cache<u32, u32>> {
    moka::sync::Cache::builder()
}

#[test]
fn operations_are_counted_without_a_span_or_a_duration() {
    let test = TestTelemetry::new();
    test.scope(|| {
        let cache = sync::Cache::builder("c", plain()).build();
        assert_eq!(cache.get(&1), None);
        cache.insert(1, 10);
        assert_eq!((cache.get(&1), cache.clone().get(&1)), (Some(10), Some(10)));
        assert!(cache.contains_key(&1));
        cache.invalidate(&1);
        assert_eq!(cache.remove(&1), None);
    });
    let metrics = test.metrics();
    assert_eq!(counts(&metrics, "c"), [2.0, 1.0, 1.0, 2.0]);
    assert_eq!((test.tree(), metrics.series(DURATION).len()), (String::new(), 0));
}

#[tokio::test]
async fn asynchronous_cache_counts_the_same() {
    let test = TestTelemetry::new();
    async {
        let cache = future::Cache::builder("c", moka::future::Cache::<u32, u32>::builder()).build();
        assert_eq!(cache.get(&1).await, None);
        cache.insert(1, 10).await;
        assert_eq!((cache.get(&1).await, cache.clone().get(&1).await), (Some(10), Some(10)));
        cache.invalidate(&1).await;
        assert_eq!(cache.remove(&1).await, None);
    }
    .with_context(test.context())
    .await;
    let metrics = test.metrics();
    assert_eq!(counts(&metrics, "c"), [2.0, 1.0, 1.0, 2.0]);
    assert_eq!((test.tree(), metrics.series(DURATION).len()), (String::new(), 0));
}

#[test]
fn counts_go_to_the_metric_of_every_other_cache() {
    let test = TestTelemetry::new();
    test.scope(|| {
        let cache = sync::Cache::builder("c", plain()).build();
        cache.insert(1, 10);
        cache.get(&1);
        tachograph::record_cache_hit("c");
    });
    // Of an instrument that differs in unit or description the SDK would make a second metric of the same name.
    let metrics = test.metrics();
    let series = metrics.series(OPERATIONS);
    assert_eq!(series.len(), 2, "{series:?}");
    assert_eq!(counts(&metrics, "c"), [2.0, 0.0, 1.0, 0.0]);
    assert!(series.iter().all(|series| series.unit == "{operation}"));
}

#[test]
fn spans_are_there_when_asked_for() {
    let test = TestTelemetry::new();
    test.scope(|| {
        let cache = sync::Cache::builder("c", plain()).build().with_spans(true);
        cache.get(&1);
        cache.get_with(1, || 10);
        cache.get_with(1, || 11);
        cache.insert(2, 20);
        cache.remove(&2);
    });
    assert_eq!(
        test.tree_with(&["tachograph.cache.result"]),
        "\
cache get c tachograph.cache.result=miss
cache get c tachograph.cache.result=miss
  cache load c
cache get c tachograph.cache.result=hit
cache set c
cache remove c
"
    );
    let metrics = test.metrics();
    assert_eq!(counts(&metrics, "c"), [1.0, 2.0, 1.0, 1.0]);
    assert_eq!(metrics.count(DURATION, &[]), 6);
}

#[test]
fn entries_that_do_not_fit_are_evictions_and_the_listener_is_told_of_all() {
    let test = TestTelemetry::new();
    let told = Arc::new([const { AtomicU64::new(0) }; 4]);
    test.scope(|| {
        let seen = Arc::clone(&told);
        let settings = plain().max_capacity(3).eviction_policy(moka::policy::EvictionPolicy::lru());
        let cache = sync::Cache::builder("c", settings)
            .with_eviction_listener(move |_, _, cause| {
                let cause = match cause {
                    RemovalCause::Expired => 0,
                    RemovalCause::Explicit => 1,
                    RemovalCause::Replaced => 2,
                    RemovalCause::Size => 3,
                };
                seen[cause].fetch_add(1, Ordering::Relaxed);
            })
            .build();
        (0..10).for_each(|key| cache.insert(key, key));
        cache.run_pending_tasks();
        cache.insert(9, 0);
        cache.invalidate(&9);
        cache.run_pending_tasks();
    });
    assert_eq!(told.each_ref().map(|count| count.load(Ordering::Relaxed)), [0, 1, 1, 7]);
    let metrics = test.metrics();
    assert_eq!(evictions(&metrics, "size"), 7.0);
    assert_eq!(metrics.value(EVICTIONS, &[]), 7.0);
}

#[tokio::test]
async fn asynchronous_listener_is_told_too() {
    let test = TestTelemetry::new();
    let told = Arc::new(AtomicU64::new(0));
    async {
        let seen = Arc::clone(&told);
        let settings = moka::future::Cache::<u32, u32>::builder().max_capacity(1);
        let cache = future::Cache::builder("c", settings)
            .with_async_eviction_listener(move |_, _, _| {
                let seen = Arc::clone(&seen);
                Box::pin(async move {
                    tokio::task::yield_now().await;
                    seen.fetch_add(1, Ordering::Relaxed);
                })
            })
            .build();
        cache.insert(1, 1).await;
        cache.insert(2, 2).await;
        cache.run_pending_tasks().await;
    }
    .with_context(test.context())
    .await;
    assert_eq!((told.load(Ordering::Relaxed), evictions(&test.metrics(), "size")), (1, 1.0));
}

#[test]
fn entries_that_have_expired_are_evictions() {
    let test = TestTelemetry::new();
    test.scope(|| {
        let cache = sync::Cache::builder("c", plain().time_to_live(Duration::from_nanos(1))).build();
        cache.insert(1, 1);
        // moka's clock has to have gone on; each look-up does some of its housekeeping.
        while cache.contains_key(&1) {}
        cache.run_pending_tasks();
    });
    assert_eq!(evictions(&test.metrics(), "expired"), 1.0);
}

#[test]
fn listener_of_a_ready_cache_can_count() {
    let test = TestTelemetry::new();
    test.scope(|| {
        let counting = Evictions::of("c");
        let settings = plain().max_capacity(1).eviction_listener(move |_, _, cause| counting.count(cause));
        let cache = sync::Cache::wrap("c", settings.build());
        cache.insert(1, 1);
        cache.insert(2, 2);
        cache.run_pending_tasks();
        assert_eq!(cache.get(&3), None);
    });
    let metrics = test.metrics();
    assert_eq!((evictions(&metrics, "size"), counts(&metrics, "c")), (1.0, [0.0, 1.0, 2.0, 0.0]));
}

#[test]
fn sizes_are_those_of_each_cache_while_it_lives() {
    let test = TestTelemetry::new();
    test.scope(|| {
        let weighed = sync::Cache::builder("weighed", plain().weigher(|_, value| *value)).build();
        let other = sync::Cache::builder("other", plain()).build();
        weighed.insert(1, 10);
        weighed.insert(2, 30);
        other.insert(1, 1);
        weighed.run_pending_tasks();
        other.run_pending_tasks();
        let metrics = test.metrics();
        assert_eq!((sizes(&metrics, "weighed"), sizes(&metrics, "other")), ((2.0, 40.0), (1.0, 1.0)));
        assert_eq!(metrics.series(SIZE).len(), 2);
        drop(weighed);
        let metrics = test.metrics();
        assert_eq!((sizes(&metrics, "weighed"), sizes(&metrics, "other")), ((0.0, 0.0), (1.0, 1.0)));
    });
}

#[test]
fn telemetry_that_comes_after_the_cache_sees_it_from_then_on() {
    let cache = sync::Cache::builder("c", plain()).build();
    cache.insert(1, 10);
    cache.insert(2, 20);
    cache.run_pending_tasks();
    let (first, second) = (TestTelemetry::new(), TestTelemetry::new());
    assert_eq!(first.scope(|| cache.get(&1)), Some(10));
    assert_eq!((counts(&first.metrics(), "c"), sizes(&first.metrics(), "c")), ([1.0, 0.0, 0.0, 0.0], (2.0, 2.0)));

    // Another one: what is done under one is not seen by the other, and the first still has its gauges, once.
    for _ in 0..3 {
        second.scope(|| cache.get(&3));
        first.scope(|| cache.get(&1));
    }
    assert_eq!((counts(&second.metrics(), "c"), sizes(&second.metrics(), "c")), ([0.0, 3.0, 0.0, 0.0], (2.0, 2.0)));
    assert_eq!((counts(&first.metrics(), "c"), sizes(&first.metrics(), "c")), ([4.0, 0.0, 0.0, 0.0], (2.0, 2.0)));
    assert_eq!(first.metrics().series(SIZE).len(), 1);
}

#[test]
fn keys_and_values_are_never_told() {
    let test = TestTelemetry::new();
    test.scope(|| {
        let cache = sync::Cache::builder("c", moka::sync::Cache::builder()).build().with_spans(true);
        let _ = cache.try_get_with("hunter2".to_owned(), || Err::<String, _>(std::fmt::Error));
        cache.insert("hunter2".to_owned(), "hunter2".to_owned());
        cache.get("hunter2");
        assert!(!format!("{cache:?}").contains("hunter2"));
    });
    assert!(!format!("{:?} {:?}", test.spans(), test.metrics()).contains("hunter2"));
}
