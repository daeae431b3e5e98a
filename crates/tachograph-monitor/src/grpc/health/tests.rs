use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use futures_util::{FutureExt as _, StreamExt as _};
use tokio::time::Instant;
use tonic_health::pb::health_server::Health as _;

use super::*;
use crate::{Check, Verdict};

async fn next(stream: &mut BoxStream<HealthCheckResponse>) -> ServingStatus {
    stream.next().await.unwrap().unwrap().status()
}

#[tokio::test(start_paused = true)]
async fn a_watch_ends_a_second_after_the_shutdown() {
    for known in [true, false] {
        let health = Health::builder().build().unwrap();
        let mut stream = changes(health.clone(), known);
        next(&mut stream).await;
        tokio::time::advance(Duration::from_secs(3600)).await;
        health.readiness().shut_down();
        let begun = Instant::now();
        if known {
            assert_eq!(next(&mut stream).await, ServingStatus::NotServing);
            assert_eq!(begun.elapsed(), Duration::ZERO);
        }
        assert!(tokio::time::timeout(10 * LINGER, stream.next()).await.unwrap().is_none());
        assert!((1_000..=1_001).contains(&begun.elapsed().as_millis()), "{:?}", begun.elapsed());
    }
}

#[test]
fn without_timers_it_ends_with_the_shutdown() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let health = Health::builder().build().unwrap();
    runtime.block_on(async {
        let mut stream = changes(health.clone(), true);
        assert_eq!(next(&mut stream).await, ServingStatus::Serving);
        health.readiness().shut_down();
        assert_eq!(next(&mut stream).await, ServingStatus::NotServing);
        assert!(stream.next().now_or_never().unwrap().is_none());
    });
}

#[tokio::test]
async fn after_the_shutdown_nobody_waits_for_a_dependency() {
    let runs = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&runs);
    let check = Check::new("database", move || {
        counter.fetch_add(1, Ordering::SeqCst);
        async { Verdict::healthy() }
    });
    let check = check.with_readiness_gate(true).with_cache(Duration::ZERO);
    let serving = Serving::new(Health::builder().with_check(check).build().unwrap());
    let ask = async || serving.check(Request::new(HealthCheckRequest::default())).await.unwrap().into_inner().status();
    assert_eq!((ask().await, runs.load(Ordering::SeqCst)), (ServingStatus::Serving, 1));
    serving.health.readiness().shut_down();
    assert_eq!((ask().await, runs.load(Ordering::SeqCst)), (ServingStatus::NotServing, 1));
}
